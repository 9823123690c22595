"""Bad lines of a records file: each has a coded error with its place, and the rest goes on."""

import gzip
import io
import json

import pytest

from hashgrade.errors import HashgradeError
from hashgrade.exchange import lines as line_format
from hashgrade.exchange import records
from hashgrade.exchange.lines import Record, parsed, written
from hashgrade.exchange.records import Told, import_records
from hashgrade.nouns import Grade
from hashgrade.store import queries
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, CY, grade, item, reading, settlement, sha

GOOD = f'{{"type": "item", "sha256": "{sha(1)}", "first_seen": "2023-04-01T09:00:00Z"}}'
ABOUT = f'"sha256": "{sha(1)}"'
READ = f'{{"type": "reading", {ABOUT}, "reader": "ada", "at": "2023-04-01T09:00:00Z", "facts": {{}}, "children": []}}'
SETTLE = READ.replace("reading", "settlement").replace("reader", "by")
SIGHT = f'{{"type": "sighting", {ABOUT}, "url": "https://a.example", "seen_at": "2023-04-01T09:00:00Z"}}'


def bring(store: Store, data: bytes) -> list[HashgradeError]:
    """Import a file held in memory and give the errors."""
    errors: list[HashgradeError] = []
    tally = import_records(store, io.BytesIO(data), CY, "f.jsonl", Told(refused=errors.append))
    assert tally.refused == len(errors)
    return errors


BAD = [
    ('{"type": "item", "sha256": ', "LIN-01", "not JSON", 28),
    ('{"type": "item" "sha256"}', "LIN-01", "not JSON", 17),
    ("[1, 2]", "LIN-01", "one JSON object", 1),
    ('{"type": NaN}', "LIN-01", "NaN", 1),
    ('{"x": 1e999}', "LIN-01", "too large", 1),
    ('{"a": 1, "a": 2}', "LIN-01", "twice", 1),
    ('{"x": "\\ud800"}', "LIN-01", "surrogate", 1),
    ('{"x": ' + "[" * 40 + "]" * 40 + "}", "LIN-01", "nested", 1),
    ('{"x": ' + "[" * 100_000 + "]" * 100_000 + "}", "LIN-01", "nested", 1),
    ("[" * 400_000, "LIN-01", "not JSON|nested", 1),
    ("{}", "LIN-02", "`type` is missing", 1),
    ('{"x": {"type": "item"}}', "LIN-02", "`type` is missing", 1),
    ('{"type": null}', "LIN-02", "`type` is missing", 1),
    ('{"type": ["item"]}', "LIN-02", "report, item", 2),
    (GOOD.replace('"item"', '"itme"'), "LIN-02", "did you mean `item`", 2),
    (GOOD.replace("first_seen", "seen_first"), "LIN-03", "`first_seen` is missing", 1),
    (READ.replace('"reader"', '"by"'), "LIN-03", "`reader` is missing", 1),
    (READ.replace('"facts": {}, ', ""), "LIN-03", "`facts` is missing", 1),
    (READ.replace('"facts": {}', '"facts": null'), "LIN-03", "`facts` is missing", 1),
    (SETTLE.replace('"facts": {}, ', ""), "LIN-03", "`facts` is missing", 1),
    (READ.replace('"facts": {}', '"facts": []'), "GRA-01", "map of answers, got an empty list", None),
    (READ.replace('"facts": {}', '"facts": ""'), "GRA-01", "map of answers, got an empty text", None),
    (READ.replace("[]", '[{"activity": []}]'), "GRA-03", "at least one label, not an empty list", None),
    (GOOD.replace(sha(1), "12ab"), "LIN-04", "`sha256`: expected 64 hex", 18),
    ('{"x": ["sha256"], ' + GOOD.replace(sha(1), "12ab")[1:], "LIN-04", "`sha256`: expected 64 hex", 35),
    (GOOD.replace("09:00:00Z", "09:00:00"), "LIN-04", "`first_seen`: expected a time with its zone", 96),
    (GOOD.replace('"2023-04-01T09:00:00Z"', "20230401"), "LIN-04", "a time with its zone", 96),
    (GOOD.replace("2023-04-01T09:00:00Z", "0001-01-01T00:00:00+14:00"), "LIN-04", "a time with its zone", 96),
    (GOOD[:-1] + ', "kind": "film"}', "LIN-04", "image, video, other", 134),
    (GOOD[:-1] + ', "known": "yes"}', "LIN-04", "graded, claimed, near", 134),
    (GOOD[:-1] + ', "pdq_quality": 101}', "LIN-04", "0 to 100", 134),
    (GOOD[:-1] + ', "pdq_quality": true}', "LIN-04", "0 to 100", 134),
    (GOOD[:-1] + ', "size_bytes": -1}', "LIN-04", "`size_bytes`", 134),
    (SIGHT[:-1] + ', "original_upload": "no"}', "LIN-04", "true or false", None),
    (SIGHT.replace("https://a.example", ""), "LIN-04", "`url`: expected text", None),
    (READ[:-1] + ', "seconds_visible": "long"}', "LIN-04", "seconds", None),
    (READ.replace("{}", '{"depictoin": "photographic"}'), "GRA-02", "depictoin", None),
    (READ.replace("{}", '{"depiction": "drawn"}'), "GRA-03", "depiction", None),
    (READ.replace("[]", '[{"activity": ["none", "witness"]}]'), "GRA-04", "none", None),
    (READ.replace("{}", '{"child_count": 0}').replace("[]", '[{"sex": "girl"}]'), "GRA-04", "child_count", None),
]


@pytest.mark.parametrize(("text", "code", "words", "column"), BAD)
def test_a_bad_line_is_told_with_its_place(store: Store, text: str, code: str, words: str, column: int | None) -> None:
    """The error says what was expected, with file, line and column; the lines around it are filed."""
    data = f"{GOOD}\n{text}\n{GOOD.replace(sha(1), sha(2))}\n".encode()
    (error,) = bring(store, data)
    assert error.code == code
    assert any(word in str(error) for word in words.split("|")), str(error)
    assert error.where.startswith(f"f.jsonl:2:{column}" if column else "f.jsonl:2:")
    assert queries.counts()["items"] == 2


def test_a_line_that_is_not_text(store: Store) -> None:
    """Bytes that are not UTF-8 are told at their column."""
    (error,) = bring(store, b'{"type": "\xff"}\n')
    assert (error.code, error.where) == ("LIN-01", "f.jsonl:1:11")


def test_errors_do_not_repeat_the_line(store: Store) -> None:
    """Addresses and names in a bad line do not leak into its error."""
    (error,) = bring(store, SIGHT.replace("Z", "").encode())
    assert "a.example" not in str(error)


def test_a_line_without_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line longer than any record is skipped without holding it in memory."""
    monkeypatch.setattr(records, "LINE_BYTES_MAX", 1_000)
    (error,) = bring(store, b'{"x": "' + b"a" * 5_000 + b'"}\n' + GOOD.encode())
    assert (error.code, error.where, queries.counts()["items"]) == ("LIN-05", "f.jsonl:1:1", 1)


@pytest.mark.parametrize("harm", [lambda data: data[:-20], lambda data: data[:40] + b"\0\0\0\0" + data[44:]])
def test_a_damaged_gzip(store: Store, harm) -> None:  # type: ignore[no-untyped-def]
    """A compressed file that breaks off is told, and what came before is kept."""
    data = gzip.compress("\n".join(GOOD.replace(sha(1), sha(n)) for n in range(3_000)).encode())
    (*_, error) = bring(store, harm(data))
    assert error.code == "LIN-06"


def test_blank_lines_are_nothing(store: Store) -> None:
    """Empty lines are not records and not errors, and they count as lines."""
    (error,) = bring(store, b"\n\n  \n{}\n")
    assert error.where == "f.jsonl:4:1"


@pytest.mark.parametrize(("last", "code"), [
    (reading(1, ADA, grade(indecent="no")), "STO-06"),
    (reading(1, ADA, grade(indecent="no"), 9), "STO-06"),
    (reading(1, ADA, grade(indecent="no"), 9, supersedes=item(9).first_seen), "STO-07"),
    (reading(7, ADA, Grade()), "STO-14"),
    (reading(1, CY, Grade()), "STO-08"),
    (settlement(1, BEN, Grade()), "STO-09"),
    (settlement(1, CY, Grade()), "STO-06"),
    (item(1, md5="1" * 32), "STO-05"),
])
def test_a_line_that_contradicts_the_records(store: Store, last: Record, code: str) -> None:
    """What cannot stand beside what is on file is told with its line, and changes nothing."""
    on_file: list[Record] = [
        item(1, md5="0" * 32), reading(1, ADA, grade(indecent="yes")), reading(1, BEN, Grade()),
        settlement(1, CY, grade(indecent="yes"))]
    assert bring(store, b"".join(map(written, on_file))) == []
    before = queries.counts()
    (error,) = bring(store, b"\n" + written(last) + written(on_file[0]))
    assert (error.code, error.where) == (code, "f.jsonl:2:1")
    assert queries.counts() == before


def test_every_prefix_of_a_line_is_refused_or_read() -> None:
    """A file cut anywhere ends in a coded error, never in a crash."""
    line = READ.encode()
    for end in range(1, len(line)):
        with pytest.raises(HashgradeError):
            parsed(line[:end], "f:1")


def test_no_key_of_the_format_is_lost_to_a_wrong_type() -> None:
    """Whatever JSON value stands where another belongs, the answer is a record or a coded error."""
    values = [None, True, 0, -1, 1.5, "", "x", [], {}, ["none"], {"a": 1}, 10**30]
    for _name, keys in line_format._FORMS.values():
        for base in (GOOD, READ, SIGHT):
            for key in keys:
                for value in values:
                    assert _place({**json.loads(base), key: value}).startswith("f:1")


def _place(tree: dict[str, object]) -> str:
    try:
        parsed(json.dumps(tree).encode(), "f:1")
    except HashgradeError as error:
        return error.where
    return "f:1"
