"""One report from one model: findings, tables, charts, a page for people and the same page as PDF."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import typst
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from hashgrade.law.condition import Condition
from hashgrade.law.drafts import BRIEF, notice
from hashgrade.law.vocabulary import vocabulary
from hashgrade.studies.chart import chart, described, svg
from hashgrade.studies.count import Counted, Period
from hashgrade.studies.figures import DEFINITION, SELF_GENERATED, UNITS, Figure, Printed, printed
from hashgrade.studies.snapshot import PackUsed
from hashgrade.studies.study import Disclosure, Study, Table
from hashgrade.studies.table import ALL, EACH_PACK, REST, names, spread

TEMPLATES = Path(__file__).parent / "templates"
KEPT_BACK = "(c)"
INSIDE_ID = re.compile(r"(?<=\w)_(?=\w)")  # a definition names other facts by their ids, which are words joined by it
SYNTHETIC = "Synthetic records. Nothing in this report was seen in the world: the records behind it were made up."


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that is printed, before it takes a form."""

    study: Study
    period: Period
    synthetic: bool
    packs: tuple[PackUsed, ...]
    total: int | None
    undecided: int
    frame: Mapping[str, int]
    tables: tuple[Printed, ...]

    def figure(self, reference: str) -> tuple[str, str, str]:
        """The figure that `total`, `table.row` or `table.row.column` names, its label and its table's title.

        Raises:
            InputError: STU-02, no table has it.
        """
        if reference == "total":
            return _number(self.total), "Media", "in the study"
        name, _, rest = reference.partition(".")
        for table in self.tables:
            for figure in table.figures if table.name == name else ():
                if rest == ".".join(filter(None, (figure.key, figure.column))):
                    label = table.layout.columns.get(figure.column, "")
                    words = ", ".join(filter(None, (figure.label, "" if figure.column == ALL else label)))
                    return figure.percent or _number(figure.count), words, table.layout.table.title
        raise self.study.place.error("STU-02", f"the study has no figure `{reference}`")

    def findings(self) -> dict[str, object]:
        """The report as data: `findings.json`."""
        study = self.study
        found: dict[str, object] = {
            "study": study.name, "title": study.title, "synthetic": self.synthetic,
            "period": {"from": self.period[0].isoformat(), "until": self.period[1].isoformat()},
            "unit": "media", "total": self.total, "undecided": self.printed_undecided,
            "vocabulary": vocabulary().version,
            "packs": [{"pack": pack.id, "version": pack.version, "review": pack.review, "digest": pack.digest}
                      for pack in self.packs],
            "draft": self.draft,
            "disclosure": {"under": study.disclosure.under, "round_to": study.disclosure.round_to,
                           "reason": study.disclosure.reason or None}}
        if study.sample:
            strata = {stratum.key: stratum.size for stratum in study.sample.strata}
            found["sample"] = {"seed": study.sample.seed, "size": study.sample.size, "strata": strata,
                               "frame": None if study.disclosure.under else dict(self.frame)}
        found["tables"] = {table.name: table.as_json() for table in self.tables}
        return found

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
    def printed_undecided(self) -> int | None:
        """Media for which the cohort is undecided, rounded like every count, unless they are too few to be told."""
        rule = self.study.disclosure
        return None if 0 < self.undecided < rule.under else rule.rounded(self.undecided)


def compose(study: Study, counted: Counted, period: Period, packs: Sequence[PackUsed], synthetic: bool) -> Report:
    """Decide what may be printed of what was counted, and check that every figure referred to is there."""
    tables, total = printed(study, counted, packs)
    report = Report(study=study, period=period, synthetic=synthetic, packs=tuple(packs), total=total,
                    undecided=counted.undecided, frame=counted.frame, tables=tuple(tables))
    for reference in (*study.headline, *(row[2] for row in (study.quoted.rows if study.quoted else ()) if row[2])):
        report.figure(reference)
    return report


def write(report: Report, out: Path) -> dict[str, object]:
    """Write the report to a folder: page, PDF, tables, charts and findings; returns the findings."""
    for folder in ("tables", "charts"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    drawings = {}
    for table in report.tables:
        spec = chart(table)
        if not table.layout.columns:  # the cells of a crossed table are shaded themselves
            drawings[table.name] = svg(chart(table, titled=False), table.name)
        _text(out / "charts" / f"{table.name}.vl.json", json.dumps(spec, ensure_ascii=False, indent=1) + "\n")
        _text(out / "charts" / f"{table.name}.svg", svg(spec))
        _text(out / "tables" / f"{table.name}.csv", as_csv(table))
    findings = report.findings()
    _text(out / "findings.json", json.dumps(findings, ensure_ascii=False, indent=1) + "\n")
    model = as_model(report)
    _text(out / "index.html", as_html(model, drawings))
    (out / "report.pdf").write_bytes(as_pdf(model))
    return findings


def as_csv(table: Printed) -> str:
    """A table as CSV; a count that is kept back is empty, and says so."""
    crossed = ["column", "column_label"] if table.layout.columns else []
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["key", "label", *crossed, "count", "percent", "low", "high", "unit", "base", "note"])
    for figure in table.figures:
        across = [figure.column, table.layout.columns[figure.column]] if crossed else []
        note = " ".join(filter(None, ("kept back" if figure.suppressed else "", table.draft)))
        if SELF_GENERATED.search(" ".join([figure.key, figure.label, *across])):
            note = " ".join(filter(None, (note, DEFINITION)))
        writer.writerow([_plain(cell) for cell in (
            figure.key, figure.label, *across, figure.count, figure.percent, figure.low, figure.high,
            figure.unit or table.layout.table.unit, table.base, note)])
    return lines.getvalue()


def as_html(model: Mapping[str, Any], drawings: Mapping[str, str]) -> str:
    """The page: one file that asks nothing of any network and runs no script."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(["html"]), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    # Charts are made here from a checked study file, and their text is escaped by the renderer.
    charts = {name: Markup(drawing) for name, drawing in drawings.items()}  # noqa: S704
    return environment.get_template("report.html").render(model, charts=charts)


def as_pdf(model: Mapping[str, Any]) -> bytes:
    """The same as PDF/UA; its date is the last day of the period, and it uses no font of the machine."""
    document: bytes = typst.compile(
        (TEMPLATES / "report.typ").read_bytes(), format="pdf", ignore_system_fonts=True, pdf_standards="ua-1",
        timestamp=0, sys_inputs={"model": json.dumps(model, ensure_ascii=False)})
    return document


def as_model(report: Report) -> dict[str, Any]:
    """The report as words, for the page and the PDF alike: neither decides anything."""
    study = report.study
    tables = [_table_model(table, study.disclosure) for table in report.tables]
    headline = [dict(zip(("figure", "words", "of"), report.figure(one), strict=True)) for one in study.headline]
    words = json.dumps([study.title, study.question, *study.notes, headline, [table["title"] for table in tables]])
    sample = study.sample and {
        "size": study.sample.size, "seed": study.sample.seed, "notes": list(study.sample.notes),
        "strata": [{"name": stratum.key.replace("_", " ").capitalize(), "size": _number(stratum.size),
                    "frame": KEPT_BACK if study.disclosure.under else _number(report.frame[stratum.key])}
                   for stratum in study.sample.strata]}
    return {
        "title": study.title, "question": study.question, "name": study.name, "notes": list(study.notes),
        "period": _period(report.period), "end": list(report.period[1].timetuple()[:3]),
        "synthetic": SYNTHETIC if report.synthetic else "", "draft": report.draft,
        "brief": BRIEF if report.draft else "",
        "definition": DEFINITION if SELF_GENERATED.search(words) else "",
        "total": _number(report.total), "unit": UNITS["media"][1],
        "headline": headline,
        "tables": [table for table in tables if not table["sampled"]],
        "sample": sample, "sample_tables": [table for table in tables if table["sampled"]],
        "quoted": _quoted(report), "methods": _methods(report), "definitions": _definitions(report),
        "packs": [{"id": pack.id, "version": pack.version, "review": pack.review, "digest": pack.digest or ""}
                  for pack in report.packs],
        "vocabulary": vocabulary().version}


def _table_model(table: Printed, rule: Disclosure) -> dict[str, Any]:
    layout = table.layout
    rows, columns, empty = _shown(table, rule)
    most = max((figure.count or 0 for figure in table.figures if _is_known(figure)), default=0) or 1
    return {
        "name": table.name, "key": layout.table.key, "title": layout.table.title, "sampled": layout.table.sampled,
        "unit": UNITS[layout.table.unit][0], "base": _number(table.base), "excluded": _number(table.excluded),
        "alt": described(table), "notes": empty + list(table.notes), "crossed": bool(layout.columns),
        "columns": [layout.columns[column] for column in columns if column],
        "rows": [{"label": layout.rows[key], "rest": key in REST, "all": key == ALL,
                  "cells": [_cell(table.figure(key, column), table, most) for column in columns]} for key in rows]}


def _shown(table: Printed, rule: Disclosure) -> tuple[list[str], list[str], list[str]]:
    """The rows and columns of a table that people see, and a note of the crossed ones that hold nothing but 0."""
    layout = table.layout
    if not layout.columns:
        return list(layout.rows), [""], []
    held = [figure for figure in table.figures if figure.count != 0]
    rows, columns = {ALL, *(figure.key for figure in held)}, {ALL, *(figure.column for figure in held)}
    twice = {*layout.rows.values()} & {*layout.columns.values()}
    empty = [f"{label} ({axis})" if label in twice else label
             for axis, names, kept in (("row", layout.rows, rows), ("column", layout.columns, columns))
             for key, label in names.items() if key not in kept]
    none = f"No {UNITS[layout.table.unit][2]}" if rule.rounded(max(1, rule.under)) else "Rounded to 0"
    note = [f"{none}: {', '.join(empty)}."] if empty else []
    return [key for key in layout.rows if key in rows], [key for key in layout.columns if key in columns], note


def _is_known(figure: Figure) -> bool:
    return not {figure.key, figure.column} & {*REST, ALL}


def _cell(figure: Figure, table: Printed, most: int) -> dict[str, Any]:
    """A cell with its share of the base, and its shade: its share of the largest count of what is known."""
    share = figure.count / table.base if figure.count and table.base and not figure.unit else 0.0
    return {"count": _number(figure.count), "percent": _percent(figure), "share": round(share, 4),
            "shade": round(min(1.0, (figure.count or 0) / most), 3), "kept_back": figure.suppressed,
            "all": ALL in (figure.key, figure.column)}


def _percent(figure: Figure) -> str:
    return KEPT_BACK if figure.suppressed else figure.percent or "–"


def _quoted(report: Report) -> dict[str, Any] | None:
    quoted = report.study.quoted
    if not quoted:
        return None
    rows = [{"label": label, "quoted": said, "here": report.figure(here)[0] if here else "–"}
            for label, said, here in quoted.rows]
    return {"title": quoted.title, "source": quoted.source, "columns": list(quoted.columns), "rows": rows}


def _methods(report: Report) -> list[str]:
    study, rule = report.study, report.study.disclosure
    said = [
        f"The cohort holds the media first seen {_period(report.period)} for which its condition is true. "
        f"For {_number(report.printed_undecided)} media the condition could not be decided; they are not in it.",
        "Every number is counted from the grades of record: what all readers of an item agreed on, "
        "or what was settled.",
        "A table's n is its base. Excluded are units that the table leaves out, that have no grade of record, "
        "or for which it cannot be decided whether they belong.",
        "Not determined is what nobody answered or what readers left open. "
        "Cannot be determined is an answer: somebody looked and could not tell.",
        "Percentages are shares of the base in whole per cent, rounded half up and independently of each other."]
    if study.sample:
        said.append("The sample holds, in each stratum, the media with the smallest SHA-256 of the seed, a colon and "
                    f"the digest. The seed is {study.sample.seed}; anybody with the digests can draw it again.")
    said += [_spread(table, report.packs) for table in study.tables if table.of == EACH_PACK]
    if rule.under:
        said.append(f"Counts from 1 to {rule.under - 1} are kept back, with others over all tables from which "
                    f"they could be worked out. They are shown as {KEPT_BACK}.")
    return said


def _spread(table: Table, packs: Sequence[PackUsed]) -> str:
    found = [one.of.removeprefix("verdict.") for one in spread(table, packs)]
    wanted = f", and that {table.by.removeprefix('verdict.')} is" if table.by.startswith("verdict.") else ""
    if not found:
        return f"Table {table.key} is left out: it needs that another pack is in use{wanted}."
    return f"Table {table.key} stands once for each other pack in use: {', '.join(found)}."


def _definitions(report: Report) -> list[dict[str, str]]:
    units = dict.fromkeys(["media", *(table.layout.table.unit for table in report.tables)])
    found = [{"term": "URLs" if unit == "url" else UNITS[unit][0].capitalize(), "text": UNITS[unit][1]}
             for unit in units]
    named = dict.fromkeys(name for table in report.tables for name in (table.layout.table.of, table.layout.table.by))
    for name in named:
        fact = vocabulary().names.get(name)
        if fact and fact.definition:
            found.append({"term": fact.name, "text": INSIDE_ID.sub(" ", " ".join(fact.definition.split()))})
    return found


def _number(count: int | None) -> str:
    return KEPT_BACK if count is None else f"{count:,}"


def _period(period: Period) -> str:
    return f"from {_day(period[0])} to {_day(period[1])}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _plain(cell: object) -> object:
    """A cell that a spreadsheet cannot take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
