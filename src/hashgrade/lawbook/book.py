"""Packs as pages: one file of HTML and one PDF a pack, an index, and a page that compares them.

A page is one file: no script, nothing from any network, its style inside it. The same packs give the same bytes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typst
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from hashgrade.errors import HashgradeError, InputError
from hashgrade.law.pack import Pack, load
from hashgrade.law.wording import INDICATIVE
from hashgrade.lawbook.chapter import Model, chapter
from hashgrade.lawbook.comparison import comparison, drafts
from hashgrade.lawbook.places import by_place

TEMPLATES = Path(__file__).parent / "templates"
CONTENTS = {"outcomes": "Outcomes", "rules": "Rules", "readings": "Readings", "table": "Decision table",
            "not-modelled": "What is not modelled", "cases": "Cases", "versions": "Versions", "sources": "Sources"}

Chosen = Sequence[tuple[str, Path | None]]
"""Packs by name, each with the folder of packs in which it lies (None: the package's)."""


def bind(chosen: Chosen, out: Path, pdf: bool = True) -> Iterator[Path | HashgradeError]:
    """Write the book of some packs; each file that is written, or the error of a pack that has no page, as it comes.

    `index.html`, `packs/ID.html`, and of two packs or more `comparison.html`; with `pdf` the same as PDF. A pack
    that does not load is left out of all of them.

    Args:
        chosen: The packs.
        out: The folder; it is made, and pages in it are replaced.
        pdf: Whether to print too, which takes longer.

    Raises:
        InputError: BOOK-01, the folder cannot be written; BOOK-02, two packs have one name.
    """
    names = [name for name, _ in chosen]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError("BOOK-02", f"two of the packs are named `{twice}`")
    try:
        (out / "packs").mkdir(parents=True, exist_ok=True)
        yield from _pages(chosen, out, pdf)
    except OSError as error:
        raise InputError("BOOK-01", f"the book cannot be written: {error.strerror}", where=str(out)) from error


def _pages(chosen: Chosen, out: Path, pdf: bool) -> Iterator[Path | HashgradeError]:
    bound: dict[str, tuple[Pack, Model]] = {}
    for name, folder in chosen:
        try:
            bound[name] = load(name, None, folder), chapter(name, folder)
        except HashgradeError as error:
            yield error
    for name, (_, model) in bound.items():
        contents = [(key, title) for key, title in CONTENTS.items() if key != "readings" or model["readings"]]
        around = {"contents": contents, "bound": [*bound], "comparison": len(bound) > 1}
        yield from _page("pack", out / "packs" / name, {**model, **around}, pdf)
    yield _text(out / "index.html", as_html("index", _index([model for _, model in bound.values()], pdf)))
    if len(bound) > 1:
        yield from _page("comparison", out / "comparison", comparison([pack for pack, _ in bound.values()]), pdf)


def _page(kind: str, path: Path, model: Model, pdf: bool) -> Iterator[Path]:
    # A pack's name may hold dots, so that a suffix is put behind it and never in place of one.
    yield _text(path.with_name(f"{path.name}.html"), as_html(kind, {**model, "pdf": pdf}))
    if pdf:
        printed = path.with_name(f"{path.name}.pdf")
        printed.write_bytes(as_pdf(kind, model))
        yield printed


def _index(models: Sequence[Model], pdf: bool) -> Model:
    rows = sorted(models, key=lambda model: (*by_place(model["code"]), model["id"]))
    return {"packs": rows, "pdf": pdf, "comparison": len(models) > 1, "indicative": INDICATIVE,
            "drafts": drafts([bool(model["draft"]) for model in models])}


def as_html(kind: str, model: Mapping[str, Any]) -> str:
    """A page as one file; every text from a pack is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(["html"]), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    return environment.get_template(f"{kind}.html").render(model)


def as_pdf(kind: str, model: Mapping[str, Any]) -> bytes:
    """The same as PDF/UA, without a date and in no font of the machine; texts are data to Typst, never code."""
    document: bytes = typst.compile(
        TEMPLATES / f"{kind}.typ", root=TEMPLATES, format="pdf", ignore_system_fonts=True, pdf_standards="ua-1",
        timestamp=0, sys_inputs={"model": json.dumps(model, ensure_ascii=False)})
    return document


def _text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
