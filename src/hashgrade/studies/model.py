"""A report as words: what its page and its PDF both say, in order, so that neither decides anything."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from hashgrade import __version__
from hashgrade.law.drafts import BRIEF
from hashgrade.law.vocabulary import vocabulary
from hashgrade.law.wording import INDICATIVE, day
from hashgrade.studies import forms, sentences
from hashgrade.studies.chart import described, kind
from hashgrade.studies.claims import known
from hashgrade.studies.estimated import MARK, Estimated, EstimatedRow
from hashgrade.studies.figures import DEFINITION, SELF_GENERATED, UNITS, Figure, Printed
from hashgrade.studies.periods import Period
from hashgrade.studies.report import INTERNAL, SYNTHETIC, Report, number
from hashgrade.studies.snapshot import PackUsed
from hashgrade.studies.study import TIMES, Disclosure, Table
from hashgrade.studies.table import ALL, EACH_PACK, REST, Layout, spread
from hashgrade.studies.words import REPORT

LONG = 12  # rows of a table over time that is folded up below its chart
WIDE = 9  # columns of a crossed table; more are turned to be its rows
SAMPLE, INSIDE = "sample", "inside"
INSIDE_ID = re.compile(r"(?<=\w)_(?=\w)")  # a definition names other facts by their ids, which are words joined by it
LIMITS = (
    "Counted is what reached this hotline and was assessed by it. How much there is in the world is not known from it.",
    "An interval tells of chance alone: how far a share would move if as many units came again from the same world. "
    "It tells nothing of what readers get wrong, or of what never reached the hotline.",
    "Ages and sexes are what readers could tell from the medium alone, in bands.",
    "Units of count are never added together: one URL may hold many media, and one child may be on several.")
Model = dict[str, Any]


def as_model(report: Report) -> Model:
    """The report as words, for the page and the PDF alike."""
    study = report.study
    sections = list(_sections(report))
    key = [_key(report, one) for one in study.headline]
    words = json.dumps([study.title, study.question, *study.notes, key, *_summary(report),
                        [figure["title"] for section in sections for figure in section["figures"]]])
    return {
        "title": study.title, "question": study.question, "name": study.name, "notes": list(study.notes),
        "period": period_in_words(report.period), "end": list(report.period[1].timetuple()[:3]),
        "synthetic": SYNTHETIC if report.synthetic else "", "draft": report.draft,
        "internal": INTERNAL if report.internal else "",
        "brief": " ".join(filter(None, (INTERNAL if report.internal else "", BRIEF if report.draft else ""))),
        "definition": DEFINITION if SELF_GENERATED.search(words) else "",
        "total": number(report.total), "unit": UNITS["media"][1], "key": key, "summary": list(_summary(report)),
        "sections": sections, "quoted": _quoted(report), "methods": list(_methods(report)),
        "limits": [*LIMITS, INDICATIVE], "definitions": _definitions(report),
        "packs": [{"id": pack.id, "version": pack.version, "review": pack.review, "digest": pack.digest or ""}
                  for pack in report.packs],
        "vocabulary": vocabulary().version, "hashgrade": __version__, "snapshot": report.snapshot,
        "citation": f"{study.title}. Items first seen {period_in_words(report.period)}. "
                    f"Hashgrade {__version__}, study {study.name}, records {report.snapshot[:12]}."}


def _key(report: Report, reference: str) -> Model:
    key = report.key(reference)
    return {"figure": key.figure, "label": key.label, "title": key.title, "sentence": key.sentence}


def _summary(report: Report) -> Iterator[str]:
    """The first sentence of each table that a key figure is of, after the table's title."""
    titles = {table.name: table.layout.table.title for table in report.tables}
    titles |= {table.key: table.title for table in report.estimates}
    said = {table.name: sentences.of(table) for table in report.tables}
    said |= {table.key: sentences.of(table) for table in report.estimates}
    for name in dict.fromkeys(one.partition(".")[0] for one in report.study.headline):
        yield from (f"{titles[name]}: {first}" for first in said.get(name, ())[:1])


# -- sections: figures of one unit of count together --------------------------------------------------------------


def _sections(report: Report) -> Iterator[Model]:
    """Sections in the order of the file, the sample and what is for inside only last; its figures are numbered."""
    held: dict[str, list[Model]] = {}
    for table in report.tables:
        held.setdefault(_section_of(table.layout.table), []).append(_counts(table, report.study.disclosure))
    for one in report.estimates:
        held.setdefault(INSIDE if one.internal else one.unit, []).append(_estimates(one))
    last = [key for key in (SAMPLE, INSIDE) if key in held]
    many = 0
    for key in [*(key for key in held if key not in last), *last]:
        for figure in held[key]:
            figure["number"] = many = many + 1
        yield {"id": f"section-{key}", "title": _title(key), "lead": _lead(key, report), "figures": held[key],
               "sample": _sample(report) if key == SAMPLE else None}


def _section_of(table: Table) -> str:
    return INSIDE if table.internal else SAMPLE if table.sampled else table.unit


def _title(key: str) -> str:
    named = {SAMPLE: "A drawn sample", INSIDE: "For inside only"}
    return named.get(key) or units(key)[:1].upper() + units(key)[1:]


def _lead(key: str, report: Report) -> str:
    if key == SAMPLE and report.study.sample:
        return f"{_drawn(report)} media were drawn from the cohort for closer coding."
    if key == INSIDE:
        return f"{INTERNAL} Each figure states its own unit."
    return f"The unit of count is {UNITS[key][1]}." if key in UNITS else "Estimates, each with what it rests on."


def _drawn(report: Report) -> str:
    drawn = report.printed_drawn.values()
    most = sum(stratum.size for stratum in report.study.sample.strata) if report.study.sample else 0
    return f"At most {most:,}" if None in drawn else f"{sum(one or 0 for one in drawn):,}"


def units(unit: str) -> str:
    """A unit of count in words, as many."""
    return UNITS[unit][0] if unit in UNITS else f"{unit.replace('_', ' ')}s"


def _sample(report: Report) -> Model | None:
    sample, under = report.study.sample, report.study.disclosure.under
    drawn = report.printed_drawn
    return None if not sample else {
        "notes": list(sample.notes),
        "strata": [{"name": key.replace("_", " ").capitalize(), "size": number(drawn[key]),
                    "frame": MARK if under else number(report.frame[key])} for key in drawn]}


# -- figures: every table in one shape ----------------------------------------------------------------------------


def _counts(table: Printed, rule: Disclosure) -> Model:
    layout = table.layout
    rows, columns, empty = _shown(table, rule)
    facts = [f"Unit: {units(layout.table.unit)}", f"n = {number(table.base)}", f"excluded: {number(table.excluded)}"]
    found = {"name": table.name, "title": layout.table.title, "facts": facts,
             "notes": empty + list(table.notes), "crossed": bool(layout.columns), **_told(table)}
    if layout.columns:
        return found | _crossed(table, rows, columns)
    ranged = any(figure.low is not None for figure in table.figures)
    return found | {
        "head": ["Count", "Share", *(["95% interval"] if ranged else [])],
        "rows": [_row(table, key, ranged) for key in rows]}


def _told(table: Printed | Estimated) -> Model:
    """Its chart and its sentences; a heat map is the table itself, shaded, and needs no picture on a page."""
    shape = kind(table)
    return {"picture": shape not in ("heat", "none"), "file": shape != "none",
            "long": isinstance(table, Printed) and _is_long(table.layout),
            "alt": described(table), "sentences": list(sentences.of(table))}


def _is_long(layout: Layout) -> bool:
    over_time = {layout.table.of, layout.table.by} & {*TIMES}
    return bool(over_time) and max(len(layout.rows), len(layout.columns)) > LONG


def _row(table: Printed, key: str, ranged: bool) -> Model:
    figure = table.figure(key)
    said = [number(figure.count), MARK if figure.suppressed else figure.percent or forms.NOTHING,
            *([figure.ends or forms.NOTHING] if ranged else [])]
    cells = [{"text": one, "sub": "", "kept": figure.suppressed, "all": False, "shade": None, "range": n == 2}
             for n, one in enumerate(said)]
    return {"label": figure.label, "note": "", "rest": key in REST, "all": False, "cells": cells}


def _crossed(table: Printed, rows: Sequence[str], columns: Sequence[str]) -> Model:
    """A crossed table; what would be wide is turned, and over time there is a row for each period."""
    layout, over_time = table.layout, table.layout.table.by in TIMES
    turned = over_time or len(columns) > max(WIDE, len(rows))
    most = max((figure.count or 0 for figure in table.figures if known(figure)), default=0) or 1
    down, across = (columns, rows) if turned else (rows, columns)
    downs, acrosses = (layout.columns, layout.rows) if turned else (layout.rows, layout.columns)

    def cell(one: str, other: str) -> Model:
        return _cell(table.figure(*((other, one) if turned else (one, other))), most, shaded=not over_time)

    return {"head": [acrosses[key] for key in across],
            "rows": [{"label": downs[key], "note": "", "rest": key in REST, "all": key == ALL,
                      "cells": [cell(key, other) for other in across]} for key in down]}


def _shown(table: Printed, rule: Disclosure) -> tuple[list[str], list[str], list[str]]:
    """The rows and columns of a table that people see, and a note of the crossed ones that hold nothing but 0."""
    layout = table.layout
    if not layout.columns:
        return list(layout.rows), [""], []
    held = [figure for figure in table.figures if figure.count != 0]
    rows = {ALL, *(figure.key for figure in held)}
    columns = {ALL, *(layout.columns if layout.table.by in TIMES else (figure.column for figure in held))}
    twice = {*layout.rows.values()} & {*layout.columns.values()}
    empty = [f"{label} ({axis})" if label in twice else label
             for axis, names, kept in (("row", layout.rows, rows), ("column", layout.columns, columns))
             for key, label in names.items() if key not in kept]
    none = f"No {UNITS[layout.table.unit][2]}" if rule.rounded(max(1, rule.under)) else "Rounded to 0"
    note = [f"{none}: {', '.join(empty)}."] if empty else []
    return [key for key in layout.rows if key in rows], [key for key in layout.columns if key in columns], note


def _cell(figure: Figure, most: int, *, shaded: bool) -> Model:
    """A cell of a crossed table, and its shade: its share of the largest count of what is known."""
    margin = ALL in (figure.key, figure.column)
    shade = round(min(1.0, (figure.count or 0) / most), 3)
    return {"text": number(figure.count), "sub": "" if figure.suppressed else figure.percent or forms.NOTHING,
            "kept": figure.suppressed, "all": margin, "shade": None if margin or not shaded else shade, "range": False}


def _estimates(table: Estimated) -> Model:
    ranged = any(row.low is not None for row in table.rows)
    return {"name": table.key, "title": table.title, "facts": [f"Unit of n: {units(table.unit)}"],
            "notes": list(table.notes), "crossed": False, **_told(table),
            "head": [forms.NAMES[table.form], *(["95% interval"] if ranged else []), "n"],
            "rows": [_estimate(row, table.form, ranged) for row in table.rows]}


def _estimate(row: EstimatedRow, form: str, ranged: bool) -> Model:
    said = [forms.value_of(row, form), *([forms.range_of(row, form) or forms.NOTHING] if ranged else []), number(row.n)]
    cells = [{"text": one, "sub": "", "kept": False, "all": False, "shade": None, "range": ranged and n == 1}
             for n, one in enumerate(said)]
    return {"label": row.label, "note": row.note, "rest": False, "all": False, "cells": cells}


# -- what must be known of them -----------------------------------------------------------------------------------


def _quoted(report: Report) -> Model | None:
    quoted = report.study.quoted
    if not quoted:
        return None
    rows = [{"label": label, "quoted": said, "here": report.key(here).figure if here else forms.NOTHING}
            for label, said, here in quoted.rows]
    return {"title": quoted.title, "source": quoted.source, "columns": list(quoted.columns), "rows": rows}


def _methods(report: Report) -> Iterator[str]:
    study, rule = report.study, report.study.disclosure
    yield (f"The cohort holds the media first seen {period_in_words(report.period)} for which its condition is true. "
           f"For {number(report.undecided)} media the condition could not be decided; they are not in it.")
    yield ("What is said of a medium or of a child is its grade of record: what all readers of an item agreed "
           "on, or what was settled. Answers to questions of a sample's own, what was reported, where media "
           "were seen and what single readers said are counted as they were recorded.")
    yield ("A table's n is its base. Excluded are units that the table leaves out, that have no grade of record, "
           "or for which it cannot be decided whether they belong.")
    yield ("Not determined is what nobody answered or what readers left open. "
           "Cannot be determined is an answer: somebody looked and could not tell.")
    yield "Percentages are shares of the base in whole per cent, rounded half up and independently of each other."
    yield from _of_intervals(report)
    if study.sample:
        yield ("The sample holds, in each stratum, the media with the smallest SHA-256 of the seed, a colon and "
               f"the digest. The seed is {study.sample.seed}; anybody with the digests can draw it again.")
    yield from (_spread(table, report.packs) for table in study.tables if table.of == EACH_PACK)
    if rule.under:
        yield (f"Counts from 1 to {rule.under - 1} are kept back, with others over all tables from which "
               f"they could be worked out. They are shown as {MARK}.")
    if report.left_out:
        titles = "; ".join(f"{table.title} ({table.key})" for table in report.left_out)
        yield f"Left out, because they are for inside only: {titles}."
    yield from report.guarded.notes


def _of_intervals(report: Report) -> Iterator[str]:
    """Which interval stands beside a share, and why that one."""
    if report.study.disclosure.round_to > 1:
        yield "Counts are rounded, so that no interval is given."
        return
    yield ("Intervals are of 95%, rounded outward, and are made of printed numbers alone. Rows that are one "
           "breakdown have Goodman's intervals (Sison's and Glaz's where 10 or more rows share few units), which "
           "hold together: a row may be looked at because it is striking, and its interval still holds. A row with a "
           "condition of its own has Wilson's, which is honest at small counts. Crossed tables have theirs in the CSV.")
    if report.study.sample and len(report.study.sample.strata) > 1:
        yield ("A table of the sample has intervals where it is of one stratum; over strata drawn at different "
               "rates its shares are those of the sample, and no interval is given.")


def _spread(table: Table, packs: Sequence[PackUsed]) -> str:
    found = [one.of.removeprefix("verdict.") for one in spread(table, packs)]
    wanted = f", and that {table.by.removeprefix('verdict.')} is" if table.by.startswith("verdict.") else ""
    if not found:
        return f"Table {table.key} is left out: it needs that another pack is in use{wanted}."
    return f"Table {table.key} stands once for each other pack in use: {', '.join(found)}."


def _definitions(report: Report) -> list[dict[str, str]]:
    found = [{"term": "URLs" if unit == "url" else UNITS[unit][0].capitalize(), "text": UNITS[unit][1]}
             for unit in dict.fromkeys(["media", *(table.layout.table.unit for table in report.tables)])]
    asked = [(one.layout.table, name) for one in report.tables for name in (one.layout.table.of, one.layout.table.by)]
    for name, reports in dict.fromkeys((name, table.unit == "report") for table, name in asked):
        fact = (REPORT if reports else vocabulary().names).get(name)
        if fact and fact.definition:
            found.append({"term": fact.name, "text": INSIDE_ID.sub(" ", " ".join(fact.definition.split()))})
    protocol = report.study.sample.protocol.values() if report.study.sample else ()
    found += [{"term": one.title, "text": "Asked of the media of the sample alone: "
               f"{'; '.join(one.values.values())}; cannot be determined."} for one in protocol]
    return found


def period_in_words(period: Period) -> str:
    """A period, its first and its last day in it."""
    return f"from {day(period[0])} to {day(period[1])}"

