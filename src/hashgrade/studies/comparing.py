"""Tables set beside others: this period beside the one before, and a sample beside what it was drawn from.

Both are worked out from printed numbers alone, so that they tell nothing that those do not.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hashgrade.errors import InputError
from hashgrade.studies.count import Counted, count
from hashgrade.studies.estimated import KEPT_BACK, EstimatedRow, Found, row_of
from hashgrade.studies.figures import Figure, Printed, printed
from hashgrade.studies.intervals import Estimate, Stratum, stratified
from hashgrade.studies.joint import Released
from hashgrade.studies.periods import Period
from hashgrade.studies.releases import Guarded, guard
from hashgrade.studies.snapshot import Snapshot
from hashgrade.studies.study import Disclosure, Study
from hashgrade.studies.table import ALL
from hashgrade.studies.trends import rate_ratio, share_ratio

Bases = tuple[int | None, ...]
Ratio = Callable[[int, int, int, int], Estimate]
NONE = Guarded({})

NEITHER = "None in either period."
NONE_BEFORE = "None in the period before, so that there is no ratio."
SUMS = "Children come several at a time, so that there is no interval."
ROUNDED = "The counts are rounded, so that there are no intervals."
AS_IF = ("Intervals are of 95%, by the score, as if each unit came by itself; where many come at once, they are too "
         "narrow.")
BEFORE = "{} in the period before."
EMPTY = "The study holds nothing in the period before."
BEGUN = ("The records begin on {}, after the period before began: what was there earlier is not in it, and what looks "
         "like a rise may be that.")
FRAME = ("How many media each stratum holds is kept back with the study's small counts, so that no share of the cohort "
         "can be told.")
LEFT_OUT = "Of stratum {}, {} of the {} drawn media are in the table, so that no share of the cohort can be told."
OVERLAP = "The strata hold {} media, and the cohort {}: they overlap, so that no share of the cohort can be told."
NOTHING = "The strata hold nothing."
NOT_DRAWN = "Nothing was drawn of stratum {}, so that no share of the cohort can be told."
DESIGN = ("Each stratum's share counts by the stratum's part of {} media. Intervals are of 95%, Wilson's in each "
          "stratum, corrected for what was drawn and joined.")
IN_PART = "The strata hold {} of the cohort's {} media; the shares are of those."


# -- this period and the one before -------------------------------------------------------------------------------


def before(period: Period) -> Period:
    """The period of equal length before: as many whole months, where it is of whole months, else as many days."""
    first, after = period[0], period[1] + timedelta(days=1)
    if first.day == after.day == 1:
        months = 12 * (after.year - first.year) + after.month - first.month
        year, month = divmod(12 * first.year + first.month - 1 - months, 12)
        return date(year, month + 1, 1), first - timedelta(days=1)
    return first - (after - first), first - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The tables of a study as its report on the period before would print them; none where it would hold nothing.

    Args:
        period: That period.
        tables: Each table by its name.
        begun: When the records begin, where that is after the period began.
        release: What it would print.
        guarded: What earlier reports have to do with that.
    """

    period: Period
    tables: Mapping[str, Printed]
    begun: date | None = None
    release: Released | None = None
    guarded: Guarded = NONE

    def as_json(self, names: Collection[str]) -> dict[str, object]:
        """What `findings.json` says of it: the tables of these names."""
        return {"period": {"from": self.period[0].isoformat(), "until": self.period[1].isoformat()},
                "tables": {name: table.as_json() for name, table in self.tables.items() if name in names}}


def earlier(study: Study, snapshot: Snapshot, period: Period, against: Sequence[Released] = ()) -> Earlier:
    """Count a study on the period before, and keep back what its own report would, beside those that are out.

    Args:
        study: With the tables that are counted.
        snapshot: The records.
        period: This period.
        against: Earlier reports, of which those of the period before count.
    """
    past = before(period)
    with snapshot.opened() as database:
        ((first,),) = database.execute("SELECT min(first_seen)::DATE FROM items").fetchall()
    begun = first if first and first > past[0] else None
    theirs = [one for one in against if one.within(past)]
    found = _counted(study, snapshot, past, apart=bool(theirs))
    if not found:
        return Earlier(past, {}, begun)
    held, counted = found
    guarded = guard(counted, held.disclosure, theirs)
    tables = {table.name: table for table in printed(held, counted, snapshot.packs, guarded)[0]}
    shown = {cell: number for (_, cell), number in guarded.shown.items()}
    return Earlier(past, tables, begun, Released("", past, counted, shown, held.disclosure.round_to), guarded)


def _counted(study: Study, snapshot: Snapshot, past: Period, *, apart: bool) -> tuple[Study, Counted] | None:
    """A study as far as it can be counted: without a sample that cannot be drawn; None where there is nothing."""
    try:
        return study, count(study, snapshot, past, apart=apart)
    except InputError as error:
        if error.code == "STU-07":
            return None
        if error.code != "STU-08":
            raise
    tables = tuple(table for table in study.tables if not table.sampled)
    return _counted(replace(study, tables=tables, sample=None), snapshot, past, apart=apart)


def guard_beside(past: Earlier | None, counted: Counted, rule: Disclosure, period: Period, against: Sequence[Released]
                 ) -> Guarded:
    """Decide what may be printed of a release that also prints what the period before is compared with.

    Nothing is first seen in both, so that each is guarded by itself, beside the earlier reports of its
    period. Where one of those is of both, everything is guarded together.

    Args:
        past: The period before; None: nothing is compared.
        counted: The release; with the units apart where there are earlier reports.
        rule: Its rule.
        period: Its period.
        against: Earlier reports of this period, and of that before.

    Raises:
        Refused: STU-33, some count could not be protected though no earlier report gave it away.
    """
    ours = [one for one in against if one.within(period)]
    release, then = (past.release, past.guarded) if past else (None, NONE)
    if release and any(one.within(release.period) for one in ours):
        ours, then = [*against, release], Guarded({}, for_them=then.for_them)
    found = guard(counted, rule, ours)
    return Guarded(found.shown, tuple(against), found.for_them + then.for_them, found.changed + then.changed,
                   found.given_away + then.given_away)


def of_change(now: Printed, past: Earlier, period: Period, shares: bool, rounded: bool) -> Found:
    """How many times as many units a day each row has as in the period before, or how many times as large a share.

    Args:
        now: A table of this period, as it is printed.
        past: The period before.
        period: This period.
        shares: Whether shares of the base are compared, in place of numbers a day.
        rounded: Whether the printed counts are rounded.
    """
    then = past.tables.get(now.name)
    bases: Bases = tuple((last - first).days + 1 for first, last in (period, past.period))
    ratio: Ratio = rate_ratio
    if shares:
        ratio, bases = share_ratio, (now.base, then.base if then else 0)
    rows = []
    for figure in now.figures:
        then_there = _count(then, figure)
        row = _undefined(figure, then_there, bases) or _changed(figure, then_there or 0, bases, ratio)
        row = replace(row, label=", ".join(filter(None, (figure.label, now.layout.columns.get(figure.column)))))
        rows.append(replace(row, low=None, high=None) if rounded else row)
    kept = tuple(row for row in rows if row.note != NEITHER or not now.layout.columns)
    return Found(kept, now.layout.table.unit, "ratio", tuple(_said(past, period, shares, rounded)))


def _count(table: Printed | None, figure: Figure) -> int | None:
    """The count of the same figure, 0 where there is no such table; None: kept back."""
    found = [one.count for one in (table.figures if table else ())
             if (one.key, one.column) == (figure.key, figure.column)]
    return found[0] if found else 0


def _undefined(figure: Figure, past: int | None, bases: Bases) -> EstimatedRow | None:
    """The row of a figure for which there can be no ratio."""
    note = ""
    if figure.count is None or past is None or None in bases:
        note = KEPT_BACK
    elif not figure.count and not past:
        note = NEITHER
    elif not past:
        note = NONE_BEFORE
    return EstimatedRow(_key(figure), figure.label, None, None, None, figure.count, note) if note else None


def _changed(figure: Figure, past: int, bases: Bases, ratio: Ratio) -> EstimatedRow:
    now, base_now, base_past = figure.count or 0, bases[0] or 0, bases[1] or 0
    note = BEFORE.format(f"{past:,}")
    if figure.unit:
        value = now * base_past / (past * base_now)
        return EstimatedRow(_key(figure), figure.label, value, None, None, now, f"{note} {SUMS}")
    return row_of(_key(figure), figure.label, ratio(now, base_now, past, base_past), now, note)


def _key(figure: Figure) -> str:
    return ".".join(filter(None, (figure.key, figure.column)))


def _said(past: Earlier, period: Period, shares: bool, rounded: bool) -> Iterator[str]:
    what = "the share of the base" if shares else "the number a day"
    (first, last), (first_past, last_past) = period, past.period
    yield (f"Ratio of {what}, {first} to {last}, to that in the period before, {first_past} to {last_past}. "
           "1 is no change.")
    if not past.tables:
        yield EMPTY
    if past.begun:
        yield BEGUN.format(past.begun)
    yield ROUNDED if rounded else AS_IF


# -- a sample and what it was drawn from --------------------------------------------------------------------------


def of_sample(table: Printed, drawn: Mapping[str, int], frame: Mapping[str, int] | None, total: int) -> Found:
    """The share of the cohort that each row of a sample table has, by how the sample was drawn.

    Args:
        table: A table of the sample crossed by stratum, as it is printed.
        drawn: How many media were drawn of each stratum.
        frame: How many media each stratum holds; None: that is kept back.
        total: How many media the cohort holds; it is told only where the frame is.
    """
    wrong = _no_share(table, drawn, frame, total)
    keys = [key for key in table.layout.rows if key != ALL]
    if wrong or frame is None:
        rows = [EstimatedRow(key, table.layout.rows[key], None, None, None, None) for key in keys]
        return Found(tuple(rows), "media", "share", (wrong,))
    rows = [_share(table, key, drawn, frame) for key in keys]
    size = sum(frame.values())
    part = (IN_PART.format(f"{size:,}", f"{total:,}"),) if size < total else ()
    return Found(tuple(rows), "media", "share", (DESIGN.format(f"{size:,}"), *part))


def _no_share(table: Printed, drawn: Mapping[str, int], frame: Mapping[str, int] | None, total: int) -> str:
    """Why no share of the cohort can be told; empty where it can."""
    if frame is None:
        return FRAME
    size = sum(frame.values())
    if size > total or not size:
        return OVERLAP.format(f"{size:,}", f"{total:,}") if size else NOTHING
    for stratum, size in drawn.items():
        here = table.figure(ALL, stratum).count
        if here is not None and here != size:
            return LEFT_OUT.format(stratum, here, size)
        if frame[stratum] and not size:
            return NOT_DRAWN.format(stratum)
    return ""


def _share(table: Printed, key: str, drawn: Mapping[str, int], frame: Mapping[str, int]) -> EstimatedRow:
    counts = {stratum: table.figure(key, stratum).count for stratum in drawn}
    label, size = table.layout.rows[key], sum(drawn.values())
    if None in counts.values():
        return EstimatedRow(key, label, None, None, None, size, KEPT_BACK)
    strata = [Stratum(frame[stratum], drawn[stratum], count or 0) for stratum, count in counts.items()]
    return row_of(key, label, stratified(strata), size)
