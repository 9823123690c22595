"""A report in its forms: a page for people, the same as PDF, tables, charts and findings, the same bytes each time."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typst
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from hashgrade.studies import chart
from hashgrade.studies.estimated import Estimated
from hashgrade.studies.figures import Printed
from hashgrade.studies.model import as_model
from hashgrade.studies.report import Report, as_csv

TEMPLATES = Path(__file__).parent / "templates"
DASH = re.compile(r"(?<=\d)–(?=\d)")
Pictures = Mapping[str, str]


def write(report: Report, out: Path) -> dict[str, object]:
    """Write the report to a folder: page, PDF, tables, charts and findings; returns the findings."""
    for folder in ("tables", "charts"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    pictures = {}
    for name, table in _tables(report):
        _text(out / "tables" / f"{name}.csv", as_csv(table))
        spec = chart.drawn(table)
        if spec:
            pictures[name] = chart.svg(spec)
            _text(out / "charts" / f"{name}.vl.json", json.dumps(spec, ensure_ascii=False, indent=1) + "\n")
            _text(out / "charts" / f"{name}.svg", pictures[name])
    findings = report.findings()
    _text(out / "findings.json", json.dumps(findings, ensure_ascii=False, indent=1) + "\n")
    model = as_model(report)
    _text(out / "index.html", as_html(model, pictures))
    (out / "report.pdf").write_bytes(as_pdf(model, pictures))
    return findings


def _tables(report: Report) -> Iterator[tuple[str, Printed | Estimated]]:
    yield from ((table.name, table) for table in report.tables)
    yield from ((table.key, table) for table in report.estimates)


def as_html(model: Mapping[str, Any], pictures: Pictures) -> str:
    """The page: one file that asks nothing of any network and runs no script."""
    # Charts are made here from a checked study file, and their text is escaped by the renderer.
    charts = {name: Markup(chart.untitled(picture)) for name, picture in pictures.items()}  # noqa: S704
    return rendered("report.html", {**model, "charts": charts})


def rendered(template: str, model: Mapping[str, Any]) -> str:
    """A page from its template; a name that the model does not have is an error, and text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(["html"]), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, finalize=_unbroken)
    return environment.get_template(template).render(model)


def _unbroken(said: object) -> object:
    """Words in which no interval is broken at the end of a line: a joiner stands on both sides of its dash."""
    return DASH.sub("\u2060–\u2060", said) if type(said) is str else said


def as_pdf(model: Mapping[str, Any], pictures: Pictures) -> bytes:
    """The same as PDF/UA; its date is the last day of the period, and it uses no font of the machine."""
    charts = {name: chart.untitled(picture, page=False) for name, picture in pictures.items()}
    document: bytes = typst.compile(
        (TEMPLATES / "report.typ").read_bytes(), format="pdf", ignore_system_fonts=True, pdf_standards="ua-1",
        timestamp=0, sys_inputs={"model": json.dumps({**model, "charts": charts}, ensure_ascii=False)})
    return document


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
