"""Flaws of a pack that only reasoning finds: rules, outcomes, parameters and facts that can never matter.

Each is proved by `worlds` over every child there can be, and is told with cases that show it, in the form of
cases.yaml, so that a lawyer can paste them there and see for themselves.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import chain

from hashgrade.errors import InputError
from hashgrade.law import grades
from hashgrade.law.compare import changes
from hashgrade.law.condition import Condition, joined, negated
from hashgrade.law.judge import judge
from hashgrade.law.load import Place
from hashgrade.law.pack import NONE, Pack, Rule
from hashgrade.law.vocabulary import vocabulary
from hashgrade.law.worlds import changed, conceivable, turned, witness
from hashgrade.nouns import Grade

Tree = Mapping[str, object]
Made = Callable[[Tree], Pack]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*|\d+-\d+|18_or_over")
_TRAPS = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}


class Flaw(InputError):
    """What reasoning found, with cases that show it.

    Args:
        error: What is wrong, and where.
        cases: Each as it can stand in cases.yaml.
    """

    def __init__(self, error: InputError, *cases: str) -> None:
        self.cases = cases
        super().__init__(error.code, error.what, where=error.where, excerpt=error.excerpt, to_do=error.to_do)

    def __reduce__(self) -> tuple[object, ...]:
        plain = InputError(self.code, self.what, where=self.where, excerpt=self.excerpt, to_do=self.to_do)
        return Flaw, (plain, *self.cases)

    def rendered(self, where: str = "") -> str:
        """The error as lines of text, and then its cases."""
        return "\n".join([super().rendered(where), *self.cases])

    def as_json(self) -> dict[str, str]:
        """The error as the object that `--json` commands print, with `cases` as YAML."""
        return {**super().as_json(), "cases": "\n".join(self.cases)}


def flaws(pack: Pack, tree: Tree, place: Place, made: Made) -> Iterator[InputError]:
    """Everything in a version of a pack that no child can ever make matter; nothing where every part counts.

    Args:
        pack: The version.
        tree: What the file says of it.
        place: Where it says so.
        made: Makes a pack of such a tree, to see what a parameter changes.
    """
    yield from _rules(pack, place.at("rules"))
    yield from _outcomes(pack, tree, place)
    yield from _parameters(pack, tree, place.at("parameters"), made)
    yield from _facts(pack, place)


# -- rules and outcomes -------------------------------------------------------------------------------------------


def _rules(pack: Pack, place: Place) -> Iterator[InputError]:
    yield from (_idle(pack, n, place.at(n)) for n in range(len(pack.rules)) if not witness(first(pack, n)))


def first(pack: Pack, n: int, *, but: tuple[Rule, ...] = ()) -> Condition:
    """What is true of a child for whom the nth rule is the first true one, not counting the rules in `but`."""
    earlier = [negated(rule.when) for rule in pack.rules[:n] if rule not in but]
    return joined("all", (pack.rules[n].when, *earlier))


def _idle(pack: Pack, n: int, place: Place) -> InputError:
    rule = pack.rules[n]
    cut = conceivable(first(pack, n))
    if cut:
        said = f"rule `{rule.id}` decides no age band wholly: a threshold cuts each in which it could"
        return Flaw(place.at("when").error("PACK-12", said), case_of("Only some ages in this band", cut, pack))
    if not conceivable(rule.when):
        return place.at("when").error("PACK-12", f"rule `{rule.id}` is true of no child: its conditions, and those of "
                                      "the scope, rule each other out")
    shadows = _shadows(pack, n)
    names = ("one of " if len(shadows) > 1 else "") + ", ".join(f"`{earlier.id}`" for earlier in shadows)
    said = f"rule `{rule.id}` never decides: whenever it is true, so is {names}"
    both = joined("all", (rule.when, joined("any", (earlier.when for earlier in shadows))))
    shown = witness(both) or conceivable(both)
    told = (case_of(f"Rule {rule.id} is true as well", shown, pack),) if shown else ()
    return Flaw(place.key("rule").error("PACK-13", said), *told)


def _shadows(pack: Pack, n: int) -> list[Rule]:
    """Earlier rules that leave the nth no child, and none of which can be spared."""
    spared: tuple[Rule, ...] = ()
    for rule in pack.rules[:n]:
        if not conceivable(first(pack, n, but=(*spared, rule))):
            spared = (*spared, rule)
    return [rule for rule in pack.rules[:n] if rule not in spared]


def _outcomes(pack: Pack, tree: Tree, place: Place) -> Iterator[InputError]:
    for outcome in pack.outcomes:
        shown = witness(pack.gives({outcome}))
        if shown and outcome in pack.unmodelled:
            said = f"outcome `{outcome}` is stated as not modelled, and comes out all the same"
            at = place.at("not_modelled", _entry(tree, outcome), "outcome")
            yield Flaw(at.error("PACK-14", said), case_of(f"This comes out as {outcome}", shown, pack))
        if not shown and outcome not in pack.unmodelled:
            at = Place(place.file, place.lines, place.spots).at("outcomes").key(outcome)
            to_do = "narrow the scope, or a rule, until it leaves somebody out" if outcome == NONE else ""
            yield at.error("PACK-14", f"no child ever has outcome `{outcome}` in version {pack.version}", to_do=to_do)


def _entry(tree: Tree, outcome: str) -> int:
    entries = tree.get("not_modelled")
    listed = entries if isinstance(entries, list) else []
    return next(n for n, entry in enumerate(listed) if isinstance(entry, dict) and str(entry["outcome"]) == outcome)


# -- parameters and facts -----------------------------------------------------------------------------------------


def _parameters(pack: Pack, tree: Tree, place: Place, made: Made) -> Iterator[InputError]:
    used = _used(pack)
    for name, value in pack.parameters.items():
        if name not in used:
            yield place.key(name).error("PACK-15", f"parameter `{name}` is used in no rule")
        elif not any(_moves(pack, tree, name, other, made) for other in ("yes", "no") if other != value):
            yield place.key(name).error("PACK-15", f"parameter `{name}` changes no verdict, whether yes or no")


def _used(pack: Pack) -> set[str]:
    """The parameters that the scope and the rules ask for, directly or through others."""
    waiting = [pack.scope, *(rule.written for rule in pack.rules)]
    found: set[str] = set()
    while waiting:
        for name, _ in mentions(waiting.pop(), Place("")):
            own = name.removeprefix("parameter.")
            if own != name and own not in found:
                found.add(own)
                waiting.append(pack.parameters[own])
    return found


def _moves(pack: Pack, tree: Tree, name: str, value: str, made: Made) -> bool:
    parameters = {**pack.parameters, name: value}
    return bool(changes(pack, made({**tree, "parameters": parameters})).meetings)


def _facts(pack: Pack, place: Place) -> Iterator[InputError]:
    for name, (word, at) in _asked(pack, place).items():
        sides = [(pack.outcomes[:n], pack.outcomes[n:]) for n in range(1, len(pack.outcomes))]
        if not any(turned(pack.gives(above), pack.gives(below), name) for above, below in sides):
            error = at.error("PACK-16", f"`{word}` never changes the outcome, whatever else is answered")
            yield Flaw(error, *_alike(pack, name))


def _asked(pack: Pack, place: Place) -> dict[str, tuple[str, Place]]:
    """The recorded facts that the pack's own text names, but for the age, with the word it uses and where."""
    written = [(pack.scope, place.at("scope")),
               *((rule.written, place.at("rules", n, "when")) for n, rule in enumerate(pack.rules)),
               *((value, place.at("parameters", name)) for name, value in pack.parameters.items())]
    found: dict[str, tuple[str, Place]] = {}
    for word, at in chain.from_iterable(mentions(tree, at) for tree, at in written):
        found.setdefault("puberty" if word == "prepubescent" else word, (word, at))
    return {name: said for name, said in found.items() if name in pack.facts and name != "age_band"}


def mentions(tree: object, place: Place) -> Iterator[tuple[str, Place]]:
    """Every name that a condition asks for as its author wrote it, and where."""
    if isinstance(tree, str):
        yield tree, place
    elif isinstance(tree, list):
        yield from chain.from_iterable(mentions(part, place.at(n)) for n, part in enumerate(tree))
    elif isinstance(tree, dict):
        for key, inner in tree.items():
            if key in ("all", "any", "not"):
                yield from mentions(inner, place.at(key))
            else:
                yield key, place.key(key)


def _alike(pack: Pack, name: str) -> Iterator[str]:
    """Cases of a rule that asks for a fact, which differ in that fact and come out the same."""
    words = {name, "prepubescent" if name == "puberty" else name}
    asking = [n for n, rule in enumerate(pack.rules) if words & rule.when.names]
    shown = next(filter(None, (witness(first(pack, n)) for n in asking)), None)
    if shown:
        fact = vocabulary().facts[name]
        for value in [*fact.values][:2]:
            answer = (value,) if fact.many else value
            yield case_of(f"It is the same with {name} {value}", changed(shown, name, answer), pack)


# -- cases as text ------------------------------------------------------------------------------------------------


def case_of(name: str, grade: Grade, pack: Pack, on: date | None = None) -> str:
    """A case as it can stand in cases.yaml: the sentence, its day, the grade, and what the pack makes of it."""
    verdict = judge(grade, pack)
    expect: dict[str, object] = {"outcome": verdict.outcome}
    if verdict.could_be:
        expect |= {"at_least": verdict.at_least, "could_be": list(verdict.could_be)}
    elif verdict.reasons:
        expect["reasons"] = [reason.rule for reason in verdict.reasons]
    day = [f"on: {on}"] if on else []
    return "\n  ".join([f"- case: {name}", *day, *_lines(grade), f"expect: {flow(expect)}"])


def _lines(grade: Grade) -> Iterator[str]:
    return (f"{key}: {flow(value)}" for key, value in grades.as_json(grade).items())


def in_a_line(grade: Grade) -> str:
    """A grade in one line of YAML."""
    return ", ".join(_lines(grade))


def flow(value: object) -> str:
    """A value as YAML in one line; a word that YAML could take for something else is in quotes."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    plain = isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _TRAPS
    return str(value) if plain else json.dumps(value, ensure_ascii=False)
