"""The documentation keeps up with the code, or the build fails."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse

from hashgrade.errors import CATALOGUE
from hashgrade.serve.layout import PLACES
from tests.gallery import PICTURES, SHOTS, THEMES
from tests.pages import DOCS, PAGES, each_command

ROOT = DOCS.parent
RAISED = re.compile(r"""["']([A-Z]{3,4}-\d\d)["']""")
COMMAND = re.compile(r"^(?:\$ )?(hashgrade .*)$", re.MULTILINE)
ANYWHERE = re.compile(r" --station \S+")
LONG = re.compile(r"(?<!\S)--[a-z][a-z-]*")
WRITTEN = [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")]
NAMED = re.compile(r"\b([A-Z]{3,4}-\d\d)\b")


def sources(folder: str) -> Iterator[tuple[Path, str]]:
    return ((path, path.read_text()) for path in sorted((ROOT / folder).rglob("*.py")))


def codes_in(folder: str, pattern: re.Pattern[str], *besides: str) -> set[str]:
    return {code for path, text in sources(folder) if path.name not in besides for code in pattern.findall(text)}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_reference_page_says_what_the_code_says(path: Path) -> None:
    """Each generated page is the one the code would write; `make reference` mends it."""
    assert path.read_text() == PAGES[path]()


def test_every_error_code_is_raised_and_every_raised_code_is_documented() -> None:
    """The catalogue and the code name the same errors."""
    assert codes_in("src", RAISED, "errors.py") == set(CATALOGUE)


def test_every_error_code_is_provoked_by_a_test() -> None:
    """No error is documented that no test has met, in code or in the corpus of broken packs."""
    corpus = {code for path in (ROOT / "tests/hostile/packs").glob("*/expected.txt")
              for code in NAMED.findall(path.read_text())}
    assert set(CATALOGUE) - codes_in("tests", NAMED) - corpus == set()


def test_a_command_that_is_shown_is_there_with_its_options() -> None:
    """A command line in a page begins with a real command, and its long options are that command's own."""
    options = {name: {one for parameter in command.params for one in (*parameter.opts, *parameter.secondary_opts)}
               for name, command in each_command()}
    shown = [(page.name, line) for page in WRITTEN for line in COMMAND.findall(page.read_text())]
    assert len(shown) > 50
    for place in shown:
        words = ANYWHERE.sub("", place[1]).partition(" | ")[0].split()
        name = next((name for n in (4, 3, 2) if (name := " ".join(words[:n])) in options), None)
        assert name, place
        assert {*LONG.findall(" ".join(words))} <= {*options[name], "--help"}, place


def test_links_between_pages_lead_somewhere() -> None:
    """Every relative link in the README, the changes and the documentation names a file that is there."""
    for page in WRITTEN:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page} links to {target}"


def test_every_place_of_the_workbench_has_its_pictures() -> None:
    """Each page of the navigation is in the gallery, and no picture is kept that nothing shows."""
    shown = {shot.address.partition("#")[0] for shot in SHOTS}
    assert {reverse(place.name) for place in PLACES} <= shown
    named = {f"{shot.name}.{theme}.webp" for shot in SHOTS for theme in THEMES}
    assert {path.name for path in PICTURES.iterdir()} == named
