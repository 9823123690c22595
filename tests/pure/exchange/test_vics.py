"""VICS files are read record by record, keep what we do not know, and say where they are wrong."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.errors import InputError
from hashgrade.exchange import vics
from hashgrade.exchange.listed import Listed
from hashgrade.law.grades import grade_of

NOW = datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)
MD5, SHA1, SHA, PDQ = "cd" * 16, "ef" * 20, "ab" * 32, "12" * 32


def read(text: str) -> list[Listed | InputError]:
    return list(vics.read(io.StringIO(text)))


def written(lines: list[Listed]) -> str:
    return vics.HEAD + vics.BETWEEN.join(vics.record(one, NOW) for one in lines) + vics.TAIL


def hash_set(*medias: object) -> str:
    return json.dumps({"@odata.context": vics.CONTEXT, "value": medias})


def hexes(chars: int) -> st.SearchStrategy[str]:
    return st.text("0123456789abcdef", min_size=chars, max_size=chars)


NAMES = st.sampled_from(["Series", "Tags", "Comments", "Exifs", "Owner's own"])
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=5), max_size=3)
LINES = st.builds(
    Listed, md5=hexes(32), sha1=st.none() | hexes(40), sha256=st.none() | hexes(64), pdq=st.none() | hexes(64),
    size_bytes=st.none() | st.integers(0, 2**63 - 1), extra=st.dictionaries(NAMES, VALUES, max_size=4))


@given(st.lists(LINES, max_size=6))
def test_what_is_written_reads_back(lines: list[Listed]) -> None:
    """Digests, size and every unknown field come back equal."""
    back = read(written(lines))
    assert [plain(one) for one in back] == [plain(one) for one in lines]


def plain(one: Listed | InputError) -> tuple[object, ...]:
    assert isinstance(one, Listed)
    extra = {key: value for key, value in one.extra.items() if key not in ("MediaID", "Category", "DateUpdated")}
    return one.md5, one.sha1, one.sha256, one.pdq, one.size_bytes, extra


def test_a_written_set_is_a_vics_2_hash_set() -> None:
    """Header, upper-case MD5, carriers for SHA-256 and PDQ, a positive 64-bit id and a null category are there."""
    found = json.loads(written([Listed(sha256=SHA, md5=MD5, pdq=PDQ, size_bytes=9)]))
    assert found["@odata.context"].endswith("DataModels/2.0.xml/Default/$metadata#Media")
    media = found["value"][0]
    assert media["MD5"] == MD5.upper()
    assert media["Category"] is None
    assert 0 <= media["MediaID"] < 2**63
    assert media["AlternativeHashes"] == [
        {"HashName": "SHA256", "HashValue": SHA}, {"HashName": "PDQ", "HashValue": PDQ}]


def media_of(*lines: Listed) -> list[dict[str, Any]]:
    return list(json.loads(written(list(lines)))["value"])


def test_the_category_is_the_outcome_of_the_pack_in_use() -> None:
    """An outcome 1 to 4 becomes the category, a decided `none` is 0, non-pertinent, and undecided stays null."""
    lines = [*(Listed(md5=MD5, verdicts={"vics-us": outcome}) for outcome in ("1", "3", "none")), Listed(md5=MD5)]
    assert [media["Category"] for media in media_of(*lines)] == [1, 3, 0, None]


def test_another_pack_is_no_category() -> None:
    """Only `vics-us` is read, whatever outcomes another pack has."""
    assert media_of(Listed(md5=MD5, verdicts={"au-ibs": "1"}))[0]["Category"] is None


@pytest.mark.parametrize(("facts", "children", "flags"), [
    ({"origin": "self_generated"}, None, {"SelfGenerated": True}),
    ({"origin": "other_present"}, None, {"SelfGenerated": False}),
    ({"origin": "unknown"}, None, {}), ({"origin": "cannot_determine"}, None, {}), ({}, None, {}),
    ({}, [{"identified": "yes"}], {"VictimIdentified": True}),
    ({}, [{"identified": "no"}], {"VictimIdentified": False}),
    ({}, [{"identified": "yes"}, {"identified": "no"}], {}), ({}, [{"identified": "cannot_determine"}], {}),
    ({"child_count": 2}, [{"identified": "yes"}], {}), ({}, [{}], {}), ({}, [], {}),
])
def test_a_flag_is_there_only_where_it_was_answered(facts: Any, children: Any, flags: dict[str, bool]) -> None:
    """What nobody answered, could determine or said of every child is left out, and never false."""
    one, = media_of(Listed(md5=MD5, grade=grade_of({"facts": facts, "children": children})))
    assert {name: one[name] for name in vics.BOOLEANS if name in one} == flags


def test_what_came_in_stays_as_it_was() -> None:
    """A flag in `extra` is another's word, and is written as it came."""
    extra = {"SelfGenerated": False, "IsDistributed": True}
    one, = media_of(Listed(md5=MD5, grade=grade_of({"facts": {"origin": "self_generated"}}), extra=extra))
    assert (one["SelfGenerated"], one["IsDistributed"]) == (False, True)


def test_a_flag_that_was_written_reads_back_as_a_claim() -> None:
    """Our reader takes what our writer wrote for the word of a source, and decides nothing by it."""
    one, = read(written([Listed(md5=MD5, grade=grade_of({"facts": {"origin": "self_generated"}}))]))
    assert isinstance(one, Listed)
    assert one.extra["SelfGenerated"] is True
    assert one.grade is None


def test_a_line_without_md5_is_no_record() -> None:
    """VICS demands an MD5, so a line without one cannot be written."""
    with pytest.raises(ValueError, match="needs an MD5"):
        vics.record(Listed(sha256=SHA), NOW)


def test_no_thumbnail_passes() -> None:
    """`Miniature` is dropped on the way in and on the way out."""
    one, = read(hash_set({"MD5": MD5, "Miniature": "AAAA"}))
    assert isinstance(one, Listed)
    assert "Miniature" not in one.extra
    assert "Miniature" not in written([Listed(md5=MD5, extra={"Miniature": "AAAA"})])


def test_what_is_seen_in_the_wild_is_read() -> None:
    """A byte order mark, booleans as strings and a 1.3 header make no difference."""
    media = {"MediaID": 1, "MD5": MD5.upper(), "SHA1": SHA1, "IsPrecategorized": "True"}
    header = {"odata.metadata": "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media"}
    one = Listed(md5=MD5, sha1=SHA1, extra={"MediaID": 1, "IsPrecategorized": True})
    assert read("\ufeff" + json.dumps(header | {"value": [media]})) == [one]


def test_a_case_gives_its_media() -> None:
    """The media of every case in the file come out, whatever the case says around them."""
    cases = [{"CaseID": "x", "Media": [{"MD5": MD5}], "TotalMediaFiles": 1}, {"Media": [{"MD5": MD5}, {"SHA1": SHA1}]}]
    assert [one.md5 or one.sha1 for one in read(hash_set(*cases)) if isinstance(one, Listed)] == [MD5, MD5, SHA1]


@given(st.integers(1, 400))
def test_the_size_of_a_read_does_not_matter(step: int) -> None:
    """A stream that gives a few characters at a time reads like the whole."""
    medias: list[dict[str, Any]] = [{"MD5": MD5, "MediaID": n, "Comments": "x" * n} for n in range(3)]

    class Slow(io.StringIO):
        def read(self, size: int | None = -1) -> str:
            return super().read(min(step, size or step))

    assert len(list(vics.read(Slow(hash_set(*medias))))) == 3


@pytest.mark.parametrize(("text", "words"), [
    ("", r"VIC-01.*ends here"),
    ("[]", r"VIC-01.*expected '\{'"),
    ("{}", r"VIC-02.*`value`"),
    ('{"value": 3}', r"VIC-02.*`value`"),
    ('{"value": [{"MD5": "' + MD5 + '"}', r"VIC-01.*ends here"),
    ('{"value": [{"MD5": nonsense}]}', r"VIC-01[\s\S]*vics.json:1:20"),
    ('{"value": [\n{"MD5": "x"},\n{"MD5" "x"}]}', r"VIC-01[\s\S]*vics.json:3:8"),
    ('{"value": [' + "[" * 100_000, r"VIC-01"),
    ('{"value": [{"MediaID": ' + "9" * 9000 + "}]}", r"VIC-01.*too long"),
    ("GIF89a", r"VIC-01.*vics.json:1:1|VIC-01[\s\S]*1:1"),
])
def test_a_file_that_is_no_vics_says_where(text: str, words: str) -> None:
    """Damage is named with its line and column."""
    with pytest.raises(InputError, match=words):
        read(text)


@pytest.mark.parametrize(("media", "words"), [
    ({"MD5": "zz"}, r"LST-02.*`md5`[\s\S]*vics.json:1:\d+"), ({"MD5": 7}, r"LST-02.*a number"),
    ({"Category": 1}, "LST-04"), ("text", "VIC-02.*got text"), ({"MD5": MD5, "MediaSize": -1}, "LST-03"),
    ({"MD5": MD5, "MediaSize": True}, "LST-03"),
])
def test_a_bad_record_is_an_error_and_the_rest_goes_on(media: object, words: str) -> None:
    """One record that cannot be used does not stop the others."""
    first, second, third = read(hash_set({"MD5": MD5}, media, {"MD5": MD5}))
    assert isinstance(first, Listed)
    assert isinstance(third, Listed)
    with pytest.raises(InputError, match=words):
        raise second if isinstance(second, InputError) else AssertionError(second)
