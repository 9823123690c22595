"""Packs with faults: `law check` names each, its line and column, and what to do.

Each folder of tests/hostile/packs is one fault: the files in which it differs from the good pack of an invented
country, and `expected.txt`, whose first line has the codes of the errors and whose others have words of their text.
"""

import re
import shutil
from copy import copy
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from typer.testing import CliRunner

from hashgrade.cli.law import law
from hashgrade.errors import InputError
from hashgrade.law import yaml
from hashgrade.law.check import problems
from hashgrade.law.flaws import Flaw
from hashgrade.law.load import read
from tests.pure.law.drawn import seeds

CORPUS = Path(__file__).parent / "packs"
GOOD = CORPUS / "good"
FAULTS = sorted(path.parent for path in CORPUS.glob("*/expected.txt"))
PACK, CASES, SOURCES = "pack.yaml", "cases.yaml", "sources.md"


parsed_once = cache(yaml.parsed)


@pytest.fixture(autouse=True)
def _same_texts_are_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most faults leave two of the three files as they are."""
    monkeypatch.setattr(yaml, "parsed", parsed_once)


@pytest.fixture
def zz(tmp_path: Path) -> Path:
    """A copy of the good pack, to be spoiled."""
    return Path(shutil.copytree(GOOD, tmp_path / "zz"))


def spoiled(zz: Path, fault: Path) -> Path:
    """The copy with the files of a fault laid over it; a folder in the fault is another pack beside it."""
    for path in fault.rglob("*.*"):
        if path.name != "expected.txt":
            to = zz.parent / (path.parent.name if path.parent != fault else "zz")
            to.mkdir(exist_ok=True)
            shutil.copy(path, to)
    return zz


def flat(text: object) -> str:
    return " ".join(str(text).split())


def codes(zz: Path) -> list[str]:
    return [problem.code for problem in problems("zz", zz.parent)]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_named_with_its_place(zz: Path, fault: Path) -> None:
    """The errors have the fault's codes and no others, and say where it is and what was meant."""
    expected, *words = (fault / "expected.txt").read_text().splitlines()
    found = list(problems("zz", spoiled(zz, fault).parent))
    assert sorted({problem.code for problem in found}) == expected.split()
    text = flat("\n".join(map(str, found)))
    assert [said for said in words if flat(said) not in text] == []


def test_the_corpus_is_there() -> None:
    """Were the folder lost, the test above would pass on nothing."""
    assert len(FAULTS) >= 40


def test_the_good_pack_has_no_fault(zz: Path) -> None:
    """The corpus spoils a pack that is otherwise in order."""
    assert codes(zz) == []


@pytest.mark.parametrize("fault", ["unknown-fact", "shadowed-rule", "case-that-fails", "circle-of-packs"])
def test_the_command_tells_the_same(zz: Path, fault: str) -> None:
    """`law check` prints each error, and ends with 1."""
    _, *words = (CORPUS / fault / "expected.txt").read_text().splitlines()
    done = CliRunner().invoke(law, ["check", str(spoiled(zz, CORPUS / fault))])
    assert done.exit_code == 1
    assert [said for said in words if flat(said) not in flat(done.output)] == []


def test_a_case_that_is_printed_can_be_pasted(zz: Path) -> None:
    """The case that shows what no case had shown is added to the file as it stands, and then nothing is wrong."""
    spoiled(zz, CORPUS / "rule-without-a-case")
    (flaw,) = problems("zz", zz.parent)
    assert isinstance(flaw, Flaw)
    with (zz / CASES).open("a") as file:
        file.write("\n" + "\n".join(flaw.cases) + "\n")
    assert codes(zz) == []


def test_an_error_with_cases_keeps_them_wherever_it_goes(zz: Path) -> None:
    """It is copied whole, as it is when it goes from one process to another."""
    spoiled(zz, CORPUS / "rule-without-a-case")
    (flaw,) = problems("zz", zz.parent)
    assert str(copy(flaw)) == str(flaw)


def test_an_error_quotes_the_line_with_a_caret_below_the_word(zz: Path) -> None:
    """The caret stands under the first letter of what is wrong."""
    spoiled(zz, CORPUS / "unknown-fact")
    line, caret = next(problems("zz", zz.parent)).excerpt.splitlines()
    assert line.index("depictoin") == caret.index("^")


# -- chance -------------------------------------------------------------------------------------------------------

SCRAPS = ("", "\n", ":", "  ", "- ", "{", "]", "&a ", "*a ", "!!x ", "? ", "\t", "'", "\0", "|", "---\n", "%")


@settings(max_examples=40)
@given(seeds)
@example(Random(542113))  # a map as a key of a map that is a key
def test_whatever_is_spoiled_is_told_in_errors(draw: Random) -> None:
    """Whatever is cut out or put in, a file is good or has errors that can be printed, and nothing else comes."""
    with TemporaryDirectory() as folder:
        zz = Path(shutil.copytree(GOOD, Path(folder) / "zz"))
        path = zz / draw.choice([PACK, CASES, SOURCES])
        text = path.read_text()
        start = draw.randrange(len(text))
        path.write_text(text[:start] + draw.choice(SCRAPS) + text[start + draw.choice([0, 1, 5, 40, 200]):])
        for problem in problems("zz", zz.parent):
            assert problem.as_json()["code"] in str(problem)


# -- files that are no texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [PACK, CASES])
def test_a_file_of_ten_megabytes_is_refused_by_its_length(zz: Path, file: str) -> None:
    """Nobody waits for what no lawyer wrote."""
    (zz / file).write_text((zz / file).read_text() + "#" * 10_000_000)
    (problem,) = problems("zz", zz.parent)
    assert problem.code == "PACK-01"
    assert "characters, at most 500,000" in str(problem)


@pytest.mark.parametrize("text", ["[" * 50_000, "{a: " * 300 + "b" + "}" * 300, "- " * 300 + "a"], ids=["[", "{", "-"])
def test_nesting_without_end_is_refused(zz: Path, text: str) -> None:
    """However deep a text is nested, the answer is an error in words."""
    (zz / PACK).write_text(text)
    (problem,) = problems("zz", zz.parent)
    assert problem.code == "PACK-01"
    assert re.search("nested too deeply|nested more than 100 deep", str(problem))


@pytest.mark.parametrize("file", [PACK, CASES])
@pytest.mark.parametrize("raw", [b"pack: \xff\n", b"pack: z\0z\n", b"\x00" * 64, b"\xff\xfep\x00"], ids=repr)
def test_bytes_that_are_no_text_are_refused(zz: Path, file: str, raw: bytes) -> None:
    """Neither a NUL nor what is not UTF-8 is read as something else."""
    (zz / file).write_bytes(raw)
    assert codes(zz) == ["PACK-01"]


def test_sources_that_are_no_text_are_refused(zz: Path) -> None:
    """sources.md is told as the YAML is."""
    (zz / SOURCES).write_bytes(b"## act\n\xff")
    assert codes(zz) == ["PACK-01"]


@pytest.mark.parametrize("file", [PACK, CASES, SOURCES])
def test_a_folder_is_no_file(zz: Path, file: str) -> None:
    """A folder of that name is refused, and not searched."""
    (zz / file).unlink()
    (zz / file).mkdir()
    assert codes(zz) == {PACK: ["PACK-01"], CASES: ["PACK-01"], SOURCES: ["PACK-18"]}[file]


@pytest.mark.parametrize(("file", "code"), [(PACK, "PACK-08"), (CASES, "PACK-01"), (SOURCES, "PACK-18")])
def test_a_file_that_is_missing_is_named(zz: Path, file: str, code: str) -> None:
    """Each of the three files is needed."""
    (zz / file).unlink()
    assert codes(zz) == [code]


@pytest.mark.parametrize("file", [PACK, CASES, SOURCES])
@pytest.mark.parametrize("spoil", [lambda text: b"\xef\xbb\xbf" + text, lambda text: text.replace(b"\n", b"\r\n")],
                         ids=["byte order mark", "CRLF"])
def test_what_editors_on_other_systems_write_is_fine(zz: Path, file: str, spoil: object) -> None:
    """A byte order mark and CRLF are no fault of the author's."""
    (zz / file).write_bytes(spoil((zz / file).read_bytes()))  # type: ignore[operator]
    assert codes(zz) == []


def test_norway_is_a_country(zz: Path) -> None:
    """NO is a code and not an answer."""
    (zz / PACK).write_text((zz / PACK).read_text().replace("jurisdiction: ZZ", "jurisdiction: NO"))
    assert codes(zz) == []


def test_a_study_or_policy_that_is_not_yaml_is_refused() -> None:
    """Outside packs the same mistake has a code of its own."""
    with pytest.raises(InputError, match=r"policy.yaml:1:\d+") as caught:
        read("any: [", "policy.yaml")
    assert caught.value.code == "CON-01"
