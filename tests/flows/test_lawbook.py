"""Packs as pages: whole, safe, the same every time, and true to the rules they show."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from random import Random
from shutil import copytree
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from pypdf import PdfReader

from hashgrade.errors import HashgradeError, InputError
from hashgrade.law import load
from hashgrade.law.check import cases
from hashgrade.law.condition import TRUE, UNKNOWN, Condition
from hashgrade.law.grades import prepubescent
from hashgrade.law.judge import reader
from hashgrade.law.pack import pack_ids
from hashgrade.law.vocabulary import vocabulary
from hashgrade.lawbook.book import TEMPLATES, bind
from hashgrade.lawbook.chapter import chapter
from hashgrade.lawbook.notes import notes
from hashgrade.lawbook.ways import TooManyError, cell, ways
from hashgrade.nouns import Child, Grade
from tests.contrast import contrast
from tests.golden.law.rewrite import FOLDER
from tests.hostile.test_bad_packs import FAULTS, GOOD, spoiled
from tests.pure.law.drawn import grade as drawn
from tests.pure.law.drawn import seeds

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHOSEN = [("zz", FOLDER), ("uk-ew", None), ("interpol-baseline", None)]
HTML = ["index.html", "comparison.html", *(f"packs/{name}.html" for name, _ in CHOSEN)]
HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(1)> #panic("typst") $x$ *a* {{ 7*7 }} https://evil.example"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of an invented pack and two real ones, printed too."""
    out = tmp_path_factory.mktemp("book")
    assert [found for found in bind(CHOSEN, out) if isinstance(found, HashgradeError)] == []
    return out


class Read(HTMLParser):
    """What stands in a page: its text, its headings, ids, links and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, name: str) -> list[str]:
        return [value for _, attrs in self.tags if (value := attrs.get(name)) is not None]


def read(book: Path, name: str) -> Read:
    return Read((book / name).read_text(encoding="utf-8"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.*"))}


# -- pages --------------------------------------------------------------------------------------------------------


def test_every_pack_has_its_pages_and_one_page_compares_them(book: Path) -> None:
    """An index, a page and a print of each pack, and the comparison."""
    printed = [name.replace(".html", ".pdf") for name in HTML if name != "index.html"]
    assert sorted(contents(book)) == sorted([*HTML, *printed])


def test_the_same_packs_give_the_same_bytes(book: Path, tmp_path: Path) -> None:
    """A second run changes no byte of any page or print."""
    assert all(isinstance(found, Path) for found in bind(CHOSEN, tmp_path))
    assert contents(tmp_path) == contents(book)


@pytest.mark.parametrize("name", HTML)
def test_a_page_is_built_for_everybody(book: Path, name: str) -> None:
    """It says its language, has one first heading, skips no level, repeats no id, and every link inside it leads."""
    page = read(book, name)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert [attrs.get("lang") for tag, attrs in page.tags if tag == "html"] == ["en"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    ids = page.all("id")
    assert len(set(ids)) == len(ids)
    assert [link for link in page.all("href") if link.startswith("#") and link[1:] not in ids] == []
    assert all(set(attrs.get("aria-labelledby", "").split()) <= set(ids) for _, attrs in page.tags  # type: ignore[union-attr]
               if attrs.get("aria-labelledby"))


@pytest.mark.parametrize("name", HTML)
def test_a_page_asks_nothing_of_any_network_and_runs_nothing(book: Path, name: str) -> None:
    """No script, no handler, no style on an element, nothing fetched: a strict policy lets the page through."""
    page = read(book, name)
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "form"}
    assert not [attribute for _, attrs in page.tags for attribute in attrs if attribute.startswith("on")]
    assert page.all("style") == []
    assert "url(" not in (book / name).read_text(encoding="utf-8")
    assert all(link.startswith(("#", "https://")) or (book / name).parent.joinpath(link.split("#")[0]).is_file()
               for link in page.all("href"))


@pytest.mark.parametrize(("name", "folder"), CHOSEN)
def test_a_page_shows_everything_that_the_pack_holds(book: Path, name: str, folder: Path | None) -> None:
    """Outcomes, articles, citations, cases, and what is not modelled are all there, in HTML and in print."""
    pack = load(name, None, folder)
    page = read(book, f"packs/{name}.html").text
    printed = " ".join(" ".join(sheet.extract_text().split()) for sheet in PdfReader(book / f"packs/{name}.pdf").pages)
    wanted = [pack.title, *pack.labels.values(), *pack.sources.values(), *(rule.article for rule in pack.rules)]
    assert [said for said in [*wanted, *pack.not_modelled] if said not in page] == []
    assert [case.name for case in cases(pack, folder) if case.name not in page] == []
    assert [rule.article for rule in pack.rules if rule.article not in printed] == []
    assert ("Draft: no counsel has reviewed this pack." in page) == (pack.review.state == "draft")
    assert ("Draft: no counsel" in printed) == (pack.review.state == "draft")


def test_drafts_say_so_on_every_sheet(book: Path) -> None:
    """No printed sheet of a draft, or of a comparison with one, goes without the banner."""
    for name in ("packs/uk-ew.pdf", "comparison.pdf"):
        assert all("no counsel has reviewed" in sheet.extract_text() for sheet in PdfReader(book / name).pages)


def test_an_amendment_is_told_with_a_medium_that_comes_out_otherwise(book: Path) -> None:
    """What a version changed of the one before stands beside such a medium, its outcome before and now."""
    first, second = chapter("zz", FOLDER)["versions"]
    scope, *rules = first["changes"]
    assert (scope["said"], scope["now"]["text"]) == ("Every rule asks first", "the child is aged 17 or under")
    assert "New: article 12" in [change["said"] for change in rules]
    assert {(case["was"], case["now"]) for case in first["moved"]} >= {("Outside the Act", "Grave material")}
    assert second["first"]
    assert "Before: Lesser material" in read(book, "packs/zz.html").text


def test_the_comparison_shows_a_medium_for_each_way_in_which_two_laws_diverge(book: Path) -> None:
    """A drawing is grave in the invented country and nothing in England; what is Baseline need not be indecent."""
    page = read(book, "comparison.html").text
    assert "zz only Non-photographic (drawing, animation, CGI); a child of" in page
    assert "0 of 1 outcomes of interpol-baseline imply one of uk-ew" in page


def test_a_case_that_comes_out_otherwise_is_marked(tmp_path: Path) -> None:
    """A page shows what the pack makes of a case, and says where that is not what the case expects."""
    folder = copytree(FOLDER / "zz", tmp_path / "zz")
    text = (folder / "cases.yaml").read_text().replace("{outcome: grave, reasons: [grave-activity]}", "{outcome: none}")
    (folder / "cases.yaml").write_text(text)
    assert [case["wrong"] for case in chapter("zz", tmp_path)["cases"]].count(True) == 1


# -- trouble ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a pack whose every text tries to be markup or code."""
    packs, out = tmp_path_factory.mktemp("packs"), tmp_path_factory.mktemp("hostile")
    folder = copytree(FOLDER / "zz", packs / "zz")
    quoted = "'" + HOSTILE.replace("'", "''") + "'"
    text = (folder / "pack.yaml").read_text()
    for said in ('"Protection of Children Act of Zedland"', "Grave material", "Penal Code (Zedland)", "section 4(1)",
                 "The amendment of 2020 brought drawings in.", "the Counsel of Zedland",
                 "Possession and distribution are matters of the offence."):
        text = text.replace(said, quoted)
    (folder / "pack.yaml").write_text(text)
    listed = (folder / "cases.yaml").read_text().replace("Penetrative activity is grave", quoted)
    (folder / "cases.yaml").write_text(listed)
    told = (folder / "sources.md").read_text().replace("Section 3: a child", HOSTILE)
    (folder / "sources.md").write_text(told.replace("<https://law.example/zz/code>", "javascript:alert(1)"))
    assert all(isinstance(found, Path) for found in bind([("zz", packs), ("uk-ew", None)], out))
    return out


@pytest.mark.parametrize("name", ["index.html", "comparison.html", "packs/zz.html"])
def test_what_a_pack_says_is_text_and_never_markup(hostile: Path, name: str) -> None:
    """Tags, attributes and addresses from a pack are shown as they are written, and do nothing."""
    page = read(hostile, name)
    assert not {tag for tag, _ in page.tags} & {"script", "img"}
    assert not [attribute for _, attrs in page.tags for attribute in attrs if attribute.startswith("on")]
    assert not [link for link in page.all("href") if "javascript" in link or "evil" in link]
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7*7 }}" in page.text


@pytest.mark.parametrize("name", ["comparison.pdf", "packs/zz.pdf"])
def test_what_a_pack_says_is_never_code_in_print(hostile: Path, name: str) -> None:
    """Typst's own commands and markup from a pack are printed as they are written."""
    printed = " ".join(sheet.extract_text() for sheet in PdfReader(hostile / name).pages)
    assert '#panic("typst") $x$ *a*' in " ".join(printed.split())


def test_a_pack_that_does_not_load_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    """The error comes in the pack's place, and its page is on no index."""
    found = list(bind([("no-such-pack", None), ("uk-ew", None)], tmp_path, pdf=False))
    assert [error.code for error in found if isinstance(error, HashgradeError)] == ["PACK-08"]
    assert sorted(contents(tmp_path)) == ["index.html", "packs/uk-ew.html"]


@pytest.mark.deep
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_pack_with_a_fault_has_a_page_or_an_error_with_a_code(tmp_path: Path, fault: Path) -> None:
    """None of the broken packs that `law check` is tried on stops the book in any other way."""
    spoiled(Path(copytree(GOOD, tmp_path / "zz")), fault)
    *_, last = bind([("zz", tmp_path)], tmp_path / "out", pdf=False)
    assert last == tmp_path / "out" / "index.html"


def test_a_page_links_to_no_page_that_is_not_there(tmp_path: Path) -> None:
    """A book of one pack names the packs that it uses, and a comparison, only where they are in the book."""
    assert not any(isinstance(found, HashgradeError) for found in bind([("iccam", None)], tmp_path, pdf=False))
    links = [link for link in read(tmp_path, "packs/iccam.html").all("href") if not link.startswith(("#", "https:"))]
    assert {*links} == {"../index.html"}


def test_sources_that_are_no_text_are_told_by_their_file(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 in sources.md stop that pack's page, with a code, and not the book."""
    folder = copytree(FOLDER / "zz", tmp_path / "zz")
    (folder / "sources.md").write_bytes(b"## act\n\xff\xfe")
    error, index = bind([("zz", tmp_path)], tmp_path / "out", pdf=False)
    assert isinstance(error, HashgradeError)
    assert (error.code, "sources.md" in error.where, index) == ("PACK-01", True, tmp_path / "out" / "index.html")


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """BOOK-01 names the path and the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"BOOK-01.*cannot be written"):
        list(bind([("uk-ew", None)], tmp_path / "file", pdf=False))


def test_two_packs_of_one_name_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    """BOOK-02: one would be written over the other."""
    with pytest.raises(InputError, match="BOOK-02"):
        list(bind([("zz", FOLDER), ("zz", tmp_path)], tmp_path / "out"))
    assert not (tmp_path / "out").exists()


# -- notes --------------------------------------------------------------------------------------------------------


def test_a_source_is_read_with_its_citation_link_and_day() -> None:
    """Fields, paragraphs, lists and emphasis of sources.md come out as data."""
    found = notes((FOLDER / "zz" / "sources.md").read_text())
    assert (found["act"].link, found["act"].read) == ("https://law.example/zz/act-2001", "2026-11-22")
    assert found["act"].citation == "Protection of Children Act 2001 (Zedland), sections 3 and 4"
    assert {"kind": "em", "text": "under 18"} in found["act"].blocks[0]["spans"]  # type: ignore[operator]
    assert len(found["act"].blocks[1]["items"]) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "<http://a.example>", "https://a.example onload=x", ""])
def test_only_an_https_address_becomes_a_link(link: str) -> None:
    """Whatever else stands there is no link at all."""
    assert notes(f"## one\n\nLink: {link}\n")["one"].link == ""


# -- decision tables ----------------------------------------------------------------------------------------------


def rules() -> Iterator[Any]:
    packs = [load(name) for name in pack_ids()] + [load("zz", None, FOLDER)]
    return ((pack, rule) for pack in packs for rule in pack.rules)


@settings(max_examples=60)
@given(seeds)
def test_a_table_has_a_row_for_a_child_exactly_when_the_rule_is_true(draw: Random) -> None:
    """Every rule of every pack, over grades that are answered in full: the table says what the condition says.

    Where a threshold cuts the child's band of ages the condition is unknown, and the table is asked of no year.
    """
    full = drawn(draw, full=True, definite=True)
    for row in full.children or ():
        read = reader(full, row)
        years = vocabulary().bands[str(row["age_band"])]
        for _, rule in RULES:
            value = rule.when.value(read)
            if value != UNKNOWN:
                admitted = TABLES[rule.when].admits(answers(full, row, years[0]))
                assert admitted == (value == TRUE)


RULES = list(rules())
TABLES = {rule.when: ways(rule.when) for _, rule in RULES}


def answers(grade: Grade, row: Child, year: int) -> dict[str, object]:
    held: dict[str, object] = {**grade.facts, **row, "prepubescent": prepubescent(row)}
    return {**held, "age_band": year, "activity": frozenset(row["activity"])}  # type: ignore[arg-type]


def test_rows_that_differ_in_one_fact_only_are_one() -> None:
    """Two ways by two labels are a row with both; a fact whose every value serves is no column."""
    merged = ways(Condition.parse({"any": [{"activity": {"is": "oral"}}, {"activity": {"is": "animal"}}]}))
    assert [cell("activity", row["activity"]) for row in merged.rows] == [
        ["any of:", "Activity with an animal", "Oral activity"]]
    assert ways(Condition.parse({"any": ["indecent", {"not": "indecent"}]})).rows == ({},)


def test_ways_that_contradict_themselves_have_no_row() -> None:
    """Under 14 and over 15, or a label that the list must have and must not have, is never true."""
    assert ways(Condition.parse({"all": [{"age_band": {"under": 14}}, {"age_band": {"over": 15}}]})).rows == ()
    oral = {"activity": {"is": "oral"}}
    assert ways(Condition.parse({"all": [oral, {"not": oral}]})).rows == ()


@pytest.mark.parametrize(("tree", "expected"), [
    ({"all": [{"age_band": {"over": 13}}, {"age_band": {"under": 18}}]}, ["14 to 17"]),
    ({"not": {"age_band": {"under": 18}}}, ["18 or over"]),
    ({"age_band": {"in": ["0-2", "7-10"]}}, ["2 or under", "7 to 10"]),
])
def test_ages_are_told_by_inclusive_bounds(tree: Any, expected: list[str]) -> None:
    """A cell says completed years, the first and the last."""
    assert cell("age_band", ways(Condition.parse(tree)).rows[0]["age_band"]) == expected


def test_a_condition_with_more_ways_than_a_table_shows_is_refused() -> None:
    """Seven choices between two are 128 rows: the page tells that rule in words only."""
    names = [*vocabulary().legal_tests, "self_evident", "adult_visible", "identified", "prepubescent"]
    pairs = [{"any": [one, other]} for one, other in zip(names[::2], names[1::2], strict=True)]
    assert len(ways(Condition.parse({"all": pairs[:6]})).rows) == 64
    with pytest.raises(TooManyError):
        ways(Condition.parse({"all": pairs}))


# -- colours ------------------------------------------------------------------------------------------------------


GROUNDS = ("page", "card", "wash")
PAIRS = [("warn-ink", "warn"), *((ink, under) for ink in ("ink", "quiet", "accent") for under in GROUNDS)]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "under"), PAIRS)
def test_text_can_be_read_on_what_is_under_it(scheme: int, ink: str, under: str) -> None:
    """Every colour of text has at least the contrast of 4.5 to 1 that WCAG 2.2 asks for (1.4.3), light and dark."""
    palette = re.findall(r":root \{(.*?)\}", (TEMPLATES / "book.css").read_text())[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", palette))
    assert contrast(colours[ink], colours[under]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_a_number_can_be_read_on_the_deepest_shade_of_the_map(scheme: int) -> None:
    """The shade of `all` keeps the contrast of 4.5 to 1 under the ink, light and dark."""
    palette = re.findall(r":root \{(.*?)\}", (TEMPLATES / "book.css").read_text())[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", palette))
    style = (TEMPLATES / "comparison.html").read_text()
    share = max(int(percent) for percent in re.findall(r"var\(--accent\) (\d+)%", style)) / 100
    accent, card = ([int(colours[name][n:n + 2], 16) for n in (1, 3, 5)] for name in ("accent", "card"))
    mixed = "#" + bytes(round(a * share + c * (1 - share)) for a, c in zip(accent, card, strict=True)).hex()
    assert contrast(colours["ink"], mixed) >= 4.5


# -- in a browser -------------------------------------------------------------------------------------------------


@pytest.mark.chromium
@pytest.mark.parametrize("name", HTML[:3])
@pytest.mark.parametrize("width_px", [360, 1280])
def test_a_page_fits_the_screen(browser: "Browser", book: Path, name: str, width_px: int) -> None:
    """No page scrolls sideways on a phone or a desk; wide tables scroll by themselves."""
    page = browser.new_page(viewport={"width": width_px, "height": 900})
    page.goto((book / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width_px
    page.close()


@pytest.mark.chromium
@pytest.mark.parametrize("width_px", [360, 1280])
def test_a_word_without_end_widens_no_page(browser: "Browser", tmp_path: Path, width_px: int) -> None:
    """A title, an outcome, a source and a case of 300 letters without a space are broken where the page ends."""
    folder = copytree(FOLDER / "zz", tmp_path / "zz")
    for name, words in {"pack.yaml": ["Protection of Children Act of Zedland", "Grave material", "section 4(1)"],
                        "cases.yaml": ["Penetrative activity is grave"], "sources.md": ["Section 3: a child"]}.items():
        text = (folder / name).read_text()
        for said in words:
            text = text.replace(said, f"one two three {'x' * 300}")
        (folder / name).write_text(text)
    assert not any(isinstance(found, HashgradeError)
                   for found in bind([("zz", tmp_path), ("uk-ew", None)], tmp_path / "out", pdf=False))
    page = browser.new_page(viewport={"width": width_px, "height": 900})
    for name in ("index.html", "comparison.html", "packs/zz.html"):
        page.goto((tmp_path / "out" / name).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width_px, name
    page.close()


@pytest.mark.chromium
def test_a_cell_of_the_map_opens_its_pair(browser: "Browser", book: Path) -> None:
    """Without a script: the link's target lies in a closed block, which the browser opens."""
    page = browser.new_page()
    page.goto((book / "comparison.html").as_uri())
    page.click("a[href='#interpol-baseline--uk-ew']")
    assert page.evaluate("document.getElementById('interpol-baseline--uk-ew').closest('details').open")
    page.close()
