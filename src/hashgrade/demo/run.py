"""The whole story on synthetic data, step by step, each told in a line with the time it took.

Every step goes through the doors' own rooms; nothing is put into the records from behind.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hashgrade.demo import pictures, population
from hashgrade.nouns import Card, Grade, Kind, Reading

if TYPE_CHECKING:  # rooms that need Django are imported inside the steps, after a station is open
    from hashgrade.app import Station

Step = Callable[["Station", Path], str]
"""Does one thing at a station, with a folder to lay things in, and says what came of it."""

CARDS: Final = 12
"""How many cards each of two readers takes of the drawn pictures; the rest stay in the queue."""

NOBODY: Final = Grade({"assessable": "yes", "depiction": "photographic", "layout": "single", "indecent": "no",
                       "adult_visible": "no", "child_count": 0}, ())
"""What there is to say of a texture: it shows nobody."""

UNREADABLE: Final = Grade({"assessable": "corrupt"})
"""What there is to say of a file that did not decode."""


def run(station: "Station", out: Path, say: Callable[[str], None]) -> None:
    """Take every step in order; what a step did is said, with its seconds, before the next begins.

    Args:
        station: Where it happens; best a new one, though running again doubles nothing.
        out: A folder for the drawn media and the reports.
        say: Gets each line of the story.
    """
    say("Everything here is synthetic: pictures are textures, records are invented numbers.")
    for title, step in STEPS.items():
        began = station.now()
        told = step(station, out)
        say(f"{title}: {told} ({(station.now() - began).total_seconds():.1f} s)")


def draw(station: "Station", out: Path) -> str:
    """Draw the media that are taken in."""
    gallery = pictures.draw(out / "pictures", seed=population.SEED)
    return (f"{len(gallery.stills)} stills and {len(gallery.clips)} clips, with {len(gallery.exact)} exact and "
            f"{len(gallery.near)} near duplicates, {len(gallery.broken)} files that are broken")


def take_in(station: "Station", out: Path) -> str:
    """Take the drawn media in, as `hashgrade intake` does."""
    from hashgrade import intake  # noqa: PLC0415 - needs Django set up

    outcomes = list(intake.run(station, [out / "pictures"], "ada"))
    known = Counter(outcome.known for outcome in outcomes if outcome.known)
    items = {outcome.sha256 for outcome in outcomes if outcome.sha256}
    broken = sum(outcome.error is not None for outcome in outcomes)
    recognised = ", ".join(f"{count} {name}" for name, count in sorted(known.items())) or "none"
    return f"{len(outcomes)} files are {len(items)} items; recognised: {recognised}; {broken} have an error"


def read(station: "Station", out: Path) -> str:
    """Let two readers take cards from the queue, each without the other's answers."""
    readings = sum(len(card.items) for reader in ("ada", "ben") for card in _cards(station, reader))
    return f"two readers recorded {readings} readings; textures show nobody, and the law finds nothing in them"


def add_records(station: "Station", out: Path) -> str:
    """Write the synthetic records to a file and import it, as `hashgrade records import` does."""
    from hashgrade.exchange.records import import_records  # noqa: PLC0415 - needs Django set up

    path = out / "records.jsonl.gz"
    population.write(path, population.records())
    with path.open("rb") as stream:
        tally = import_records(station.store, stream, "dee", path.name)
    told = ", ".join(f"{count:,} {kind}" for kind, count in sorted(tally.changed.items()))
    return f"{tally.lines:,} lines, {told}, {tally.refused} refused"


def _cards(station: "Station", reader: str) -> Iterator[Card]:
    from hashgrade import grading  # noqa: PLC0415 - needs Django set up

    for _ in range(CARDS):
        card = grading.take(station.store, reader)
        if card is None:
            return
        for item in card.items:
            seen = UNREADABLE if item.kind is Kind.OTHER else NOBODY
            grading.read(station.store, Reading(sha256=item.sha256, reader=reader, at=station.now(), grade=seen))
        yield card


STEPS: Final[dict[str, Step]] = {
    "Draw media": draw,
    "Take them in": take_in,
    "Read some": read,
    "Take the same in again": take_in,
    "Add two study populations and a year": add_records,
}
"""The steps, by the title each is told under."""
