"""`python -m bench.questions [N]`: how many questions an item costs, by the plan and by other ways of asking.

N synthetic items (12,000; under all packs every thirtieth), none of them real: the two populations of
src/hashgrade/demo that add up to published figures (IWF, captures of live-streamed abuse, May 2018; IWF Annual Report
2023, case study on 3-6-year-olds: 4,483 items), and the rest as in the year around them. What they leave unsaid is
filled in by the shares in `SHARES`, which nobody published: a sexual act is nearly always taken to meet a legal
test, posing often, other material seldom.
`weights` are the frequencies in 2,000 other items, from another seed.

Every item begins with nothing answered. An item that cannot be assessed costs one question in any way of asking and
is left out, with that question. The form has every fact of the vocabulary: those of the medium and the legal tests
once, those of a child for each child.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from random import Random
from statistics import fmean, median
from typing import Any, Final

from hashgrade import law
from hashgrade.demo import around, livestream, selfgenerated
from hashgrade.law.asking import Weights, next_question, with_answer
from hashgrade.law.grades import adult, grade_of
from hashgrade.law.judge import missing
from hashgrade.law.pack import Pack, pack_ids
from hashgrade.nouns import Grade

SETS: Final[Mapping[str, tuple[str, ...]]] = {
    "uk-ew": ("uk-ew",),
    "five": ("uk-ew", "us-industry", "interpol-baseline", "ca-163.1", "au-473.1"),
    "all": pack_ids(),
}
PROFILE: Final = ("sex", "origin", "capture")
"""What studies ask of every item, whatever the law needs; `sex` of each child."""

ACTS: Final = frozenset({"sadism", "animal", "penetrative", "oral", "masturbation", "non_penetrative"})
SHARES: Final[Mapping[str, tuple[float, float, float]]] = {
    "sexual_purpose": (0.98, 0.85, 0.15), "dominant_characteristic": (0.55, 0.6, 0.1), "graphic": (0.8, 0.3, 0.02),
    "offensive_to_reasonable_person": (0.99, 0.9, 0.3), "pornographic_s62": (0.98, 0.8, 0.15),
    "obscene_s62": (0.98, 0.75, 0.15), "promotes_exploitation": (0.97, 0.6, 0.15)}
"""How often a test is met where some child is involved in an act, where one poses, and otherwise."""

OTHER_SEED: Final = 7
Ask = Callable[[Grade], str | None]


def population(seed: int) -> Iterator[Grade]:
    """Whole grades of items that can be assessed, without end: the two published studies first."""
    rng = Random(f"questions:{seed}")  # noqa: S311 - seeded, and nothing secret
    day = datetime(2023, 1, 1, tzinfo=UTC)
    endless = (around.anything(rng, f"questions:{seed}:{n}", day) for n in iter(int, 1))
    for medium in chain(livestream.media(seed), selfgenerated.media(seed), endless):
        if medium.grade["facts"].get("assessable", "yes") == "yes":
            yield grade_of(whole(rng, medium.grade))


def whole(rng: Random, tree: dict[str, Any]) -> dict[str, Any]:
    """The same grade with every fact answered, people of 18 or over left out of its rows."""
    rows = [row for row in tree.get("children", ()) if not adult(row)]
    labels = {label for row in rows for label in row["activity"]}
    column = 0 if labels & ACTS else 1 if labels & {"posing_nude", "posing_clothed"} else 2
    tests = {name: "yes" if rng.random() < shares[column] else "no" for name, shares in SHARES.items()}
    return {"facts": {**tests, "series": "none", **tree["facts"], "child_count": len(rows)}, "children": rows}


def frequencies(grades: Sequence[Grade]) -> Weights:
    """How often each value is the answer to each fact."""
    found: dict[str, Counter[str]] = {name: Counter() for name in law.vocabulary().facts}
    for grade in grades:
        for held in (grade.facts, *(grade.children or ())):
            for name, value in held.items():
                found[name][str(value[0] if isinstance(value, tuple) else value)] += 1
    return {name: {value: count / counts.total() for value, count in counts.items()}
            for name, counts in found.items() if counts}


def asked(truth: Grade, ask: Ask) -> list[str]:
    """The facts that `ask` asks for, from nothing answered until it asks nothing more, answered by `truth`."""
    grade, names = Grade(), []
    while (at := ask(grade)) is not None:
        row, _, name = at.rpartition(".")
        held: Mapping[str, object] = (truth.children or ())[int(row[9:-1])] if row else truth.facts
        grade = with_answer(grade, at, held[name])
        names.append(name)
    return names


def by_vocabulary(packs: Sequence[Pack]) -> Ask:
    """Ask the first that is missing in the order of the vocabulary."""
    facts = law.vocabulary().order

    def ask(grade: Grade) -> str | None:
        paths = {path for pack in packs for path in law.judge(grade, pack).missing_at}
        return min(paths, key=lambda path: (facts[path.rpartition(".")[2]], path), default=None)
    return ask


def cost(names: Sequence[str], truth: Grade) -> tuple[int, int]:
    """How many questions were asked for the law alone, and with the profile of studies."""
    rows = len(truth.children or ())
    profile = sum(rows if name == "sex" else 1 for name in PROFILE)
    return len(names), len(names) + profile - sum(name in PROFILE for name in names)


def mentioned(truth: Grade, names: Sequence[str]) -> list[str]:
    """Each fact once for the medium or once for each child."""
    facts, rows = law.vocabulary().facts, len(truth.children or ())
    return [name for name in names for _ in range(rows if facts[name].level == "C" else 1)]


def row(title: str, costs: Sequence[tuple[int, int]], forms: Sequence[int]) -> str:
    """A line of the table: mean questions of an item, and their share of the form, without and with the profile."""
    law_alone, with_profile = fmean(one for one, _ in costs), fmean(two for _, two in costs)
    form = fmean(forms)
    return (f"  {title:38} {law_alone:6.2f} {law_alone / form:6.1%}   with profile {with_profile:6.2f} "
            f"{with_profile / form:6.1%}")


def measured(title: str, packs: Sequence[Pack], truths: Sequence[Grade], weights: Weights) -> Iterator[str]:
    """The lines of one set of packs."""
    every = list(law.vocabulary().facts)
    forms = [len(mentioned(truth, every)) for truth in truths]
    yield f"{title}: {len(packs)} packs, {len(truths):,} items, a form of {fmean(forms):.2f} questions"
    ways: dict[str, Ask] = {
        "plan, weights of other items": lambda grade: next_question(grade, packs, weights),
        "plan, every answer equally often": lambda grade: next_question(grade, packs),
        "missing, in order of the vocabulary": by_vocabulary(packs)}
    for name, ask in ways.items():
        slow: list[float] = []
        costs = [cost(asked(truth, clocked(ask, slow)), truth) for truth in truths]
        yield row(name, costs, forms)
        if name.startswith("plan"):
            slow.sort()
            most = slow[len(slow) * 99 // 100]
            yield (f"    a question takes {median(slow) * 1e3:.2f} ms, at most {most * 1e3:.1f} ms in 99%, "
                   f"{slow[-1] * 1e3:.0f} ms at worst")
    names = sorted({name for pack in packs for name in pack.facts} | {"child_count"})
    yield row("all that the packs mention", [cost(mentioned(truth, names), truth) for truth in truths], forms)


def clocked(ask: Ask, seconds: list[float]) -> Ask:
    """The same, and how long each question took."""
    def timed(grade: Grade) -> str | None:
        start = time.perf_counter()
        found = ask(grade)
        seconds.append(time.perf_counter() - start)
        return found
    return timed


def main() -> None:
    """Measure every set of packs."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 12_000
    truths = list(islice(population(1), count))
    weights = frequencies(list(islice(population(OTHER_SEED), 0, 12_000, 6)))
    for title, ids in SETS.items():
        packs = [law.load(name) for name in ids]
        some = truths[::30] if title == "all" else truths  # few states are met twice
        sys.stdout.write("\n".join(measured(title, packs, some, weights)) + "\n")
        sys.stdout.flush()
        wrong = [truth for truth in some[::50] if missing(truth, packs)]
        sys.stdout.write(f"  whole grades that still miss something: {len(wrong)}\n")


if __name__ == "__main__":
    main()
