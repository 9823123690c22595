"""The page and the PDF of a report: one structure, the same content, nothing but printed numbers, fit for everybody."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from hashgrade.law.drafts import BRIEF
from hashgrade.studies.pages import TEMPLATES
from hashgrade.studies.report import INTERNAL, SYNTHETIC
from hashgrade.studies.run import run
from hashgrade.studies.schema import parse
from hashgrade.studies.snapshot import Snapshot
from tests.contrast import contrast
from tests.pure.studies.population import taken

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STUDY = """
study: every-kind
title: Every kind of figure
question: Does a report show each kind of figure?
cohort: everything
period: {from: 2023-01-01, until: 2023-12-31}
disclosure: {under: 5}
headline: [total, severity.A]
tables:
  severity: {title: Severity <of the media>, of: verdict.uk-ew}
  months: {title: Severity by month, of: verdict.uk-ew, by: month}
  origin: {title: Origin of the media, of: origin}
  crossed: {title: Severity by sex, of: verdict.uk-ew, by: sexes}
  urls: {title: URLs by sex, unit: url, of: sexes}
  children: {title: Children by age, unit: child, of: age_band}
  inside: {title: Sex inside, of: sexes, internal: true}
  change: {title: Change from the year before, measure: change, options: {table: severity}, internal: true}
sample:
  seed: s
  strata: {images: {size: 60, of: {kind: {is: image}}}}
  tables:
    where: {title: Where the children are, of: setting}
"""
VOID = {"meta", "link", "br", "hr", "img", "input"}


@dataclass
class Node:
    """One element of a page."""

    tag: str
    attributes: dict[str, str]
    children: "list[Node | str]" = field(default_factory=list)

    @property
    def text(self) -> str:
        """What it says, without joiners and with single spaces."""
        said = " ".join(one if isinstance(one, str) else one.text for one in self.children)
        return " ".join(said.replace("\u2060", "").split())

    def all(self, tag: str, of: str = "") -> "list[Node]":
        """Every element below it with this tag and, if told, this class, in order; `*` is any tag."""
        found = []
        for one in self.children:
            if isinstance(one, Node):
                fits = tag in ("*", one.tag) and (not of or of in one.attributes.get("class", "").split())
                found += [*([one] if fits else []), *one.all(tag, of)]
        return found


class Tree(HTMLParser):
    """A page as a tree; an element that is not closed where it should be is an error."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.path = [Node("", {})]
        self.feed(page)
        assert len(self.path) == 1, [node.tag for node in self.path]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {key: value or "" for key, value in attrs})
        self.path[-1].children.append(node)
        if tag not in VOID:
            self.path.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.path.pop().tag == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.path[-1].children.append(Node(tag, {key: value or "" for key, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.path[-1].children.append(data)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Six hundred items with every kind of gap."""
    return taken(tmp_path_factory.mktemp("snapshot"), 5, 600)


@pytest.fixture(scope="module")
def outside(records: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report as it is published."""
    folder = tmp_path_factory.mktemp("outside")
    run(parse(STUDY, "s.yaml"), records, folder, synthetic=True)
    return folder


@pytest.fixture(scope="module")
def inside(records: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for inside only."""
    folder = tmp_path_factory.mktemp("inside")
    run(parse(STUDY, "s.yaml"), records, folder, synthetic=True, internal=True)
    return folder


@pytest.fixture(scope="module")
def page(inside: Path) -> Node:
    """The page for inside, which has all figures."""
    return Tree((inside / "index.html").read_text()).path[0]


def findings(folder: Path) -> dict[str, Any]:
    """A report's findings."""
    found: dict[str, Any] = json.loads((folder / "findings.json").read_text())
    return found


def cards(page: Node) -> dict[str, Node]:
    """The figures of a page by their names, in order."""
    return {one.attributes["id"]: one for one in page.all("section", "card") if "id" in one.attributes}


def test_every_table_and_estimate_is_a_figure(page: Node, inside: Path) -> None:
    """Each is there once, numbered from 1 in the order of the page, with its title as a heading."""
    found = findings(inside)
    assert set(cards(page)) == {*found["tables"], *found["estimates"]}
    assert [one.all("p", "eyebrow")[0].text for one in cards(page).values()] == [
        f"Figure {n}" for n in range(1, len(cards(page)) + 1)]
    for name, one in cards(page).items():
        assert one.all("h3")[0].text == {**found["tables"], **found["estimates"]}[name]["title"]


def test_a_figure_says_what_it_counts(page: Node, inside: Path) -> None:
    """Beside the title stand the unit, n and how many are excluded."""
    for name, table in findings(inside)["tables"].items():
        base, excluded = ("(c)" if table[key] is None else f"{table[key]:,}" for key in ("base", "excluded"))
        unit = {"url": "URLs", "child": "children"}.get(table["unit"], table["unit"])
        assert cards(page)[name].all("p", "facts")[0].text == f"Unit: {unit} n = {base} excluded: {excluded}"


def test_a_figure_has_a_table_with_caption_and_heads(page: Node) -> None:
    """Every chart has its numbers beside it, in a table whose heads have a scope."""
    for one in cards(page).values():
        (table,) = one.all("table")
        assert one.all("h3")[0].text in table.all("caption")[0].text
        assert {head.attributes["scope"] for head in table.all("th")} == {"row", "col"}
        assert all(len(row.all("th")) == 1 for row in table.all("tbody")[0].all("tr"))


def test_every_download_is_there(page: Node, inside: Path) -> None:
    """What a page links to is in its folder, or on the page itself; each chart comes as SVG and Vega-Lite."""
    links = [one.attributes["href"] for one in page.all("a")]
    ids = {one.attributes["id"] for one in page.all("*") if "id" in one.attributes}
    assert [link for link in links if link.startswith("#") and link[1:] not in ids] == []
    assert [link for link in links if not link.startswith("#") and not (inside / link).is_file()] == []
    for name, one in cards(page).items():
        there = (inside / "charts" / f"{name}.svg").exists()
        drawn = {f"charts/{name}.svg", f"charts/{name}.vl.json"} if there else set()
        assert {link.attributes["href"] for link in one.all("p", "take")[0].all("a")} == {
            f"tables/{name}.csv", "#contents", *drawn}


def test_ids_are_unique_and_labels_lead_somewhere(page: Node) -> None:
    """No id stands twice, and what labels something is on the page."""
    ids = [one.attributes["id"] for one in page.all("*") if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    assert {one.attributes["aria-labelledby"] for one in page.all("*") if "aria-labelledby" in one.attributes} <= {*ids}


def test_headings_are_in_order(page: Node) -> None:
    """There is one title, and no level is left out on the way down."""
    levels = [int(one.tag[1]) for one in page.all("*") if re.fullmatch(r"h[1-6]", one.tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_sections_never_mix_units(page: Node, inside: Path) -> None:
    """Figures stand under the heading of their unit of count; the sample and what is inside come last."""
    tables, found = findings(inside)["tables"], {}
    for section in page.all("main")[0].all("section"):
        if section.all("h2"):
            found[section.all("h2")[0].text] = {tables[one]["unit"] for one in cards(section) if one in tables}
    assert list(found) == ["Media", "URLs", "Children", "A drawn sample", "For inside only", "Methods and definitions"]
    assert (found["Media"], found["URLs"], found["Children"]) == ({"media"}, {"url"}, {"child"})


def test_the_contents_name_every_figure(page: Node) -> None:
    """Contents and headings say the same in the same order."""
    listed = [one.text for one in page.all("nav")[0].all("a")]
    heads = [one.text for one in page.all("main")[0].all("*") if one.tag in ("h2", "h3")]
    assert listed == heads[:heads.index("How the numbers were counted")]


def printed(table: dict[str, Any]) -> Iterator[str]:
    """Every number of a table of the findings, as people read it."""
    for row in table["rows"]:
        if "printed" in row:
            many = "(c)" if row["n"] is None else f"{row['n']:,}"
            yield from (row["printed"], row.get("printed_interval", "–"), many)
            continue
        low, high = row.get("interval", (None, None))
        yield from ("(c)" if row["count"] is None else f"{row['count']:,}", row["percent"] or "–")
        yield "–" if low is None else f"{low // 1:.0f}–{-(-high // 1):.0f}%"


def test_each_number_of_a_table_is_a_finding(page: Node, inside: Path) -> None:
    """No cell says anything that is not in the findings, and every count that is not 0 is in a cell."""
    found = findings(inside)
    for name, table in {**found["tables"], **found["estimates"]}.items():
        cells = {part for cell in cards(page)[name].all("td") for part in [cell.text, *cell.text.split()]} - {""}
        wanted = {*printed(table)}
        assert {cell for cell in cells if " " not in cell} <= wanted | {part for one in wanted for part in one.split()}
        shown = [row["count"] for row in table["rows"] if row.get("count")]
        assert {f"{count:,}" for count in shown} <= cells


def test_each_number_of_a_sentence_is_printed_in_its_table(page: Node, inside: Path) -> None:
    """Counts in the sentence below a figure are counts of its table; the rest is checked as they are made (STU-42)."""
    for name, table in findings(inside)["tables"].items():
        said = " ".join(one.text for one in cards(page)[name].all("figcaption"))
        counts = {f"{row['count']:,}" for row in table["rows"] if row["count"] is not None} | {f"{table['base']:,}"}
        assert said
        assert set(re.findall(r"(?:with|counts|is) ([\d,]*\d) of", said)) <= counts


def test_what_a_file_says_is_text(page: Node) -> None:
    """Signs of HTML in a title are shown, and mean nothing."""
    assert cards(page)["severity"].all("h3")[0].text == "Severity <of the media>"


# -- for inside only ----------------------------------------------------------------------------------------------


def test_internal_tables_are_left_out_and_told(outside: Path) -> None:
    """What is for inside only is in no file of a report to publish; the methods name it."""
    found = findings(outside)
    assert "inside" not in found["tables"]
    assert "estimates" not in found
    assert found["internal"] == ""
    assert not list(outside.rglob("*inside*"))
    text, left_out = (outside / "index.html").read_text(), "Sex inside (inside); Change from the year before (change)"
    assert f"Left out, because they are for inside only: {left_out}." in text
    assert INTERNAL not in text


def test_everything_made_for_inside_says_so(inside: Path) -> None:
    """Page, findings, manifest, each line of every CSV, each chart and each page of the PDF carry the words."""
    assert findings(inside)["internal"] == INTERNAL
    assert json.loads((inside / "manifest.json").read_text())["internal"] is True
    page = (inside / "index.html").read_text()
    assert page.index(INTERNAL) < page.index("<header>")
    assert "<title>[Synthetic] [Internal] " in page
    for path in (inside / "tables").iterdir():
        assert all(INTERNAL in line for line in path.read_text().splitlines()[1:]), path.name
    for path in (inside / "charts").iterdir():
        assert INTERNAL in " ".join(re.sub(r"<[^>]+>|\s+", " ", path.read_text()).split()), path.name
    assert all(INTERNAL in words(one) for one in PdfReader(inside / "report.pdf").pages)


# -- the PDF ------------------------------------------------------------------------------------------------------


def words(page: Any) -> str:
    """The text of a page of a PDF."""
    return " ".join(page.extract_text().split())


def test_each_page_of_the_pdf_carries_its_notices(inside: Path) -> None:
    """Synthetic, internal and draft are said at the head of every page, and its number at the foot."""
    pages = [words(one) for one in PdfReader(inside / "report.pdf").pages]
    for n, said in enumerate(pages, 1):
        assert [one for one in (SYNTHETIC, INTERNAL, BRIEF, f"{n} of {len(pages)}") if one not in said] == [], n


def test_the_pdf_says_what_the_page_says(page: Node, inside: Path) -> None:
    """Headings, sentences, notes and numbers of the page are in the PDF, the headings in the same order."""
    said = " ".join(words(one) for one in PdfReader(inside / "report.pdf").pages)
    body, at = said[said.index("The unit of count is one image"):], 0
    for one in cards(page).values():
        at = body.index(one.all("h3")[0].text, at)
        for text in (*one.all("figcaption"), *one.all("li")):
            assert re.sub(r"[\s-]", "", text.text) in re.sub(r"[\s-]", "", said), text.text
        assert {cell.text.split()[0] for cell in one.all("td") if cell.text} <= {*said.split()}
    for part in page.all("section", "methods")[0].all("li"):
        assert re.sub(r"[\s-]", "", part.text) in re.sub(r"[\s-]", "", said), part.text


def test_the_pdf_can_be_read_aloud(inside: Path) -> None:
    """It says that it is PDF/UA, has tags and a language, and names its language and title."""
    pdf = PdfReader(inside / "report.pdf")
    assert str(pdf.root_object["/Lang"]) == "en-GB"
    assert "/StructTreeRoot" in pdf.root_object
    assert pdf.metadata
    assert pdf.metadata.title == "[Synthetic] [Internal] Every kind of figure"
    assert b"pdfuaid:part" in (inside / "report.pdf").read_bytes()


def test_a_second_run_gives_the_same_bytes(inside: Path, records: Snapshot, tmp_path: Path) -> None:
    """A report for inside is reproducible too, file by file."""
    run(parse(STUDY, "s.yaml"), records, tmp_path, synthetic=True, internal=True)
    files = sorted(path.relative_to(inside) for path in inside.rglob("*") if path.is_file())
    assert [path for path in files if (inside / path).read_bytes() != (tmp_path / path).read_bytes()] == []


# -- for everybody ------------------------------------------------------------------------------------------------


def palette(scheme: int) -> dict[str, str]:
    """The colours of text and of what lies under it: 0 light, 1 dark."""
    held = re.findall(r":root \{(.*?)\}", (TEMPLATES / "report.css").read_text())[scheme]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", held))


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "under"), [
    ("ink", "page"), ("ink", "card"), ("ink", "wash"), ("quiet", "page"), ("quiet", "card"), ("quiet", "wash"),
    ("accent", "page"), ("accent", "card"), ("warn-ink", "warn"), ("page", "ink")])
def test_text_can_be_read(scheme: int, ink: str, under: str) -> None:
    """Its colours of text have the contrast of 4.5 to 1 that WCAG 2.2 asks for (1.4.3), light and dark."""
    colours = palette(scheme)
    assert contrast(colours[ink], colours[under]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("under", ["page", "card"])
def test_the_focus_can_be_seen(scheme: int, under: str) -> None:
    """What has the focus has one outline on every page, of a contrast of 3 to 1 (WCAG 2.2, 1.4.11)."""
    rules = [rule for name in ("report.css", "chart.css", "watch.css")
             for rule in re.findall(r"[^{}]*:focus-visible \{(.*?)\}", (TEMPLATES / name).read_text())]
    assert [re.findall(r"outline: 3px solid var\(--(\w+)\)", rule) for rule in rules] == [["focus"]]
    colours = palette(scheme)
    assert contrast(colours["focus"], colours[under]) >= 3


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_numbers_can_be_read_on_the_deepest_shade(scheme: int) -> None:
    """The cell of a crossed table with the largest count is 45% accent, and its text still stands out."""
    colours = palette(scheme)
    accent, card = ([int(colours[name][n:n + 2], 16) for n in (1, 3, 5)] for name in ("accent", "card"))
    deepest = "#" + "".join(f"{round(0.45 * one + 0.55 * other):02x}" for one, other in zip(accent, card, strict=True))
    assert contrast(colours["ink"], deepest) >= 4.5


@pytest.fixture
def opened(browser: "Browser", inside: Path) -> Iterator["Page"]:
    """The page in a browser."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((inside / "index.html").as_uri())
    yield page
    page.close()


@pytest.mark.chromium
@pytest.mark.parametrize("width_px", [320, 768, 1280, 2560])
def test_the_page_never_scrolls_sideways(opened: "Page", width_px: int) -> None:
    """From a phone to a wall, also with the contents and every table open; wide tables scroll by themselves."""
    opened.set_viewport_size({"width": width_px, "height": 900})
    opened.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert opened.evaluate("document.documentElement.scrollWidth") <= width_px


@pytest.mark.chromium
def test_the_keyboard_reaches_everything_and_sees_where_it_is(opened: "Page") -> None:
    """The first stop skips to the figures; every link, table and fold is reached, with an outline that can be seen."""
    opened.emulate_media(reduced_motion="reduce")
    wanted = opened.evaluate("document.querySelectorAll('a, .scroll, main summary').length")
    seen = []
    for _ in range(wanted + 5):
        opened.keyboard.press("Tab")
        seen.append(opened.evaluate("""() => {
          const on = document.activeElement, style = getComputedStyle(on), box = on.getBoundingClientRect();
          return [on.tagName, on.className, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
                  || on.classList.contains('skip'), box.bottom > 0 && box.top < innerHeight];
        }"""))
    stops = [one for one in seen if one[0] != "BODY"]
    assert stops[0][1] == "skip"
    assert all(outlined and there for _, _, outlined, there in stops)
    assert sum(tag in ("A", "SUMMARY") or "scroll" in name for tag, name, _, _ in stops) >= wanted


@pytest.mark.chromium
def test_contents_stay_in_reach_where_there_is_room(opened: "Page") -> None:
    """On a wide screen the contents stand open beside the last figure; on a narrow one they are folded up above."""
    shown = "document.querySelector('nav ol a').checkVisibility()"
    opened.evaluate("document.getElementById('methods').scrollIntoView({behavior: 'instant'})")
    assert opened.evaluate(f"{shown} && document.querySelector('nav').getBoundingClientRect().top >= 0")
    opened.set_viewport_size({"width": 360, "height": 740})
    assert not opened.evaluate(shown)


@pytest.mark.chromium
def test_print_opens_what_is_folded(opened: "Page") -> None:
    """On paper every table is there, and nothing that can only be clicked."""
    shown = "document.querySelector('details.numbers table').checkVisibility()"
    assert not opened.evaluate(shown)
    opened.emulate_media(media="print")
    assert opened.evaluate(shown)
    assert opened.evaluate("[...document.querySelectorAll('nav, .take')].every(one => !one.checkVisibility())")


@pytest.mark.chromium
@pytest.mark.parametrize(("scheme", "width_px"), [("light", 360), ("dark", 1280)])
def test_axe_finds_nothing(opened: "Page", scheme: Any, width_px: int) -> None:
    """Nothing that axe can tell is wrong by WCAG 2.2 AA or its own best practice."""
    from axe_playwright_python.sync_playwright import Axe

    opened.set_viewport_size({"width": width_px, "height": 900})
    opened.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    told = Axe().run(opened, options={"resultTypes": ["violations"]}).response["violations"]
    assert [f"{one['id']} at {one['nodes'][0]['target']}" for one in told] == []
