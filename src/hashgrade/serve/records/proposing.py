"""A text of a pack as somebody gives it in a form: laid beside the pack's other files, checked, and then proposed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import Final

from hashgrade import enacting
from hashgrade.app import Station
from hashgrade.enacting import Place
from hashgrade.errors import HashgradeError
from hashgrade.law.check import problems
from hashgrade.law.load import text_at
from hashgrade.law.pack import PACKS
from hashgrade.lawbook.kept import BESIDE, lay
from hashgrade.store import force
from hashgrade.store.force import Text

FAULTS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a text: where, as file, line and column; what; the line itself; what to do."""

    code: str
    where: str
    what: str
    excerpt: str
    to_do: str


def at_hand(station: Station, pack_id: str) -> Place:
    """Find the files of a pack that the station's settings name, or those of the package."""
    return enacting.place(pack_id, station.settings.packs)


def files_at_hand(station: Station, pack_id: str) -> dict[str, str]:
    """Read what stands beside the `pack.yaml` there: its sources and its cases."""
    folder = at_hand(station, pack_id).folder or PACKS
    return {name: text_at(folder / pack_id / name) for name in BESIDE}


def propose(station: Station, pack_id: str, given: Mapping[str, str], by: str, why: str) -> Text | list[Fault]:
    """Let a text wait for a second person, or say everything that is wrong with it; then nothing of it is kept.

    Args:
        station: The station.
        pack_id: The pack's name.
        given: The texts of `pack.yaml`, and of `sources.md` and `cases.yaml` where they are not those at hand.
        by: Who proposes it.
        why: The reason.

    Raises:
        InputError: LAW-05, nothing of the pack is in force.
        Conflict: LAW-06, the text is in force, or proposed.
    """
    with _laid(station, pack_id, given) as folder:
        found = [_fault(error, folder, pack_id) for error in islice(problems(pack_id, folder), FAULTS_MAX)]
        return found or enacting.propose(station.store, Place(pack_id, folder), by, why)


@contextmanager
def _laid(station: Station, pack_id: str, given: Mapping[str, str]) -> Iterator[Path]:
    """Lay the text in a folder, beside the packs in force here, as those are what it may ask for their verdicts."""
    texts: dict[str, str] = {}
    for one in force.in_force().values():
        kept = force.text_of(one).texts
        texts |= {name: text for name, text in kept.items() if name not in texts or name == one.pack}
    texts[pack_id] = given["pack.yaml"]
    beside = files_at_hand(station, pack_id) | {name: given[name] for name in BESIDE if given.get(name)}
    with TemporaryDirectory() as laid:
        lay(Path(laid), texts, beside, pack_id)
        yield Path(laid)


def _fault(error: HashgradeError, folder: Path, pack_id: str) -> Fault:
    """An error without the folder in which the text was laid for the moment."""
    def bare(text: str) -> str:
        return text.replace(f"{folder}/{pack_id}/", "").replace(f"{folder}/", "").replace(str(folder), "")

    return Fault(error.code, bare(error.where), bare(error.what), dedent(bare(error.excerpt)), error.to_do)
