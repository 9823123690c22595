"""The people of the tests, and the things they say."""

from datetime import UTC, datetime, timedelta

from hashgrade.nouns import Child, Grade, Item, Kind, Reading, Settlement, Value

ADA, BEN, CY, DEE, EVE = "ada", "ben", "cy", "dee", "eve"
"""Ada analyst, Ben second reader, Cy supervisor, Dee auditor, Eve stranger."""

MORNING = datetime(2023, 4, 1, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that stands until it is told to move."""

    def __init__(self, at: datetime = MORNING) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)


def later(minutes: float) -> datetime:
    """A time so many minutes after the morning."""
    return MORNING + timedelta(minutes=minutes)


def sha(number: int) -> str:
    """The SHA-256 of an item that exists only as a number."""
    return f"{number:064x}"


def item(number: int, **given: object) -> Item:
    """An image with this number; whatever is given overrides."""
    plain: dict[str, object] = {"sha256": sha(number), "first_seen": later(number), "kind": Kind.IMAGE}
    return Item(**{**plain, **given})  # type: ignore[arg-type]


def grade(*children: Child, **facts: Value) -> Grade:
    """A grade with these facts; with no child given, nobody was asked about children."""
    return Grade(facts, children or None)


def reading(number: int, reader: str, said: Grade, minutes: float = 0, **given: object) -> Reading:
    """What a reader says of the item with this number, so many minutes after the morning."""
    return Reading(sha256=sha(number), reader=reader, at=later(minutes), grade=said, **given)  # type: ignore[arg-type]


def settlement(number: int, by: str, said: Grade, minutes: float = 60) -> Settlement:
    """What somebody settles of the item with this number."""
    return Settlement(sha256=sha(number), by=by, at=later(minutes), grade=said)
