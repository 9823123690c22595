"""`hashgrade law`: the packs of law, and what they make of grades."""

from typing import ClassVar

import typer

from hashgrade.cli.lazily import Lazily, Table


class Law(Lazily):
    """The commands about law, of which only those that read the records import more than the law itself."""

    table: ClassVar[Table] = {
        "packs": (
            "hashgrade.cli.law.judging:packs",
            "List the packs, their outcomes, dates in force and review state; or the facts they may ask for."),
        "check": (
            "hashgrade.cli.law.checking:check",
            "Check packs: form, sources, dates, cases, and that every part counts. The exit code is 1 if anything is "
            "wrong."),
        "test": (
            "hashgrade.cli.law.checking:run_cases",
            "Run the cases of packs, each a sentence. The exit code is 1 if one does not come out as it says."),
        "diff": (
            "hashgrade.cli.law.checking:diff",
            "Show from which outcome to which a child can come when one pack takes the place of another, each with a "
            "case."),
        "compare": (
            "hashgrade.cli.law.checking:compare",
            "Show what each outcome of a pack implies in every other, and for packs that are named, a case where "
            "nothing."),
        "judge": (
            "hashgrade.cli.law.judging:judge_facts",
            "Say what a pack makes of one grade, why, and what is still to be asked."),
        "ask": (
            "hashgrade.cli.law.asking:ask",
            "Name the next question, its words and values, and what else may still be asked."),
        "explain": (
            "hashgrade.cli.law.pages:explain",
            "Say in a paragraph why a pack makes of one grade what it does, and which answers would settle what is "
            "open."),
        "page": (
            "hashgrade.cli.law.pages:page",
            "Write packs as pages that a lawyer can read: each rule beside its source, a decision table, cases, "
            "comparisons."),
        "in-force": (
            "hashgrade.cli.law.enacting:in_force",
            "Show which text of each pack is in force, since when and by whom, and which newer text waits for what."),
        "preview": (
            "hashgrade.cli.law.enacting:preview",
            "Show what a pack's files would change over the station's records, and change nothing."),
        "propose": (
            "hashgrade.cli.law.enacting:propose",
            "Propose what a pack's files say; it is in force once another person has approved it."),
        "approve": (
            "hashgrade.cli.law.enacting:approve",
            "Approve what another person proposed, and so put it in force: every grade of record is judged anew."),
        "history": (
            "hashgrade.cli.law.enacting:history",
            "Show every grade of record that an item had, and its verdicts under each pack, with their reasons."),
        "crosswalk": ("hashgrade.cli.law.crosswalks:crosswalk", "Our words beside other people's codes."),
    }


law = typer.Typer(cls=Law, name="law", no_args_is_help=True, help="Packs of law and their verdicts.")


@law.callback()
def _packs_and_verdicts() -> None:
    """A group with no command of its own needs a callback to be one."""
