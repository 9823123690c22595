"""CSV lists come back as they were written, hold no formula, and give bad rows as errors."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.errors import InputError
from hashgrade.exchange import csvlist
from hashgrade.exchange.listed import Listed
from hashgrade.nouns import Kind


def hexes(chars: int) -> st.SearchStrategy[str]:
    return st.text("0123456789abcdef", min_size=chars, max_size=chars)


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=12)
LINES = st.builds(
    Listed, sha256=hexes(64), md5=st.none() | hexes(32), sha1=st.none() | hexes(40), pdq=st.none() | hexes(64),
    pdq_quality=st.none() | st.integers(0, 100), kind=st.sampled_from(Kind),
    extra=st.fixed_dictionaries({"note": CELLS, "=owner": CELLS}))
SHA, MD5 = "ab" * 32, "cd" * 16


def text_of(lines: list[Listed], extra: tuple[str, ...] = ()) -> list[str]:
    rows = [csvlist.header((), extra), *(csvlist.row(one, (), extra) for one in lines)]
    return list(io.StringIO("".join(rows), newline=""))


@given(st.lists(LINES, max_size=8))
def test_what_is_written_reads_back(lines: list[Listed]) -> None:
    """Every line comes back equal, unknown columns and their live characters included."""
    assert list(csvlist.read(text_of(lines, ("note", "=owner")))) == lines


@given(st.lists(LINES, max_size=4))
def test_no_cell_is_a_formula(lines: list[Listed]) -> None:
    """No cell of a written list begins with a character that a spreadsheet runs."""
    cells = [cell for row in csv.reader(text_of(lines, ("note", "=owner"))) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


def test_verdicts_have_a_column_each_and_undecided_is_empty() -> None:
    """A pack's outcome stands in its column; a pack without one leaves it empty."""
    one = Listed(sha256=SHA, md5=MD5, kind=Kind.IMAGE, verdicts={"uk-ew": "A"})
    packs = ["uk-ew", "us-industry"]
    rows = list(csv.reader([csvlist.header(packs), csvlist.row(one, packs)]))
    assert rows[0] == ["sha256", "md5", "sha1", "pdq", "pdq_quality", "kind", "uk-ew", "us-industry"]
    assert rows[1] == [SHA, MD5, "", "", "", "image", "A", ""]


def test_columns_are_known_by_name_in_any_order() -> None:
    """Order, letter case and a byte order mark do not matter; upper-case hex becomes lower."""
    rows = ["\ufeffKind,MD5,Origin\n", f"Image,{MD5.upper()},elsewhere\n"]
    assert list(csvlist.read(rows)) == [Listed(md5=MD5, kind=Kind.IMAGE, extra={"Origin": "elsewhere"})]


def test_semicolons_are_read_too() -> None:
    """A list cut by semicolons, as INTERPOL's is, reads alike."""
    rows = ["MD5;SHA1;Image ID;Series name\n", f"{MD5};;7;a,b\n"]
    assert list(csvlist.read(rows)) == [Listed(md5=MD5, extra={"Image ID": "7", "Series name": "a,b"})]


@pytest.mark.parametrize(("row", "words"), [
    (f"{SHA[:-1]},,\n", r"LST-02.*64 hex characters, got 63 characters[\s\S]*list.csv:3"),
    (f"{SHA[:-1]}g,,\n", r"LST-02.*`sha256`"),
    (f"{SHA},101,\n", r"LST-03.*0 to 100"),
    (f"{SHA},-1,\n", r"LST-03.*0 to 100"),
    (f"{SHA},,poem\n", r"LST-03.*`kind` is not one of image, video, other"),
    (",,image\n", r"LST-04.*expected a digest"),
    (f"{SHA}\n", r"LST-05.*1 cells, expected 3"),
    (f'"{"x" * 140_000}",,\n', r"LST-05.*not CSV"),
])
def test_a_bad_row_is_an_error_and_the_rest_goes_on(row: str, words: str) -> None:
    """Each bad row gives its own error with its line, between the good rows around it."""
    good = f"{SHA},50,image\n"
    first, second, third = csvlist.read(["sha256,pdq_quality,kind\n", good, row, good])
    assert isinstance(first, Listed)
    assert first == third
    with pytest.raises(InputError, match=words) as caught:
        raise second if isinstance(second, InputError) else AssertionError(second)
    assert SHA[:20] not in str(caught.value)


@pytest.mark.parametrize(("header", "words"), [
    ("", "LST-01.*none of sha256"), ("name,size\n", "LST-01.*none of sha256"), ("md5,MD5\n", "LST-01.*`md5` twice"),
])
def test_a_header_without_digests_is_refused(header: str, words: str) -> None:
    """LST-01: a file that could recognise nothing is not a list."""
    with pytest.raises(InputError, match=words):
        list(csvlist.read([header] if header else []))
