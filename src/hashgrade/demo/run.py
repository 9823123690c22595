"""The whole story on synthetic data, step by step, each told in a line with the time it took.

Every step goes through the doors' own rooms; nothing is put into the records from behind.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from hashgrade.demo import pictures, population
from hashgrade.nouns import Card, Grade, Kind, Reading

if TYPE_CHECKING:  # rooms that need Django are imported inside the steps, after a station is open
    from hashgrade.app import Station

Step = Callable[["Station", Path], str]
"""Does one thing at a station, with a folder to lay things in, and says what came of it."""

CARDS: Final = 12
"""How many cards each of two readers takes of the drawn pictures; the rest stay in the queue."""

PARTNER_KNOWS: Final = 8
"""How many of the drawn media a partner's list names already."""

LIST: Final = "uk-classified"
POLICY: Final = "any: [{verdict.uk-ew: {in: [A, B, C]}}]\n"
STUDIES: Final = {"iwf-2023-self-generated-3-6": None, "iwf-2018-livestream-captures": None, "annual": 2023}

NOBODY: Final = Grade({"assessable": "yes", "depiction": "photographic", "layout": "single", "indecent": "no",
                       "adult_visible": "no", "child_count": 0}, ())
"""What there is to say of a texture: it shows nobody."""

UNREADABLE: Final = Grade({"assessable": "corrupt"})
"""What there is to say of a file that did not decode."""


def run(station: "Station", out: Path, say: Callable[[str], None]) -> None:
    """Take every step in order; what a step did is said, with its seconds, before the next begins.

    Args:
        station: Where it happens; best a new one, though running again doubles nothing.
        out: A folder for the drawn media, the records and the reports.
        say: Gets each line of the story.
    """
    say("Everything here is synthetic: pictures are textures, records are invented numbers.")
    start = station.now()
    for number, (title, step) in enumerate(STEPS.items(), 1):
        began = station.now()
        told = step(station, out)
        say(f"{number:2}. {title}: {told} ({(station.now() - began).total_seconds():.1f} s)")
    say(f"All of it took {(station.now() - start).total_seconds():.0f} s. The reports:")
    for study in STUDIES:
        say(f"    {out / study / 'index.html'}")


def draw(_station: "Station", out: Path) -> str:
    """Draw the media that are taken in."""
    gallery = pictures.draw(out / "pictures", seed=population.SEED)
    return (f"{len(gallery.stills)} stills and {len(gallery.clips)} clips, with {len(gallery.exact)} exact and "
            f"{len(gallery.near)} near duplicates, {len(gallery.broken)} broken files and a ZIP")


def import_claims(station: "Station", out: Path) -> str:
    """Import a partner's list that names some of the media about to be taken in."""
    from hashgrade.exchange.lists import Source, import_list  # noqa: PLC0415 - needs Django set up
    from hashgrade.fingerprints import exact  # noqa: PLC0415

    stills = sorted(path for path in (out / "pictures").rglob("*.jpg"))[:PARTNER_KNOWS]
    path = out / "partner.csv"
    path.write_text("sha256\n" + "".join(f"{exact(still.read_bytes()).sha256.hex()}\n" for still in stills))
    done = import_list(station, "partner", Source(path), "dee")
    return f"{done.added} new claims of the list `partner`, edition {done.edition}"


def take_in(station: "Station", out: Path) -> str:
    """Take the drawn media in, as `hashgrade intake` does."""
    from hashgrade import intake  # noqa: PLC0415 - needs Django set up

    outcomes = list(intake.run(station, [out / "pictures"], "ada"))
    items = {outcome.sha256: outcome for outcome in outcomes if outcome.sha256}
    known = Counter(str(outcome.known or "new") for outcome in items.values())
    broken = sum(outcome.error is not None for outcome in outcomes)
    recognised = ", ".join(f"{count} {name}" for name, count in sorted(known.items()))
    queued = sum(outcome.queued for outcome in items.values())
    return (f"{len(outcomes)} media are {len(items)} items: {recognised}; {queued} to be read; {broken} with an error; "
            f"decoded in the jail `{station.decoders.level}`")


def read(station: "Station", _out: Path) -> str:
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
    told = ", ".join(f"{count:,} {kind}" for kind, count in sorted(tally.changed.items())) or "nothing new"
    return f"{tally.lines:,} lines: {told}; {tally.refused} refused"


def judge(station: "Station", _out: Path) -> str:
    """Derive every pack's verdict from every grade of record."""
    from hashgrade.law.judge import Bench  # noqa: PLC0415 - beside the store, which needs Django set up
    from hashgrade.store import queries  # noqa: PLC0415

    bench, count, decided = Bench(station.packs), 0, Counter[str]()
    for _item, grade in queries.grades():
        if grade is not None:
            count += 1
            decided.update(pack for pack, verdict in bench(grade).items() if verdict.outcome is not None)
    shares = ", ".join(f"{pack.id} {100 * decided[pack.id] // max(count, 1)}%" for pack in station.packs)
    return f"{count:,} grades of record; decided by {shares}"


def publish(station: "Station", out: Path) -> str:
    """Publish an edition of a list and verify it as a member would."""
    from hashgrade.exchange import lists, release  # noqa: PLC0415 - needs Django set up

    policy = out / "policy.yaml"
    policy.write_text(POLICY)
    done = lists.publish(station, LIST, lists.read_policy(policy, station.packs), "dee")
    lists.verify(done.folder, release.public_key_file(station.root))
    return f"edition {done.edition.number} of {LIST}, {done.edition.members:,} items, signed, verified: {done.folder}"


def study(station: "Station", out: Path) -> str:
    """Run the built-in studies on one snapshot of the records."""
    from hashgrade.studies.run import run as run_study  # noqa: PLC0415 - needs Django set up
    from hashgrade.studies.snapshot import taken  # noqa: PLC0415

    told = []
    with TemporaryDirectory(prefix="hashgrade-") as folder:
        snapshot = taken(Path(folder), station.packs, station.digests)
        for name, year in STUDIES.items():
            findings = run_study(name, snapshot, out / name, year, synthetic=True)
            told.append(f"{name} ({findings['total']:,} media)")
    return ", ".join(told)


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
    "Import a partner's list": import_claims,
    "Take the media in": take_in,
    "Read some": read,
    "Take the same in again": take_in,
    "Add two study populations and a year": add_records,
    "Derive verdicts": judge,
    "Publish a list": publish,
    "Run the studies": study,
}
"""The steps, by the title each is told under."""
