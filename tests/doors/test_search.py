"""Search: digests as lines, and files that are matched and are nowhere afterwards."""

import csv
import io
import os
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from hashgrade.access import Role
from hashgrade.app import decoders
from hashgrade.fingerprints import exact
from hashgrade.matching import of_medium
from hashgrade.nouns import Claim, Item, Sighting
from hashgrade.serve import station as serving
from hashgrade.serve.quality.known import KNOWN
from hashgrade.settings import Serving
from tests import cast, synth
from tests.cast import Clock, sha
from tests.doors.pages import Workbench, workbench
from tests.hostile.strings import STRINGS

MANY = 300_000
"""The upload limit here, in bytes."""


def encoded(picture: Any, kind: str = "PNG", **how: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, **how)
    return file.getvalue()


def photograph() -> bytes:
    """A photograph of a thing, small."""
    return encoded(np.ascontiguousarray(synth.photographs()[2][:240:2, :320:2]))


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any) -> Workbench:
    """One photograph on file with all its digests, two items that a list claims, and people of several roles."""
    made = workbench(tmp_path, store, clock, settings)
    chosen = made.station.settings.model_copy(update={"serve": Serving(upload_bytes_max=MANY)})
    station = replace(made.station, settings=chosen, decoders=decoders(chosen))
    serving.join(station)
    made = Workbench(station, clock)
    query = of_medium(photograph(), station.decoders)
    assert query.digests
    with store.work("dee", "a test") as work:
        work.items([
            Item(sha256=query.digests.sha256.hex(), sha1=query.digests.sha1.hex(), md5=query.digests.md5.hex(),
                 pdq=query.codes[0].hex(), pdq_quality=100, first_seen=clock.at), cast.item(1), cast.item(2)])
        work.sightings([Sighting(sha256=sha(1), url="https://one.example/a?b=c", seen_at=clock.at)])
        work.claims([Claim(list_name="partner", edition="3", md5="ab" * 16, extra={"category": "B"}),
                     Claim(list_name="partner", edition="3", sha256=sha(2))])
    for name, role in (("ada", Role.ANALYST), ("cy", Role.ADJUDICATOR), ("olu", Role.OPERATOR), ("dee", Role.AUDITOR)):
        made.person(name, role)
    return made


def asked(client: Client, lines: str, status: int = 200, **more: str) -> Any:
    answer = client.post("/search/", {"lines": lines, **more})
    assert answer.status_code == status, answer.content
    return answer


def sent(client: Client, data: bytes, name: str = "one.png", status: int = 200, **more: str) -> Any:
    answer = client.post("/search/file/", {"file": SimpleUploadedFile(name, data), **more})
    assert answer.status_code == status, answer.content
    return answer


def on_file() -> Any:
    return exact(photograph())


# -- lines --------------------------------------------------------------------------------------------------------


def test_each_kind_of_name_finds_its_item(bench: Workbench) -> None:
    """SHA-256, SHA-1, MD5, PDQ, a beginning and an address: each line is answered, in any case and with commas."""
    found, held = on_file(), bench.as_actor("ada")
    code = of_medium(photograph(), bench.station.decoders).codes[0].hex()
    lines = [found.sha256.hex().upper(), f"{found.sha1.hex()},", found.md5.hex(), f"pdq {code}",
             found.sha256.hex()[:10], "https://one.example/a?b=c", "ab" * 16, "cd" * 16]
    answers = asked(held, "\n".join(lines)).context["answers"]
    mine = found.sha256.hex()
    assert [[(hit.how, hit.sha256) for hit in one.hits] for one in answers] == [
        [("exact", mine)], [("exact", mine)], [("exact", mine)], [("near", mine)], [("begun", mine)],
        [("url", sha(1))], [("exact", "")], []]
    assert answers[3].hits[0].distance_bits == 0
    assert (answers[6].hits[0].claim.list_name, answers[6].hits[0].severity) == ("partner", "B")


def test_bad_lines_are_told_with_their_numbers_and_the_rest_is_answered(bench: Workbench) -> None:
    """Blank lines and comments keep their number; each fault says what it is."""
    page = asked(bench.as_actor("ada"), f"# mine\n\nxyz\n{sha(1)}\n{'a' * 65}\nabc\n{'u' * 2001}")
    wrong = {one.number: one.wrong for one in page.context["wrong"]}
    assert list(wrong) == [3, 5, 6, 7]
    assert "'x' is in no digest" in wrong[3]
    assert "65 digits" in wrong[5]
    assert "3 digits" in wrong[6]
    assert "2,001 characters" in wrong[7]
    assert [one.line.number for one in page.context["answers"] if one.hits] == [4]


@pytest.mark.parametrize(("lines", "more"), [
    ("", {}), ("# nothing\n\n", {}), ("\n".join(["ab" * 16] * 501), {}), (sha(1), {"within": "32"}),
    (sha(1), {"within": "-1"}), (sha(1), {"within": "x"}), (sha(1), {"within": "١"})])
def test_what_cannot_be_looked_for_is_refused(bench: Workbench, lines: str, more: dict[str, str]) -> None:
    """Nothing, more than 500 lines, and a distance that PDQ does not have: SRV-37, and what was pasted is kept."""
    page = asked(bench.as_actor("ada"), lines, 400, **more)
    assert b"SRV-37" in page.content
    assert page.context["lines"] == lines


def test_five_hundred_lines_are_answered(bench: Workbench) -> None:
    """As many as are allowed, half of them on file, in a few questions of the records and not in 500."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = bench.as_actor("ada")
    with CaptureQueriesContext(connection, ) as held:
        page = asked(client, "\n".join(sha(1 + n % 4) for n in range(500)))
    assert page.context["found"] == 250
    assert len(held) < 60


def test_a_body_too_large_is_refused(bench: Workbench) -> None:
    """More than a megabyte of lines is no form of ours."""
    assert asked(bench.as_actor("ada"), "a" * 1_100_000, 400)


def test_hostile_lines_are_only_text(bench: Workbench) -> None:
    """500 strings as lines, as addresses and as the name of a file come back escaped."""
    client = bench.as_actor("ada")
    for part in (STRINGS[:250], STRINGS[250:]):
        lines = [one.replace("\n", " ").replace("\r", " ") for one in part]
        page = asked(client, "\n".join(f"x://{one}" for one in lines)).content.decode()
        assert "<img src=x" not in page
        assert "<svg" not in page
        assert "<script>window" not in page
    named = sent(client, photograph(), name='"><img src=x onerror=window.hit=1>.png').content.decode()
    assert "<img src=x" not in named


def test_what_is_found_is_a_file_too_without_whole_digests(bench: Workbench) -> None:
    """Each line with its answer; items by the digits that they begin with."""
    answer = bench.as_actor("olu").post("/search/", {"lines": f"{sha(2)}\n{'cd' * 16}\nzz", "as": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    assert [(row["line"], row["answer"], row["item"], row["list"]) for row in rows[:3]] == [
        ("1", "exact", sha(2)[:12], ""), ("1", "exact", "", "partner"), ("2", "not known", "", "")]
    assert "is in no digest" in rows[3]["answer"]
    assert sha(2) not in answer.content.decode()


def test_no_digest_is_in_an_address(bench: Workbench) -> None:
    """What is asked comes in the body: a link with it finds nothing."""
    answer = bench.as_actor("ada").get("/search/", {"lines": sha(1)})
    assert answer.status_code == 200
    assert "answers" not in answer.context


def test_who_may_not_search_is_refused(bench: Workbench) -> None:
    """An auditor has no use for it."""
    client = bench.as_actor("dee")
    assert asked(client, sha(1), 403)
    assert sent(client, photograph(), status=403)


# -- the index ----------------------------------------------------------------------------------------------------


def test_the_index_is_opened_once_and_follows(bench: Workbench) -> None:
    """A second search asks the same index, which has what came meanwhile."""
    client, code = bench.as_actor("ada"), "0f" * 32
    asked(client, code)
    held = KNOWN._held
    with bench.station.store.work("dee", "a test") as work:
        work.items([replace(cast.item(9), pdq="0f" * 31 + "0e", pdq_quality=90)])
    hits = asked(client, code).context["answers"][0].hits
    assert KNOWN._held is held
    assert [(hit.sha256, hit.distance_bits) for hit in hits] == [(sha(9), 1)]
    assert not asked(client, code, within="0").context["answers"][0].hits


def test_what_got_its_code_late_is_found_within_the_hour(bench: Workbench) -> None:
    """An item that was on file without a code is near once the index is opened anew."""
    code = "0f" * 32
    asked(bench.as_actor("ada"), code)
    with bench.station.store.work("dee", "a test") as work:
        work.items([replace(cast.item(1), pdq=code, pdq_quality=90)])
    bench.clock.forward(3601)
    assert [hit.sha256 for hit in asked(bench.as_actor("ada"), code).context["answers"][0].hits] == [sha(1)]


def test_who_comes_while_it_is_being_opened_is_told_so(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """SRV-36 after a while, and digests of one kind are found all the same."""
    monkeypatch.setattr("hashgrade.serve.quality.known.WAIT_S", 0.01)
    client = bench.as_actor("ada")
    holding = Thread(target=KNOWN._mine.acquire)
    holding.start()
    holding.join()
    try:
        assert b"SRV-36" in asked(client, sha(1), 409).content
        assert asked(client, on_file().md5.hex()).context["found"] == 1
    finally:
        KNOWN._mine.release()


# -- files --------------------------------------------------------------------------------------------------------


def test_a_file_on_file_is_an_exact_match(bench: Workbench) -> None:
    """The very bytes: one exact hit, and the same item is not told as near again."""
    page = sent(bench.as_actor("ada"), photograph())
    answer = page.context["matched"]
    assert [(hit.how, hit.sha256) for hit in answer.hits] == [("exact", on_file().sha256.hex())]
    assert "The file is known" in page.content.decode()


def test_a_copy_is_near_with_its_distance(bench: Workbench) -> None:
    """The same photograph as a JPEG: near, with so many bits, and its quality is told."""
    copy = encoded(np.ascontiguousarray(synth.photographs()[2][:240:2, :320:2]), "JPEG", quality=70)
    page = sent(bench.as_actor("ada"), copy)
    (hit,) = page.context["matched"].hits
    assert hit.how == "near"
    assert 0 <= hit.distance_bits <= 31
    assert f"{page.context['query'].quality} of 100" in page.content.decode()


def test_a_file_that_a_list_names_is_claimed(bench: Workbench) -> None:
    """By its digest: the list and its edition."""
    other = encoded(np.ascontiguousarray(synth.photographs()[3][:240:2, :320:2]))
    with bench.station.store.work("dee", "a test") as work:
        work.claims([Claim(list_name="partner", edition="4", sha1=exact(other).sha1.hex(), extra={"severity": "B"})])
    (hit,) = sent(bench.as_actor("olu"), other).context["matched"].hits
    assert (hit.how, hit.claim.edition, hit.severity) == ("exact", "4", "B")


def test_what_does_not_decode_is_looked_for_by_its_digests_and_says_why(bench: Workbench) -> None:
    """Broken, of no known kind, and flat: each with its code, and known or not by its bytes."""
    client = bench.as_actor("ada")
    for data, code in ((photograph()[:400], "DEC-"), (b"only text " * 50, "DEC-"),
                       (encoded(np.full((64, 64, 3), 200, np.uint8)), "MED-03")):
        with bench.station.store.work("dee", "a test") as work:
            work.items([replace(cast.item(40), sha256=exact(data).sha256.hex())])
        page = sent(client, data).content.decode()
        assert code in page
        assert "The file is known" in page


@pytest.mark.parametrize(("data", "said"), [
    (b"", "empty"), (b"x" * (MANY + 1), "larger than"), (b"x" * (4 * MANY), "larger")])
def test_a_file_of_no_use_is_refused_with_the_reason(bench: Workbench, data: bytes, said: str) -> None:
    """Empty, or larger than the limit by one byte or by much: SRV-35."""
    page = sent(bench.as_actor("ada"), data, status=400).content.decode()
    assert "SRV-35" in page
    assert said in page


def test_a_form_without_a_file_is_refused(bench: Workbench) -> None:
    """No file, text in its place, or a file in another field: SRV-35."""
    client = bench.as_actor("ada")
    for form in ({}, {"file": "one.png"}, {"other": SimpleUploadedFile("one.png", photograph())}):
        assert b"SRV-35" in client.post("/search/file/", form).content


def test_of_two_files_the_first_is_matched(bench: Workbench) -> None:
    """A form of ours has one; the second is passed over."""
    both = {"file": [SimpleUploadedFile("a.png", photograph()), SimpleUploadedFile("b.png", b"x" * 9)]}
    answer = bench.as_actor("ada").post("/search/file/", both)
    assert answer.context["matched"].hits[0].how == "exact"


_written: list[str] = []
_watching = [False]


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if _watching[0] and event == "open" and isinstance(args[0], str | bytes) and args[2] & (os.O_WRONLY | os.O_RDWR):
        _written.append(str(args[0]))


sys.addaudithook(_watch)


def written_by(act: Any) -> list[str]:
    """Name every file that this process opens by name to write while something is done."""
    _written.clear()
    _watching[0] = True
    try:
        act()
    finally:
        _watching[0] = False
    return [one for one in _written if not one.startswith("/dev/")]


def memory_files() -> int:
    held = [one.readlink() for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    return sum("memfd:upload" in str(one) for one in held)


def test_nothing_of_a_file_is_written_and_nothing_stays(bench: Workbench, settings: Any) -> None:
    """No file is opened to write while uploads are answered, good, broken or refused, and no memory stays held.

    The control: with Django's own handlers, a file is.
    """
    client, large = bench.as_actor("ada"), photograph() + b"\0" * (MANY - len(photograph()))
    sent(client, photograph())

    def all_() -> None:
        sent(client, large)
        sent(client, b"x" * (MANY + 1), status=400)
        sent(client, b"", status=400)
        client.post("/sign-in/", {"file": SimpleUploadedFile("one.png", photograph())})

    assert written_by(all_) == []
    assert memory_files() == 0
    assert not [one for one in bench.station.root.rglob("*") if one.is_file() and b"IHDR" in one.read_bytes()]
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
    assert written_by(lambda: sent(client, large, status=400))


def test_no_other_page_holds_a_file(bench: Workbench) -> None:
    """A file that somebody sends elsewhere, or who may not have it matched, is passed over as it comes."""
    seen: list[int] = []
    before = os.memfd_create
    try:
        os.memfd_create = lambda *args: seen.append(1) or before(*args)  # type: ignore[func-returns-value]
        for client, where in ((bench.as_actor("ada"), "/search/"), (bench.as_actor("dee"), "/search/file/"),
                              (Client(), "/search/file/"), (Client(), "/sign-in/")):
            client.post(where, {"file": SimpleUploadedFile("one.png", photograph()), "lines": "ab" * 16})
        assert not seen
        sent(bench.as_actor("ada"), photograph())
        assert seen
    finally:
        os.memfd_create = before


def test_matching_changes_no_record(bench: Workbench) -> None:
    """No item, no entry in the audit trail, nothing in the vault."""
    from hashgrade.store import queries

    other = encoded(np.ascontiguousarray(synth.photographs()[4][:200, :200]))
    client = bench.as_actor("ada")
    before = queries.counts()
    sent(client, other)
    assert queries.counts() == before
    assert not bench.station.vault.has(exact(other).sha256.hex())


def test_a_file_too_large_for_memory_is_read_where_it_is(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past what is held as bytes, the decoders' owner reads the file of memory: the same answer."""
    monkeypatch.setattr("hashgrade.media.IN_MEMORY_BYTES_MAX", 1000)
    assert sent(bench.as_actor("ada"), photograph()).context["matched"].hits[0].how == "exact"
