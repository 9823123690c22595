"""Study files spoiled at random: each is right, or refused with code and place, and none ends in a traceback."""

import re
from pathlib import Path
from random import Random

import pytest

from hashgrade.errors import InputError
from hashgrade.law.load import DATA
from hashgrade.studies.checking import checked
from hashgrade.studies.count import count
from hashgrade.studies.schema import parse
from hashgrade.studies.snapshot import Snapshot
from hashgrade.studies.study import FOLDER
from tests.pure.studies.population import START, taken

FILES = [DATA / "new-study.yaml", *sorted(FOLDER.glob("*.yaml"))]
TOKEN = re.compile(r"[A-Za-z0-9_.-]+")
VALUES = [
    "7", "-1", "0", "99999999999999999999", "1.5", "null", "~", "true", "no", "[]", "{}", "[a]", "{a: b}", "{1: 2}",
    "''", "2023-01-01", "2023-01-01T00:00:00Z", "9999-12-31", "verdict.zz", "verdict.uk-ew", "verdict.*",
    "protocol.x", "protocol.overlay", "stratum", "month", "week", "media", "url", "child", "report", "cluster", "all",
    "any", "not", "is", "in", "under", "over", "everything", "year", "cannot_determine", "not_determined", "source",
    "site_type", "children", "activity", "*a", "&a b", "!x y", "'\"'", "\"\\u0000\"", "\"'; --\"", "é", "sum",
    "at_least", "measure"]
MARKS = list(":{}[],#-'\"\t&*!|>%@` \n")


def spoiled(text: str, chance: Random) -> str:
    """The text after one to three small changes, each of a kind that people make, or a broken disk."""
    ways = [another_word, another_word, another_word, without_line, line_elsewhere, a_mark]
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        text = chance.choice(ways)(text, chance)
    return text


def another_word(text: str, chance: Random) -> str:
    """One word gives way to another one of the file, or to something else."""
    words = list(TOKEN.finditer(text))
    word = chance.choice(words)
    other = chance.choice([chance.choice(words)[0], chance.choice(VALUES), chance.choice(VALUES)])
    return text[:word.start()] + other + text[word.end():]


def without_line(text: str, chance: Random) -> str:
    """A line is lost."""
    lines = text.splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return "".join(lines)


def line_elsewhere(text: str, chance: Random) -> str:
    """A line stands somewhere else too, perhaps at another depth."""
    lines = text.splitlines(keepends=True)
    line = chance.choice(["", "  ", "    "]) + chance.choice(lines).lstrip(" ")
    lines.insert(chance.randrange(len(lines)), line)
    return "".join(lines)


def a_mark(text: str, chance: Random) -> str:
    """A mark slips in, or a character out."""
    place = chance.randrange(len(text))
    return text[:place] + chance.choice(MARKS) + text[place + chance.randrange(2):]


def wrong(text: str, folder: Path, records: Snapshot) -> list[InputError]:
    """What is wrong with a text: what its check says; where that finds nothing, what counting it says."""
    file = folder / "s.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        if found := checked(file).wrong:
            return list(found)
        study = parse(text, "s.yaml")
        count(study, records, study.period or (START.date(), START.date().replace(month=12, day=31)))
    except InputError as error:
        return [error]
    return []


def trial(seed: int, folder: Path, records: Snapshot) -> bool:
    """Whether one file, spoiled by a seed, is right; if not, all that is wrong in it has a place."""
    chance = Random(f"studies {seed}")
    found = wrong(spoiled(chance.choice(FILES).read_text(encoding="utf-8"), chance), folder, records)
    placeless = [error for error in found if not re.match(r"s\.yaml:\d+:\d+$|s\.yaml$", error.where)]
    assert not placeless
    return not found


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A few records."""
    return taken(tmp_path_factory.mktemp("snapshot"), 1, 60)


def test_a_spoiled_study_is_right_or_refused_with_its_place(tmp_path: Path, records: Snapshot) -> None:
    """A few small changes to a good file never end in anything but a coded error; some change nothing that matters."""
    found = [trial(seed, tmp_path, records) for seed in range(20)]
    assert False in found


@pytest.mark.deep
def test_many_spoiled_studies_are_right_or_refused_with_their_place(tmp_path: Path, records: Snapshot) -> None:
    """The same of 500 files, of which some stay right and many do not."""
    found = [trial(seed, tmp_path, records) for seed in range(100, 600)]
    assert found.count(True) > 50
    assert found.count(False) > 200
