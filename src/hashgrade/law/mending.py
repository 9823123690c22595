"""Every fault of a `pack.yaml` whose reading ends at the first: what is at fault is stood in for, and it is read on."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from hashgrade.errors import InputError
from hashgrade.law.load import Path_, Place
from hashgrade.law.pack import packs_in

MENDS_MAX = 50
ANYBODY = {"age_band": {"under": 18}}
"""A condition without fault, to stand where one has a fault."""


def faults(tree: dict[str, Any], place: Place, pack_id: str, folder: Path | None) -> Iterator[InputError]:
    """Each error that keeps a pack from being read, up to one that nothing can stand in for.

    A condition stands in for a condition at fault, the smallest that will do, and a rule for a rule. What remains
    is as its author wrote it, so that no error is told that is not there.

    Args:
        tree: What the file says.
        place: Where it says so.
        pack_id: The pack's name.
        folder: As for `all_versions`.
    """
    left: Any = deepcopy(tree)
    found = _first(left, place, pack_id, folder)
    for _ in range(MENDS_MAX):
        if not found:
            return
        yield found
        mended = _mended(left, found, place, pack_id, folder)
        if mended is None:
            return
        left, found = mended


def _first(tree: Any, place: Place, pack_id: str, folder: Path | None) -> InputError | None:
    try:
        packs_in(tree, place, pack_id, folder)
    except InputError as error:
        return error
    return None


def _mended(
    tree: Any, error: InputError, place: Place, pack_id: str, folder: Path | None,
) -> tuple[Any, InputError | None] | None:
    """The tree with a stand-in where the error was, and the next error; None where no stand-in will do."""
    for path in _paths(error, place):
        mended = deepcopy(tree)
        *above, last = path
        node = mended
        for step in above:
            node = node[step]
        node[last] = _stand_in(tree, path) if path[2:-1] == ("rules",) else ANYBODY
        found = _first(mended, place, pack_id, folder)
        if found is None or found.where not in _within(path, place):
            return mended, found
    return None


def _paths(error: InputError, place: Place) -> Iterator[Path_]:
    """What a stand-in can take the place of at an error, the smallest part first and a rule as a whole last."""
    at = [path for path in place.spots if str(place.at(*path)) == error.where]
    steps = tuple(step for step in max(at, key=len, default=()) if step != "\0key")
    return (steps[:length] for length in range(len(steps), 0, -1) if _replaceable(steps[:length]))


def _within(path: Path_, place: Place) -> set[str]:
    """Every place in a part: an error at one of them says that the part was not mended."""
    return {str(place.at(*spot)) for spot in place.spots if spot[:len(path)] == path}


def _replaceable(path: Path_) -> bool:
    match path:
        case ("versions", int(), "scope", *_) | ("versions", int(), "parameters", _, *_):
            return True
        case ("versions", int(), "rules", int(), "when", *_) | ("versions", int(), "rules", int()):
            return True
    return False


def _stand_in(tree: Any, path: Path_) -> dict[str, object]:
    """A rule without fault, no more severe than the one before it."""
    _, version, _, n = path
    rules: list[Any] = tree["versions"][version]["rules"]
    outcome = rules[n - 1]["outcome"] if n else next(iter(tree["outcomes"]))  # type: ignore[operator]
    return {"rule": f"stand-in-{n}", "outcome": outcome, "source": next(iter(tree["sources"])), "article": "-",
            "when": ANYBODY}
