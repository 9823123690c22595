"""The documentation keeps up with the code, or the build fails."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hashgrade.errors import CATALOGUE
from tests.pages import DOCS, PAGES, each_command

ROOT = DOCS.parent
RAISED = re.compile(r"""["']([A-Z]{3,4}-\d\d)["']""")
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


def test_the_readme_and_tutorial_name_only_commands_that_exist() -> None:
    """A command line shown to a newcomer begins with a real command."""
    known = {name for name, _ in each_command()}
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for line in re.findall(r"^\$ (hashgrade .*)$", page.read_text(), re.M):
            words = line.replace("--station ../demo-station ", "").split()
            assert any(" ".join(words[:n]) in known for n in (2, 3, 4)), f"{page}: {line}"


def test_links_between_pages_lead_somewhere() -> None:
    """Every relative link in the README and the documentation names a file that is there."""
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page} links to {target}"
