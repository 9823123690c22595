"""The things everyone speaks of, as frozen values.

Digests and codes of a medium are bytes while they are computed and lower-case hex
once they are records. Times are aware and in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

Value = str | int
"""One answer: an id of the vocabulary, or a whole number."""

Child = Mapping[str, Value | tuple[str, ...]]
"""The facts of one depicted child; `activity` alone holds a tuple of labels."""


class Kind(StrEnum):
    """What a medium decoded as; `other` is kept and hashed, but not rendered."""

    IMAGE = "image"
    VIDEO = "video"
    OTHER = "other"


class Known(StrEnum):
    """How an item was recognised before anyone saw it."""

    GRADED = "graded"
    CLAIMED = "claimed"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Exact:
    """The exact digests of one medium, 16, 20 and 32 bytes, and its length in bytes."""

    md5: bytes
    sha1: bytes
    sha256: bytes
    size_bytes: int


class Flavour(StrEnum):
    """From which pixels a PDQ code was taken; only `full` stands in lists.

    `full`: the RGB pixels of the whole picture. `luma`: a JPEG's own luma plane.
    `scaled`: a JPEG decoded at a fraction of its size.
    """

    FULL = "full"
    LUMA = "luma"
    SCALED = "scaled"


@dataclass(frozen=True, slots=True)
class Pdq:
    """A PDQ code, 32 bytes with bit 255 first, its quality, 0 to 100, and its flavour."""

    code: bytes
    quality: int
    flavour: Flavour = Flavour.FULL


@dataclass(frozen=True, slots=True)
class FrameCode:
    """The PDQ of one frame of a clip, and when it is shown, in milliseconds from the clip's start."""

    at_ms: int
    pdq: Pdq


class Jail(StrEnum):
    """How much the kernel keeps from a process that decodes; the strongest it can do is what is done.

    `limited`: a process of its own without rights, and with limits on what it may use.
    `filtered`: that, and a filter on system calls. `full`: that, and Landlock.
    """

    FULL = "full"
    FILTERED = "filtered"
    LIMITED = "limited"


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A neighbour in Hamming space: its distance, 0 to 256 bits, and its id."""

    distance_bits: int
    id: int


@dataclass(frozen=True, slots=True)
class Grade:
    """What is answered of one medium: its facts, and a row of facts for each child.

    A fact that is absent is unanswered. `children` is None while nobody was asked,
    and `()` where no child is depicted.
    """

    facts: Mapping[str, Value] = field(default_factory=dict)
    children: tuple[Child, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is what it is: the rule, its source and the facts it rested on."""

    rule: str
    source: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a pack makes of a grade: an interval that more answers can only narrow.

    `outcome` is None while undecided. `could_be` holds the more severe outcomes that
    are still possible, most severe first. `missing` names the facts whose answers
    could change the outcome; `missing_at` says on which row.
    """

    pack: str
    version: str
    outcome: str | None
    at_least: str
    could_be: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    missing_at: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody sent in."""

    report: str
    source: str
    received_at: datetime
    outcome: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One medium, unique by its SHA-256 (64 hex characters)."""

    sha256: str
    first_seen: datetime
    kind: Kind = Kind.OTHER
    md5: str | None = None
    sha1: str | None = None
    size_bytes: int | None = None
    width: int | None = None
    height: int | None = None
    pdq: str | None = None
    pdq_quality: int | None = None
    pdq_as_displayed: str | None = None
    known: Known | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """The frames of one item that moves, as their codes in time: by rising `at_ms`, at most 2^20 of them."""

    sha256: str
    frames: tuple[FrameCode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Where and when an item was seen."""

    sha256: str
    url: str
    seen_at: datetime
    report: str | None = None
    site_type: str | None = None
    original_upload: bool | None = None
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def host(self) -> str | None:
        """The whole name of the host in its address, in lower case; None where the address names none."""
        try:
            return (urlsplit(self.url).hostname or "").rstrip(".") or None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What one part of a clip shows, from `from_ms` up to `to_ms`, which is later.

    `activity` has labels as a child has them; empty while nobody answered. `child` is the row that they are about,
    from 0, None where it is all or does not matter.
    """

    from_ms: int
    to_ms: int
    activity: tuple[str, ...] = ()
    child: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The facts one reader recorded; `supersedes` is the time of their own earlier reading.

    A clip may have `segments`, by time, whose labels are labels of its children.
    """

    sha256: str
    reader: str
    at: datetime
    grade: Grade
    seconds_visible: float | None = None
    supersedes: datetime | None = None
    segments: tuple[Segment, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The final and whole grade of an item, by somebody who did not read it; of a clip it may carry `segments`."""

    sha256: str
    by: str
    at: datetime
    grade: Grade
    segments: tuple[Segment, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)


Answer = str | tuple[str, ...]
"""One answer to a question of a protocol: a value, or the sorted values of a question that takes many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """What one coder answered of an item drawn for a study; `supersedes` is the time of their own earlier coding."""

    sha256: str
    study: str
    coder: str
    at: datetime
    answers: Mapping[str, Answer]
    supersedes: datetime | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What an edition of an imported list says of one medium: its source's word, not a grade.

    At least one of the digests and `pdq` is given. `skip` says that the list's policy keeps
    exact hits out of the queue. `id` is the store's number, 0 until it is stored.
    """

    list_name: str
    edition: str
    sha256: str | None = None
    md5: str | None = None
    sha1: str | None = None
    pdq: str | None = None
    pdq_quality: int | None = None
    skip: bool = False
    id: int = 0
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resemblance:
    """An item is near another item (`other`, a SHA-256) or near a claim (`claim`, its id)."""

    sha256: str
    distance_bits: int
    other: str | None = None
    claim: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a reader is given at once: the ungraded items of one cluster, and what they resemble.

    `leader`, a SHA-256, is the item to be read first; the rest may be confirmed to be like it. `rules` are the rules
    of the queue that brought the card forward by `points`.
    """

    number: int
    items: tuple[Item, ...]
    resembles: tuple[Resemblance, ...] = ()
    leader: str = ""
    points: int = 0
    rules: tuple[str, ...] = ()


class How(StrEnum):
    """As what something was on the screen; a pause is a view of nothing."""

    ITEM = "item"
    SHEET = "sheet"
    FRAME = "frame"
    SETTLEMENT = "settlement"
    DECIDED = "decided"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Items were on a reader's screen from `at` on, for so long; told again with the same `ref` as it goes on.

    `severity` is what was known of the most severe of them by then, empty where nothing was. A view of what is
    decided has a reason, `why`.
    """

    ref: str
    reader: str
    at: datetime
    ms: int
    how: How
    items: tuple[str, ...] = ()
    severity: str = ""
    why: str = ""


class SkipReason(StrEnum):
    """Why somebody will not read an item; `other` needs words of their own."""

    BREAK = "break"
    PERSONAL = "personal"
    BROKEN = "broken"
    LANGUAGE = "language"
    UNSURE = "unsure"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Somebody would not read an item, and, once somebody dealt it to them again, by whom and why."""

    sha256: str
    reader: str
    at: datetime
    reason: SkipReason
    said: str = ""
    ended_by: str | None = None
    ended_at: datetime | None = None
    ended_why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """On a sheet somebody said of an item that it is `like` its leader, or not; and took that back at a time."""

    sha256: str
    leader: str
    by: str
    at: datetime
    like: bool
    taken_back: datetime | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A supervisor let a reader go on past their pace."""

    reader: str
    by: str
    at: datetime
    until: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One published edition of one of our own lists."""

    list_name: str
    number: int
    issued_at: datetime
    manifest_sha256: str
    members: int
