"""One report from one model, before it takes a form: what is printed of a study, and the same as data."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hashgrade.law.condition import Condition
from hashgrade.law.drafts import notice
from hashgrade.law.vocabulary import vocabulary
from hashgrade.studies import comparing, forms
from hashgrade.studies.atoms import UNDECIDED
from hashgrade.studies.count import Counted
from hashgrade.studies.estimated import MARK, Estimated, EstimatedRow
from hashgrade.studies.figures import DEFINITION, SELF_GENERATED, UNITS, Figure, Printed, printed
from hashgrade.studies.manifest import Made
from hashgrade.studies.measuring import estimated
from hashgrade.studies.periods import Period
from hashgrade.studies.releases import Guarded
from hashgrade.studies.snapshot import PackUsed
from hashgrade.studies.study import Study, Table
from hashgrade.studies.table import ALL, names

SYNTHETIC = "Synthetic records. Nothing in this report was seen in the world: the records behind it were made up."
INTERNAL = "For inside only; not to be published."


@dataclass(frozen=True, slots=True)
class Key:
    """A key figure: the number as it is printed, what it is of, and a sentence with what it rests on."""

    figure: str
    label: str
    title: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that is printed, before it takes a form."""

    study: Study
    period: Period
    snapshot: str
    synthetic: bool
    internal: bool
    packs: tuple[PackUsed, ...]
    total: int | None
    undecided: int | None
    frame: Mapping[str, int]
    drawn: Mapping[str, int]
    tables: tuple[Printed, ...]
    guarded: Guarded
    estimates: tuple[Estimated, ...] = ()
    before: dict[str, object] | None = None

    def key(self, reference: str) -> Key:
        """The figure that `total`, `table.row` or `table.row.column` names.

        Raises:
            InputError: STU-02, no table has it.
        """
        if reference == "total":
            undecided = "" if self.undecided == 0 else f"; {number(self.undecided)} undecided"
            said = f"{number(self.total)} media are counted{undecided}."
            return Key(number(self.total), "Media", "in the study", said)
        name, _, rest = reference.partition(".")
        for table in (one for one in self.tables if one.name == name):
            for figure in table.figures:
                if rest == ".".join(filter(None, (figure.key, figure.column))):
                    return _key(table, figure)
        for one in (one for one in self.estimates if one.key == name):
            for row in (row for row in one.rows if row.key == rest):
                return _key_of(one, row)
        raise self.study.place_of(reference).error("STU-02", f"the study has no figure `{reference}`")

    @property
    def left_out(self) -> tuple[Table, ...]:
        """The tables that are for inside only, where the report is not."""
        return () if self.internal else tuple(table for table in self.study.tables if table.internal)

    def findings(self) -> dict[str, object]:
        """The report as data: `findings.json`."""
        study = self.study
        found: dict[str, object] = {
            "study": study.name, "title": study.title, "synthetic": self.synthetic,
            "internal": INTERNAL if self.internal else "",
            "period": {"from": self.period[0].isoformat(), "until": self.period[1].isoformat()},
            "unit": "media", "total": self.total, "undecided": self.undecided,
            "vocabulary": vocabulary().version,
            "packs": [{"pack": pack.id, "version": pack.version, "review": pack.review, "digest": pack.digest}
                      for pack in self.packs],
            "draft": self.draft,
            "disclosure": {"under": study.disclosure.under, "round_to": study.disclosure.round_to,
                           "reason": study.disclosure.reason or None, **self.guarded.as_json()}}
        if study.sample:
            found["sample"] = {"seed": study.sample.seed, "size": study.sample.size, "strata": self.printed_drawn,
                               "frame": None if study.disclosure.under else dict(self.frame)}
        found["tables"] = {table.name: table.as_json() for table in self.tables}
        if self.estimates:
            found["estimates"] = {one.key: forms.as_json(one) for one in self.estimates}
        return found | ({"before": self.before} if self.before else {})

    @property
    def draft(self) -> str:
        """What is said on every page where the study rests on a verdict by a pack in draft; else nothing."""
        asked = {name for table in self.tables for name in names(table.layout.table)}
        asked |= {name for one in (self.study.cohort, *self._strata()) if one for name in one.names}
        return notice(f"{pack.id} {pack.version}" for pack in self.packs
                      if pack.draft and f"verdict.{pack.id}" in asked)

    def _strata(self) -> list[Condition]:
        return [stratum.of for stratum in self.study.sample.strata] if self.study.sample else []

    @property
    def printed_drawn(self) -> dict[str, int | None]:
        """How many were drawn of each stratum; kept back where all were, for that tells how many there are."""
        strata = self.study.sample.strata if self.study.sample else ()
        under = self.study.disclosure.under
        return {one.key: None if under and self.drawn[one.key] < one.size else self.drawn[one.key] for one in strata}


def compose(made: Made, counted: Counted) -> Report:
    """Decide what may be printed of what was counted, and check that every figure referred to is there."""
    study, snapshot, period = made.study, made.snapshot, made.period
    past = comparing.earlier(made.of_counts, snapshot, period, made.against) if made.compared else None
    guarded = comparing.guard_beside(past, counted, study.disclosure, period, made.against)
    tables, total = printed(study, counted, snapshot.packs, guarded)
    report = Report(
        study=study, period=made.period, snapshot=snapshot.digest, synthetic=made.synthetic, internal=made.internal,
        packs=tuple(snapshot.packs), total=total, undecided=guarded.shown["media", UNDECIDED],
        frame=counted.frame, drawn=counted.drawn,
        guarded=guarded, before=past.as_json(made.compared) if past else None,
        tables=tuple(replace(table, draft=f"{INTERNAL} {table.draft}".strip()) if made.internal else table
                     for table in tables),
        estimates=tuple(replace(one, draft=f"{INTERNAL} {one.draft}".strip()) if made.internal else one for one in
                        estimated(made, counted, tables, past)))
    beside = study.quoted.rows if study.quoted else ()
    for reference in (*study.headline, *(here for _, _, here in beside if here)):
        report.key(reference)
    return report


def as_csv(table: Printed | Estimated) -> str:
    """A table as CSV, which says of itself what must be known of it; a count that is kept back is empty."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    for line in _estimates(table) if isinstance(table, Estimated) else _counts(table):
        writer.writerow([_plain(cell) for cell in line])
    return lines.getvalue()


def _counts(table: Printed) -> Iterator[Sequence[object]]:
    crossed = ["column", "column_label"] if table.layout.columns else []
    yield ["key", "label", *crossed, "count", "percent", "low", "high", "unit", "base", "note"]
    for figure in table.figures:
        across = [figure.column, table.layout.columns[figure.column]] if crossed else []
        note = _note("kept back" if figure.suppressed else "", table.draft, figure.key, figure.label, *across)
        yield [figure.key, figure.label, *across, figure.count, figure.percent, figure.low, figure.high,
               figure.unit or table.layout.table.unit, table.base, note]


def _estimates(table: Estimated) -> Iterator[Sequence[object]]:
    yield ["key", "label", "value", "low", "high", "form", "unit", "n", "note"]
    for row in table.rows:
        yield [row.key, row.label, forms.plain(row.value), forms.plain(row.low), forms.plain(row.high), table.form,
               table.unit, row.n, _note(row.note, table.draft, row.key, row.label)]


def _note(said: str, draft: str, *words: str) -> str:
    definition = DEFINITION if SELF_GENERATED.search(" ".join(words)) else ""
    return " ".join(filter(None, (said, draft, definition)))


def _key(table: Printed, figure: Figure) -> Key:
    column = "" if figure.column == ALL else table.layout.columns.get(figure.column, "")
    label = ", ".join(filter(None, (figure.label, column)))
    title, unit = table.layout.table.title, UNITS[figure.unit or table.layout.table.unit][0]
    share = figure.percent if figure.count is not None else None
    said = f"{number(figure.count)} of {number(table.base)} {unit}" if share else f"{number(figure.count)} {unit}"
    if figure.suppressed:
        said = "Kept back"
    ends = f", 95% interval {figure.ends}." if figure.ends else "."
    return Key(share or number(figure.count), label, title, said + ends)


def _key_of(table: Estimated, row: EstimatedRow) -> Key:
    ends = forms.range_of(row, table.form)
    said = f"n = {number(row.n)}" + (f", 95% interval {ends}." if ends else ".")
    return Key(forms.value_of(row, table.form), row.label, table.title, said)


def number(count: int | None) -> str:
    """A count as it is printed: in groups of three digits, or the mark of what is kept back."""
    return MARK if count is None else f"{count:,}"


def _plain(cell: object) -> object:
    """A cell that a spreadsheet cannot take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
