"""The tables. Nothing but `work` writes them and nothing but `queries` reads them.

Those about packs and verdicts are written and read by `force` and `verdicts`, through `work` as well.

Digests are lower-case hex. `extra` is compact JSON of the keys a record came with that
we do not know. A `grade` is the canonical JSON of `law.grades`.
"""

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from hashgrade.store.scratch import Draft as Draft  # noqa: PLC0414 - Django looks for tables here


class Report(models.Model):
    """What somebody sent in."""

    report = models.CharField(max_length=200, unique=True)
    source = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=200, null=True)
    extra = models.TextField(default="{}")


class Item(models.Model):
    """One medium, with its grade of record as last worked out.

    `cluster` is the lowest id among the items it is joined with, or null while it is alone.
    `grade`, `differs`, `readings` and `settled` follow from the readings and settlements;
    they are kept here so that the queue is one indexed question.
    `wanted` readings make its grade, by the rule `wanted_by`, where its readings say a number; else the setting does.
    `leader` is the item whose grade it has, confirmed and not read; one that is `apart` is not like its cluster.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    md5 = models.CharField(max_length=32, null=True, db_index=True)
    sha1 = models.CharField(max_length=40, null=True, db_index=True)
    kind = models.CharField(max_length=8)
    size_bytes = models.BigIntegerField(null=True)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    pdq = models.CharField(max_length=64, null=True)
    pdq_quality = models.SmallIntegerField(null=True)
    pdq_as_displayed = models.CharField(max_length=64, null=True)
    first_seen = models.DateTimeField(db_index=True)
    known = models.CharField(max_length=8, null=True)
    extra = models.TextField(default="{}")
    cluster = models.BigIntegerField(null=True, db_index=True)
    grade = models.TextField(null=True)
    differs = models.TextField(default="")
    readings = models.SmallIntegerField(default=0)
    settled = models.BooleanField(default=False)
    wanted = models.SmallIntegerField(null=True)
    wanted_by = models.CharField(max_length=200, null=True)
    leader = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    apart = models.BooleanField(null=True)

    class Meta:
        """The queue asks for the ungraded, and a settler for what differs, oldest first."""

        indexes: ClassVar = [
            Index(fields=["first_seen", "id"], condition=Q(grade__isnull=True), name="item_ungraded"),
            Index(fields=["first_seen", "id", "kind", "differs"], condition=~Q(differs=""), name="item_unsettled"),
            Index(fields=["kind", "differs"], condition=~Q(differs=""), name="item_differs_on"),
            Index(fields=["wanted_by", "first_seen"], condition=Q(grade=None, readings__gt=0), name="item_read_once"),
            Index(fields=["id"], condition=Q(settled=True), name="item_settled"),
        ]


class Clip(models.Model):
    """The codes of an item's frames in time, packed as `shapes.frames_bytes` does."""

    item = models.OneToOneField(Item, models.PROTECT, related_name="+")
    frames = models.BinaryField()


class Sighting(models.Model):
    """Where and when an item was seen; `report` is empty where none led to it."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    url = models.TextField()
    seen_at = models.DateTimeField()
    report = models.CharField(max_length=200, default="")
    site_type = models.CharField(max_length=100, null=True)
    original_upload = models.BooleanField(null=True)
    extra = models.TextField(default="{}")

    class Meta:
        """One sighting for each place, time and report."""

        constraints: ClassVar = [UniqueConstraint(fields=["url", "item", "seen_at", "report"], name="sighting_once")]


class Reading(models.Model):
    """What one reader recorded. A corrected reading stays, no longer `current`."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    reader = models.CharField(max_length=200)
    at = models.DateTimeField()
    grade = models.TextField()
    seconds_visible = models.FloatField(null=True)
    supersedes = models.DateTimeField(null=True)
    segments = models.TextField(null=True)
    current = models.BooleanField(default=True)
    extra = models.TextField(default="{}")

    class Meta:
        """N current readings are N readers, whatever a programme or a person tries."""

        constraints: ClassVar = [
            UniqueConstraint(fields=["item", "reader"], condition=Q(current=True), name="reading_one_a_reader"),
            UniqueConstraint(fields=["item", "reader", "at"], name="reading_once"),
        ]
        indexes: ClassVar = [Index(fields=["reader", "at"], name="reading_by_reader")]


class Settlement(models.Model):
    """The final grade where readings differ. A trigger refuses one by a reader of the item."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    grade = models.TextField()
    segments = models.TextField(null=True)
    extra = models.TextField(default="{}")

    class Meta:
        """A settlement is known by its item, person and time."""

        constraints: ClassVar = [UniqueConstraint(fields=["item", "by", "at"], name="settlement_once")]


class Coding(models.Model):
    """What one coder answered of an item drawn for a study. Never changed: the last of a coder is what they say."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    study = models.CharField(max_length=80)
    coder = models.CharField(max_length=200)
    at = models.DateTimeField()
    answers = models.TextField()
    supersedes = models.DateTimeField(null=True)
    extra = models.TextField(default="{}")

    class Meta:
        """A coder's codings of an item are one chain, whatever a programme or a person tries."""

        constraints: ClassVar = [
            UniqueConstraint(fields=["item", "study", "coder", "at"], name="coding_once"),
            UniqueConstraint(fields=["item", "study", "coder"], condition=Q(supersedes=None), name="coding_one_first"),
            UniqueConstraint(fields=["item", "study", "coder", "supersedes"],
                             condition=Q(supersedes__isnull=False), name="coding_one_correction"),
        ]


class Grade(models.Model):
    """One grade, whoever has it: `text` is its canonical spelling and `sha256` that of the text. Never changed."""

    sha256 = models.CharField(max_length=64, unique=True)
    text = models.TextField()


class Graded(models.Model):
    """From `at` on, this was the item's grade of record; null: from then on it had none. Never changed."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    grade = models.ForeignKey(Grade, models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()


class PackText(models.Model):
    """A pack as its files once said it: everything that it was judged by, or is proposed. Never changed.

    `texts` is the canonical JSON of the `pack.yaml` of the pack and of every pack that it uses, `digest` the SHA-256
    of that. `version`, `review` and `labels` are those of its newest version, so that they can be read without it.
    """

    pack = models.CharField(max_length=200)
    version = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    texts = models.TextField()
    review = models.CharField(max_length=20)
    labels = models.TextField()

    class Meta:
        """The same text of the same pack is kept once."""

        constraints: ClassVar = [UniqueConstraint(fields=["pack", "digest"], name="pack_text_once")]


class Enactment(models.Model):
    """How a text of a pack came into force, or waits to: proposed by one person and approved by another.

    It waits while it has neither `since` nor `until`, is in force while it has `since` alone, and is over with
    `until`; one that is over and has no `since` was taken back. `first`: the settings named the pack, and nothing
    was in force.
    """

    pack = models.CharField(max_length=200)
    text = models.ForeignKey(PackText, models.PROTECT, related_name="+")
    first = models.BooleanField(default=False)
    proposed_by = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    proposed_why = models.TextField()
    approved_by = models.CharField(max_length=200, null=True)
    approved_why = models.TextField(null=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)

    class Meta:
        """Two people, one text in force and one that waits, whatever a programme or a person tries."""

        constraints: ClassVar = [
            UniqueConstraint(fields=["pack"], condition=Q(until=None, since=None), name="enactment_one_waits"),
            UniqueConstraint(
                fields=["pack"], condition=Q(until=None, since__isnull=False), name="enactment_one_in_force"),
            UniqueConstraint(fields=["pack"], condition=Q(first=True), name="enactment_one_first"),
            CheckConstraint(
                condition=(Q(since=None) | Q(first=True)
                           | Q(approved_by__isnull=False) & ~Q(approved_by=F("proposed_by"))),
                name="enactment_by_two"),
        ]


class Verdict(models.Model):
    """What one text makes of some grades, with its reasons; lists are JSON. Never changed.

    `digest` is the SHA-256 of all of it, so that equal verdicts of a text are one row.
    """

    text = models.ForeignKey(PackText, models.PROTECT, related_name="+", db_index=False)
    digest = models.CharField(max_length=64)
    outcome = models.CharField(max_length=200, null=True)
    at_least = models.CharField(max_length=200)
    could_be = models.TextField()
    missing = models.TextField()
    reasons = models.TextField()

    class Meta:
        """The same verdict of the same text is kept once."""

        constraints: ClassVar = [UniqueConstraint(fields=["text", "digest"], name="verdict_once")]


class Judged(models.Model):
    """The verdict of a text on a grade, and so on every item that has or had the grade. Never changed."""

    text = models.ForeignKey(PackText, models.PROTECT, related_name="+", db_index=False)
    grade = models.ForeignKey(Grade, models.PROTECT, related_name="+", db_index=False)
    verdict = models.ForeignKey(Verdict, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        """A text judges a grade once."""

        constraints: ClassVar = [UniqueConstraint(fields=["text", "grade"], name="judged_once")]


class Lease(models.Model):
    """An item is one reader's until a time; after that it is anyone's to take.

    `leader` is the one of the card that is read first; `gold` says that the item was settled before.
    """

    item = models.OneToOneField(Item, models.PROTECT, primary_key=True, related_name="+")
    reader = models.CharField(max_length=200, db_index=True)
    until = models.DateTimeField()
    leader = models.ForeignKey(Item, models.PROTECT, null=True, related_name="+")
    gold = models.BooleanField(null=True)


class View(models.Model):
    """Something was on a reader's screen for so long; `ref` is the page's name for it, so that it can be told again.

    A pause is a view of nothing.
    """

    ref = models.CharField(max_length=64, unique=True)
    reader = models.CharField(max_length=200)
    at = models.DateTimeField()
    ms = models.BigIntegerField()
    how = models.CharField(max_length=12)
    severity = models.CharField(max_length=200, default="")
    why = models.TextField(default="")

    class Meta:
        """A reader's day is one indexed question."""

        indexes: ClassVar = [Index(fields=["reader", "at"], name="view_of_a_day")]
        constraints: ClassVar = [CheckConstraint(condition=Q(ms__gte=0), name="view_lasts")]


class Seen(models.Model):
    """An item was in a view: one of many, where the view was a sheet."""

    view = models.ForeignKey(View, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")

    class Meta:
        """An item is in a view once."""

        constraints: ClassVar = [UniqueConstraint(fields=["view", "item"], name="seen_once")]


class Skip(models.Model):
    """Somebody would not read an item; until a supervisor deals it to them again, it is not theirs to take."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    reader = models.CharField(max_length=200)
    at = models.DateTimeField()
    reason = models.CharField(max_length=40)
    said = models.TextField(default="")
    ended_by = models.CharField(max_length=200, null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(null=True)

    class Meta:
        """One that stands for each reader, ended by somebody else."""

        constraints: ClassVar = [
            UniqueConstraint(fields=["item", "reader"], condition=Q(ended_at=None), name="skip_one_stands"),
            CheckConstraint(condition=Q(ended_by=None) | ~Q(ended_by=F("reader")), name="skip_ended_by_another"),
        ]


class Confirmation(models.Model):
    """On a sheet beside its leader somebody said of an item that it is `like` it, or that it is not."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    leader = models.ForeignKey(Item, models.PROTECT, related_name="+")
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    like = models.BooleanField()
    taken_back = models.DateTimeField(null=True)
    extra = models.TextField(default="{}")

    class Meta:
        """N confirmations are N people, whatever a programme or a person tries."""

        constraints: ClassVar = [
            UniqueConstraint(fields=["item", "by"], condition=Q(taken_back=None), name="confirmation_one_a_person"),
            UniqueConstraint(fields=["item", "by", "at"], name="confirmation_once"),
            CheckConstraint(condition=~Q(item=F("leader")), name="confirmation_of_another"),
        ]


class Gold(models.Model):
    """What somebody read of an item that was settled before, without knowing that it was; never a reading."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    reader = models.CharField(max_length=200)
    at = models.DateTimeField()
    grade = models.TextField()
    seconds_visible = models.FloatField(null=True)

    class Meta:
        """Nobody is tried twice with one item."""

        constraints: ClassVar = [UniqueConstraint(fields=["item", "reader"], name="gold_once")]


class Override(models.Model):
    """A supervisor let a reader go on past their pace, until a time and for a reason."""

    reader = models.CharField(max_length=200)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    until = models.DateTimeField()
    why = models.TextField()

    class Meta:
        """Nobody sets their own pace."""

        indexes: ClassVar = [Index(fields=["reader", "until"], name="override_of_a_reader")]
        constraints: ClassVar = [CheckConstraint(condition=~Q(by=F("reader")), name="override_by_another")]


class Waiting(models.Model):
    """A card that waits, worked out anew whenever something of it changes; `waiting` writes it.

    `number` is the cluster's or the item's own; of an item that was set apart it is the item's, negative. `due` is
    in milliseconds. `rule` is the first of `rules`, the names of the queue's rules that are true of the card.
    """

    number = models.BigIntegerField(primary_key=True)
    leader = models.ForeignKey(Item, models.PROTECT, related_name="+")
    stage = models.CharField(max_length=12)
    due = models.BigIntegerField()
    points = models.IntegerField()
    rule = models.CharField(max_length=200)
    rules = models.TextField()
    kind = models.CharField(max_length=8)
    items = models.IntegerField()

    class Meta:
        """A page of the queue, of one rule, of one kind or of both, is the next rows of an index."""

        indexes: ClassVar = [
            Index(fields=["stage", "due", "number"], name="waiting_by_due"),
            Index(fields=["stage", "kind", "due", "number"], name="waiting_by_kind"),
            Index(fields=["stage", "rule", "due", "number"], name="waiting_by_rule"),
            Index(fields=["stage", "rule", "kind", "due", "number"], name="waiting_by_both"),
        ]


class Tally(models.Model):
    """How many cards and items wait, of each stage, kind and rule; changed in the transaction that changes them."""

    stage = models.CharField(max_length=12)
    kind = models.CharField(max_length=8)
    rule = models.CharField(max_length=200)
    cards = models.BigIntegerField()
    items = models.BigIntegerField()

    class Meta:
        """One row for each."""

        constraints: ClassVar = [UniqueConstraint(fields=["stage", "kind", "rule"], name="tally_once")]


class ImportedList(models.Model):
    """An edition of somebody else's list; only the newest that came in is `current`."""

    name = models.CharField(max_length=200)
    edition = models.CharField(max_length=200)
    imported_at = models.DateTimeField()
    current = models.BooleanField(default=True)

    class Meta:
        """One current edition a list."""

        constraints: ClassVar = [
            UniqueConstraint(fields=["name", "edition"], name="imported_once"),
            UniqueConstraint(fields=["name"], condition=Q(current=True), name="imported_one_current"),
        ]


class Claim(models.Model):
    """One entry of an imported list; `key` is the first of its digests that it has."""

    source = models.ForeignKey(ImportedList, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, null=True, db_index=True)
    md5 = models.CharField(max_length=32, null=True, db_index=True)
    sha1 = models.CharField(max_length=40, null=True, db_index=True)
    pdq = models.CharField(max_length=64, null=True)
    pdq_quality = models.SmallIntegerField(null=True)
    skip = models.BooleanField(default=False)
    extra = models.TextField(default="{}")

    class Meta:
        """An edition says one thing of one medium."""

        constraints: ClassVar = [UniqueConstraint(fields=["source", "key"], name="claim_once")]


class Resemblance(models.Model):
    """An item is near another item, or near a claim."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    other = models.ForeignKey(Item, models.PROTECT, related_name="+", null=True)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="+", null=True)
    distance_bits = models.SmallIntegerField()

    class Meta:
        """Exactly one of the two, each once."""

        constraints: ClassVar = [
            UniqueConstraint(fields=["item", "other"], name="resemblance_item_once"),
            UniqueConstraint(fields=["item", "claim"], name="resemblance_claim_once"),
            CheckConstraint(condition=Q(other__isnull=True) ^ Q(claim__isnull=True), name="resemblance_of_one"),
        ]


class Edition(models.Model):
    """A published edition of one of our lists."""

    name = models.CharField(max_length=200)
    number = models.IntegerField()
    issued_at = models.DateTimeField()
    manifest_sha256 = models.CharField(max_length=64)
    members = models.IntegerField()

    class Meta:
        """A number is used once."""

        constraints: ClassVar = [UniqueConstraint(fields=["name", "number"], name="edition_once")]


class Entry(models.Model):
    """The audit log; `did` is canonical JSON."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    why = models.TextField()
    did = models.TextField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
