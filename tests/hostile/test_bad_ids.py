"""Files of UCS ids that are not: each is refused with its place, names no id, and nothing is written."""

import stat
from pathlib import Path

import pytest

from hashgrade.errors import Conflict, HashgradeError, InputError
from hashgrade.exchange import csvlist, ucs
from hashgrade.exchange.listed import Listed
from hashgrade.law.crossing import back, out
from hashgrade.law.grades import grade_of

HEAD = "fact,value,ucs\n"
GOOD = HEAD + "depiction,photographic,X-1\nactivity,oral,X-2\nage_band,0-2,X-3\nage_band,3-6,X-3\n"


def take(station: Path, text: str | bytes) -> ucs.Taken:
    return ucs.take(station, text if isinstance(text, bytes) else text.encode(), "ids.csv")


@pytest.mark.parametrize(("text", "words"), [
    ("", "XWK-07.*columns fact, value, ucs"), (b"\xff\xfe", "XWK-07.*not UTF-8"),
    ("fact,value\ndepiction,photographic\n", "XWK-07.*columns"), (HEAD.replace("ucs", "id"), "XWK-07.*columns"),
    ("fact,fact,ucs\n", "XWK-07.*columns"), ("fact;value;ucs\n", "XWK-07.*columns"),
    (HEAD + "depiction,photographic\n", r"XWK-07.*2 cells, expected 3[\s\S]*ids.csv:2"),
    (HEAD + "depiction,photographic,X-1,\n", "XWK-07.*4 cells"),
    (HEAD + 'depiction,"photographic,X-1\n', r"XWK-07.*not CSV"),
    (HEAD + "depiction,photographic,\n", "XWK-07.*`depiction` `photographic` is empty"),
    (HEAD + "depiction,photographic,  \n", "XWK-07.*is empty"),
    (HEAD + "depiction,photographic,=1+1\n", "XWK-07.*is not 1 to 64"),
    (HEAD + "depiction,photographic,'=1\n", "XWK-07.*is not 1 to 64"),
    (HEAD + "depiction,photographic,@x\n", "XWK-07.*is not 1 to 64"),
    (HEAD + "depiction,photographic," + "X" * 65 + "\n", "XWK-07.*is not 1 to 64"),
    (HEAD + "depiction,photographic,X\0\n", "XWK-07"), (HEAD + "depiction,photographic,X 1\n", "XWK-07"),
    (HEAD + "depictoin,photographic,X-1\n", r"XWK-03.*`depictoin`[\s\S]*ids.csv:2[\s\S]*did you mean `depiction`"),
    (HEAD + "=depiction,photographic,X-1\n", "XWK-03"), (HEAD + ",,X-1\n", "XWK-03"),
    (HEAD + "depiction,photograph,X-1\n", r"XWK-04.*`photograph`[\s\S]*did you mean `photographic`"),
    (HEAD + "child_count,2,X-1\n", "XWK-04"), (HEAD + "depiction,cannot_determine,X-1\n", "XWK-04"),
    (GOOD + "depiction,photographic,X-9\n", r"XWK-05.*second time, with another id[\s\S]*ids.csv:6"),
    (HEAD + "depiction,photographic,X-1\n" * 400_000, "XWK-07.*bytes, at most"),
    (HEAD + "depiction,photographic," + "X" * 200_000, "XWK-07"),
])
def test_a_bad_file_writes_nothing(tmp_path: Path, text: str | bytes, words: str) -> None:
    """What stood there stands as it was, with no part of a file beside it."""
    take(tmp_path, HEAD + "layout,grid,Y-7\n")
    before = ucs.ids_file(tmp_path).read_bytes()
    with pytest.raises(InputError, match=words) as caught:
        take(tmp_path, text)
    assert "X-1" not in str(caught.value)
    assert ucs.ids_file(tmp_path).read_bytes() == before
    assert [path.name for path in ucs.ids_file(tmp_path).parent.iterdir()] == ["ucs.csv"]


def test_ids_are_the_owners_alone(tmp_path: Path) -> None:
    """The file has mode 0600: the ids were given to an approved party."""
    done = take(tmp_path, GOOD)
    assert (done.added, done.total) == (4, 4)
    assert stat.S_IMODE(done.path.stat().st_mode) == 0o600


def test_the_same_file_again_changes_nothing_and_another_adds(tmp_path: Path) -> None:
    """A byte order mark, another order of columns, and rows that stand there already make no difference."""
    take(tmp_path, GOOD)
    before = ucs.ids_file(tmp_path).read_bytes()
    assert take(tmp_path, "\ufeff" + GOOD.replace("\n", "\r\n") + "\n").added == 0
    assert ucs.ids_file(tmp_path).read_bytes() == before
    assert take(tmp_path, "UCS,fact,value\nZ-1,layout,grid\n").total == 5


def test_another_id_than_the_stations_is_a_conflict(tmp_path: Path) -> None:
    """Nothing is replaced in silence, and the other rows of the file are not taken either."""
    take(tmp_path, GOOD)
    with pytest.raises(Conflict, match=r"XWK-09.*`depiction` `photographic`"):
        take(tmp_path, HEAD + "layout,grid,Z-1\ndepiction,photographic,X-8\n")
    assert "Z-1" not in ucs.ids_file(tmp_path).read_text()


def test_a_damaged_file_of_the_station_is_told(tmp_path: Path) -> None:
    """What stands in the station is checked as what comes in is."""
    take(tmp_path, GOOD)
    ucs.ids_file(tmp_path).write_text(GOOD.replace("oral", "orl"))
    with pytest.raises(InputError, match=r"XWK-04.*`orl`"):
        ucs.of_station(tmp_path)
    ucs.ids_file(tmp_path).unlink()
    ucs.ids_file(tmp_path).mkdir()
    with pytest.raises(HashgradeError, match=r"XWK-07.*cannot be read"):
        ucs.of_station(tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The system's reason is passed on."""
    (tmp_path / "crosswalks").write_text("")
    with pytest.raises(InputError, match=r"XWK-07|CMD-02"):
        take(tmp_path, GOOD)


def test_one_id_is_exact_and_a_shared_one_is_broader(tmp_path: Path) -> None:
    """An id that several values have is sent for each, and reads back as none of them."""
    take(tmp_path, GOOD)
    mine = ucs.of_station(tmp_path)
    some = grade_of({"facts": {"depiction": "photographic"}, "children": [{"age_band": "0-2"}, {"age_band": "3-6"}]})
    codes, unmapped = out(some, {}, mine)
    assert codes == {"ucs": ["X-1", "X-3"]}
    assert not unmapped
    said, (unread,) = back(codes, mine)
    assert [(one.fact, one.value) for one in said] == [("depiction", "photographic")]
    assert unread.code == "X-3"


def test_codes_that_contradict_each_other_are_an_error(tmp_path: Path) -> None:
    """A medium is not both a photograph and none."""
    take(tmp_path, GOOD + "depiction,non_photographic,X-4\n")
    with pytest.raises(InputError, match=r"XWK-08.*contradict each other.*`depiction`"):
        back({"ucs": ["X-1", "X-4"]}, ucs.of_station(tmp_path))


def test_labels_have_an_empty_column_until_ids_are_imported(tmp_path: Path) -> None:
    """The column `ucs` is there from the start; only answers have a line, and each has its id once it is known."""
    one = Listed(sha256="ab" * 32, grade=grade_of({
        "facts": {"depiction": "photographic", "origin": "cannot_determine", "child_count": 1, "series": "s"},
        "children": [{"activity": ["oral", "cannot_determine"]}]}))

    def cells() -> list[list[str]]:
        return [row.strip().split(",")[1:] for row in csvlist.label_rows(one, ucs.of_station(tmp_path))]

    assert csvlist.label_header() == "sha256,fact,value,ucs\n"
    assert cells() == [["depiction", "photographic", ""], ["activity", "oral", ""]]
    take(tmp_path, GOOD)
    assert cells() == [["depiction", "photographic", "X-1"], ["activity", "oral", "X-2"]]
