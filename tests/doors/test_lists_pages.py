"""Lists at the workbench: editions, their proof, what changed, publishing and importing from a page; bad files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hashgrade.access import Role
from hashgrade.errors import Conflict
from hashgrade.exchange import release
from hashgrade.serve import station as serving
from hashgrade.serve.records import errands, making, runs, shelf
from hashgrade.store import queries
from tests.cast import ADA, BEN, CY, Clock, grade, item, reading, sha
from tests.doors.pages import Workbench, going_on, workbench

POLICY = "kind: {is: image}"


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """Ada is an operator, Ben an auditor, Cy a researcher; four items are graded, and runs are done at once."""
    made = workbench(tmp_path, store, clock, settings)
    release.create_key(tmp_path)
    for name, role in ((ADA, Role.OPERATOR), (BEN, Role.AUDITOR), (CY, Role.RESEARCHER)):
        made.person(name, role)
    graded(made, 1, 2, 3, 4)
    monkeypatch.setattr(runs, "_spawned", lambda lane, _: making.make(lane, lambda: made.station))
    return made


def graded(bench: Workbench, *numbers: int) -> None:
    """Items that two people read alike."""
    with bench.station.store.work("dee", "a test") as work:
        work.items([item(n, md5=f"{n:032x}") for n in numbers])
        work.readings([reading(n, name, grade(depiction="photographic")) for n in numbers for name in ("x", "y")])


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content
    return " ".join(answer.content.decode().split())


def published(bench: Workbench, number: int = 1, **more: Any) -> runs.Run:
    """Have Ada publish an edition of the list `ours`; how it ended."""
    form = {"ref": f"{number:016x}", "list": "ours", "number": number, "policy": POLICY, **more}
    answer = bench.as_actor(ADA).post("/lists/publish/", form)
    assert answer.status_code == 302, answer.content
    run = runs.lane(bench.station.root, runs.LISTS).last()
    assert run
    return run


def sent(bench: Workbench, content: bytes, ref: str = "f" * 16, **more: Any) -> Any:
    """Have Ada send a file of the list `theirs`."""
    form = {"ref": ref, "list": "theirs", "why": "agreed with them", "file": SimpleUploadedFile("x.csv", content)}
    return bench.as_actor(ADA).post("/lists/import/", {**form, **more})


# -- ours ---------------------------------------------------------------------------------------------------------


def test_an_edition_is_published_from_the_page(bench: Workbench) -> None:
    """It stands, is on record under who published it, and its page says what it was made from."""
    assert "No list is published yet" in text(bench.as_actor(BEN), "/lists/")
    assert published(bench).outcome == runs.DONE
    assert next(one for one in queries.entries() if "editions" in one.did).actor == ADA
    client = bench.as_actor(BEN)
    assert "/lists/own/ours/" in text(client, "/lists/")
    page = text(client, "/lists/own/ours/1/")
    assert "{&quot;kind&quot;: {&quot;is&quot;: &quot;image&quot;}}" in page
    assert "as published" in text(client, "/lists/own/ours/")
    assert "/lists/own/ours/1/" in text(client, "/lists/run/")
    assert client.get("/lists.csv").content.startswith(b"whose,list,edition")


def test_the_same_form_sent_twice_publishes_once(bench: Workbench) -> None:
    """The second time it leads to the edition that the first made; a form of before is told which is next."""
    published(bench)
    published(bench)
    assert len(queries.editions("ours")) == 1
    late = {"ref": "a" * 16, "list": "ours", "number": 1, "policy": POLICY}
    answer = bench.as_actor(ADA).post("/lists/publish/", late)
    assert answer.status_code == 400
    assert b"The next edition of this list is 2." in answer.content


def test_the_policy_that_is_shown_is_the_one_that_was_published(bench: Workbench) -> None:
    """The form for the next edition holds the policy of the newest; sent as it is, it publishes under the same."""
    published(bench, policy="any:\n  - {kind: {is: image}}\n  - not: {kind: {in: [video, other]}}")
    form = bench.as_actor(ADA).get("/lists/publish/?list=ours").context["form"].initial
    assert form["number"] == 2
    assert form["policy"].startswith("any:\n  - {")
    published(bench, 2, policy=form["policy"])
    said = [json.loads((bench.station.root / "lists" / "ours" / n / "manifest.json").read_text()) for n in ("1", "2")]
    assert said[0]["policy"] == said[1]["policy"]


def test_an_edition_published_meanwhile_is_not_published_over(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where a command took the number between form and run, the run is refused, and nothing is published twice."""
    monkeypatch.setattr("hashgrade.serve.records.publishing._can_be_published", lambda *_: True)
    published(bench)
    assert published(bench, 1, ref="b" * 16).told["code"] == "SRV-41"
    assert len(queries.editions("ours")) == 1


WRONG: list[dict[str, Any]] = [
    {"list": "../ours"}, {"list": ""}, {"list": "a/b"}, {"policy": "knd: {is: image}"}, {"policy": "[1, 2"},
    {"policy": ""}, {"policy": "x" * 20_001}, {"number": 0}, {"number": "two"}, {"ref": "../../etc/x"}, {"ref": ""},
]


def test_a_form_that_is_wrong_publishes_nothing(bench: Workbench) -> None:
    """A name that is no folder's, a policy that is none, with its place; numbers and words of no form."""
    client = bench.as_actor(ADA)
    form = {"ref": "0" * 16, "list": "ours", "number": 1, "policy": POLICY}
    answers = [client.post("/lists/publish/", {**form, **wrong}).status_code for wrong in WRONG]
    assert answers == [400] * len(WRONG)
    assert not queries.editions("ours")
    assert runs.lane(bench.station.root, runs.LISTS).last() is None


def test_publishing_asks_who_it_is_again(bench: Workbench) -> None:
    """Without a fresh proof the form leads to one; an auditor and a researcher have none at all."""
    answer = bench.as_actor(ADA, stepped_up=False).get("/lists/publish/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/prove/")
    assert bench.as_actor(BEN).get("/lists/publish/").status_code == 403
    assert bench.as_actor(CY).get("/lists/").status_code == 403


def test_what_changed_between_editions_is_counted(bench: Workbench) -> None:
    """Added and removed, whichever of the two is looked at; no digest stands on any page."""
    published(bench)
    graded(bench, 7, 8)
    published(bench, 2)
    client = bench.as_actor(BEN)
    page = text(client, "/lists/own/ours/2/?against=1&prove=yes")
    assert "<dt>added</dt><dd>2</dd>" in page
    assert "<dt>removed</dt><dd>0</dd>" in page
    assert "as signed" in page
    assert "<dt>with MD5</dt><dd>6</dd>" in page
    assert "From edition 1 to edition 2" in text(client, "/lists/own/ours/1/?against=2")
    assert "+2" in text(client, "/lists/own/ours/")
    assert not [sha(n) for n in (1, 7, 8) if sha(n) in page]
    for forged in ("9", "x", "-1", "9" * 30, "²"):
        assert client.get("/lists/own/ours/2/", {"against": forged}).status_code == 404


def test_an_edition_that_was_changed_says_so(bench: Workbench) -> None:
    """A line put into a file is found as it is verified; another manifest, or none, before anything is shown of it."""
    published(bench)
    folder, client = bench.station.root / "lists" / "ours" / "1", bench.as_actor(BEN)
    with (folder / "hashes.csv").open("a") as file:
        file.write("0,\n")
    assert "REL-04" in text(client, "/lists/own/ours/1/?prove=yes")
    said = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**said, "notice": "another"}))
    page = text(client, "/lists/own/ours/1/")
    assert "REL-03" in page
    assert "Its policy" not in page
    assert "not the one that was published" in text(client, "/lists/own/ours/")
    (folder / "manifest.json").unlink()
    assert "REL-02" in text(client, "/lists/own/ours/1/")


def test_a_file_is_saved_with_a_reason_and_on_record(bench: Workbench) -> None:
    """Bytes as they stand, and who saved them why; no other file, for nobody else, and never without a reason."""
    published(bench)
    client, address = bench.as_actor(ADA), "/lists/own/ours/1/save/"
    answer: Any = client.post(address, {"file": "hashes.csv", "why": "a member lost it"})
    data = b"".join(answer.streaming_content)
    assert data == (bench.station.root / "lists" / "ours" / "1" / "hashes.csv").read_bytes()
    assert answer["Content-Disposition"] == 'attachment; filename="ours-1-hashes.csv"'
    last = [one for one in queries.entries() if "list saved" in one.did][-1]
    assert (last.actor, last.why) == (ADA, "a member lost it")
    for file in ("", "../../../keys/release.key", "labels.csv", "/etc/passwd"):
        assert client.post(address, {"file": file, "why": "x"}).status_code == 400
    assert client.post(address, {"file": "hashes.csv", "why": " "}).status_code == 403
    assert bench.as_actor(BEN).post(address, {"file": "hashes.csv", "why": "x"}).status_code == 403


def test_only_lists_on_record_are_opened(bench: Workbench) -> None:
    """Names and numbers that nothing has, and paths that lead out, are nothing."""
    published(bench)
    client = bench.as_actor(BEN)
    for address in ("own/nosuch/", "own/ours/9/", "own/ours/0/", "own/%2e%2e/1/", "own/..%2f..%2fkeys/",
                    "imported/nosuch/", "imported/ours/", "own/ours/999999999999999999999/"):
        assert client.get(f"/lists/{address}").status_code == 404, address
    assert client.get("/lists/own/ours/1/").status_code == 200, "a positive control"


# -- of others ----------------------------------------------------------------------------------------------------


def test_a_list_is_imported_from_the_page(bench: Workbench) -> None:
    """Its claims are counted by digest, the reason is on record, and what was sent is kept nowhere."""
    content = f"sha256,md5\n{sha(50)},\n{sha(51)},{'1' * 32}\n".encode()
    assert sent(bench, content, skip="on", edition="May 2024").status_code == 302
    page = text(bench.as_actor(BEN), "/lists/imported/theirs/")
    assert "Edition May 2024, in use" in page
    assert "2 entries, of which 2 keep" in page
    assert "<dt>with MD5</dt><dd>1</dd>" in page
    assert "import list theirs: agreed with them" in [one.why for one in queries.entries()]
    assert not list((bench.station.root / "runs" / "lists").glob("sent-*"))
    assert "2 lines read, 2 new" in text(bench.as_actor(BEN), "/lists/run/")


def test_what_an_imported_edition_changed_is_counted(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Added by the edition in use, and withdrawn by its publisher; an edition that there is not counts nothing."""
    monkeypatch.setattr(errands, "BESIDE", False)
    sent(bench, f"sha256\n{sha(50)}\n{sha(51)}\n".encode(), edition="1")
    sent(bench, f"sha256\n{sha(51)}\n{sha(52)}\n{sha(53)}\n".encode(), "e" * 16, edition="2")
    client = bench.as_actor(BEN)
    page = text(client, "/lists/imported/theirs/?against=1")
    assert "<dt>added</dt><dd>2</dd>" in page
    assert "<dt>withdrawn by its publisher</dt><dd>1</dd>" in page
    assert "withdrawn by its publisher" not in text(client, "/lists/imported/theirs/?against=nosuch")
    going = errands._errands["what changed in theirs from 1 to 2"] = errands.Errand(BEN, bench.clock())
    going.tell(3, 16)
    page = text(client, "/lists/imported/theirs/?against=1")
    assert ("3 of 16 parts" in page, "<dt>added</dt>" in page) == (True, False)
    going.error = Conflict("STO-03", "another process keeps the records to itself")
    going.over.set()
    assert client.get("/lists/imported/theirs/?against=1").status_code == 409
    assert "<dt>added</dt><dd>2</dd>" in text(client, "/lists/imported/theirs/?against=1")


BAD: list[tuple[bytes, str]] = [
    (b"sha256\n" + sha(50).encode() + b"\nzz\n", "LST-02"), (b"a,b\n1,2\n", "LST-01"), (b'{"value": [', "VIC-01"),
    (b'{"x": 1}', "VIC-02"), (b"\x00\xff\xfe", "LST-01"), (b"sha256,md5\n,\n", "LST-04"),
    (b"sha256,kind\n" + sha(50).encode() + b",poem\n", "LST-03"),
]


def test_a_bad_file_is_refused_as_a_whole(bench: Workbench) -> None:
    """With the codes and places of what is wrong in it, and nothing of it is kept."""
    client = bench.as_actor(ADA)
    assert sent(bench, b"").status_code == 400
    for number, (content, said) in enumerate(BAD):
        sent(bench, content, f"{number:016x}")
        page = text(client, "/lists/run/")
        assert said in page
        assert "nothing was changed" in page
    assert queries.imported_lists() == []
    assert not list((bench.station.root / "runs" / "lists").glob("sent-*"))


def test_each_bad_line_is_named_and_counted(bench: Workbench) -> None:
    """The first hundred with their lines; the rest as a number; a digest of none of them."""
    sent(bench, b"sha256\n" + b"".join(b"bad%d\n" % n for n in range(150)))
    page = text(bench.as_actor(ADA), "/lists/run/")
    assert "150 lines cannot be read" in page
    assert "SRV-42" in page
    assert "(file:2)" in page
    assert page.count("LST-02") == 100
    assert "bad7" not in page


def test_a_file_that_could_not_be_kept_can_be_sent_again(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a file is taken away, so that the same form begins its run and leads to no run of before."""
    def full(_: Any, into: Any) -> None:
        into.write(b"sha2")
        raise OSError(28, "No space left on device")

    content = f"sha256\n{sha(50)}\n".encode()
    with monkeypatch.context() as failing:
        failing.setattr("shutil.copyfileobj", full)
        with pytest.raises(OSError, match="No space"):
            sent(bench, content)
    assert not list((bench.station.root / "runs" / "lists").glob("sent-*"))
    sent(bench, content)
    run = runs.lane(bench.station.root, runs.LISTS).last()
    assert run
    assert (run.outcome, run.told["added"]) == (runs.DONE, 1)


def test_a_file_that_is_too_large_is_not_taken(bench: Workbench) -> None:
    """It is told so, and nothing begins."""
    settings = bench.station.settings
    small = settings.model_copy(update={"serve": settings.serve.model_copy(update={"upload_bytes_max": 100})})
    serving.join(replace(bench.station, settings=small))
    answer = sent(bench, b"sha256\n" + b"0" * 200)
    assert answer.status_code == 400
    assert b"larger than what is taken here" in answer.content
    assert runs.lane(bench.station.root, runs.LISTS).last() is None


def test_of_two_runs_on_lists_one_goes_on(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is held, another is refused with nothing kept of what it sent; studies are a lane of their own."""
    held = going_on(monkeypatch)
    assert published(bench).outcome == runs.GOING
    form = {"ref": "2" * 16, "list": "mine", "number": 1, "policy": "kind: {is: video}", "labels": "on"}
    refused = bench.as_actor(ADA).post("/lists/publish/", form)
    assert (refused.status_code, b"SRV-40" in refused.content) == (409, True)
    for typed in (b'value="mine"', b"kind: {is: video}</textarea>", b"checked", b">Publish it</button>"):
        assert typed in refused.content
    refused = sent(bench, b"sha256\n", edition="May", skip="on")
    assert (refused.status_code, b"SRV-40" in refused.content) == (409, True)
    for typed in (b'value="theirs"', b'value="May"', b'value="agreed with them"', b"checked", b">Import it</button>"):
        assert typed in refused.content
    assert not list((bench.station.root / "runs" / "lists").glob("sent-*"))
    assert "Another run goes on" in text(bench.as_actor(ADA), "/lists/import/")
    assert runs.lane(bench.station.root, runs.STUDIES).last() is None
    held[0].close()
    assert "It was interrupted" in text(bench.as_actor(ADA), "/lists/run/")
    assert shelf.upload(bench.station.root, "x").parent.is_dir()
