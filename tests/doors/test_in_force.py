"""`hashgrade law in-force`, `preview`, `propose`, `approve` and `history`, by people who signed on with accounts."""

import json
import os
import pwd
import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from hashgrade.cli import console
from hashgrade.law.pack import PACKS
from tests.cast import sha
from tests.doors.station import Ran

OLD, NEW = 'oral_is_penetrative: "no"', 'oral_is_penetrative: "yes"'
FACTS = {"depiction": "photographic", "indecent": "yes"}
CHILDREN = [{"age_band": "7-10", "activity": ["oral"]}]
WHY = ("--why", "read and agreed")
AS_JSON = "--json"
DIGEST = re.compile(r"\b[0-9a-f]{12}\b")

ONE_PROCESS = """
import io, json, os, sys
from contextlib import redirect_stderr, redirect_stdout
from hashgrade.__main__ import main

for name, account, words, environment, files in json.load(sys.stdin):
    for path, text in files.items():
        open(path, "w").write(text)
    os.environ.update(environment)
    try:
        if account is not None:
            open("/proc/self/loginuid", "w").write(str(account))
    except OSError:
        print(json.dumps([name, None, "", ""]))
        continue
    sys.argv, out, err = ["hashgrade", *words], io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main()
        except SystemExit as end:
            code = end.code
    print(json.dumps([name, code or 0, out.getvalue(), err.getvalue()]))
"""
"""Runs one command after another, each as somebody who signed on with an account: a start of Python for all of them."""


def records() -> str:
    """One item that two people read alike, and one that nobody has read."""
    lines: list[dict[str, object]] = [
        {"type": "item", "sha256": sha(n), "kind": "image", "first_seen": "2023-04-01T09:00:00Z"} for n in (1, 2)]
    lines += [{"type": "reading", "sha256": sha(1), "reader": who, "at": "2023-04-01T10:00:00Z", "facts": FACTS,
               "children": CHILDREN} for who in ("ada", "ben")]
    return "".join(json.dumps(line) + "\n" for line in lines)


def number(account: str) -> int:
    """The number of an account that every machine has."""
    return pwd.getpwnam(account).pw_uid


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    """What a day of a station's commands printed: it opens with one reading of uk-ew, and is then given another."""
    folder = tmp_path_factory.mktemp("day")
    station, pack = folder / "station", folder / "packs" / "uk-ew"
    copytree(PACKS / "uk-ew", pack)
    text, yaml, lines = (pack / "pack.yaml").read_text(), str(pack / "pack.yaml"), folder / "records.jsonl"
    settings = {str(station / "hashgrade.toml"): f'packs = ["{pack}"]\n'}
    steps: list[tuple[str, str | None, tuple[str, ...], dict[str, str], dict[str, str]]] = [
        ("init of no pack", None, ("init",), {"HASHGRADE_PACKS": "uk-ew,no-such"}, {}),
        ("init", None, ("init",), {"HASHGRADE_PACKS": str(pack)}, {yaml: text.replace(NEW, OLD)}),
        ("records", None, ("records", "import", str(lines)), {}, {str(lines): records(), **settings}),
        ("newer", None, ("law", "in-force", AS_JSON), {}, {yaml: text}),
        ("newer text", None, ("law", "in-force"), {}, {}), ("status", None, ("status", AS_JSON), {}, {}),
        ("before", None, ("audit", "verify", AS_JSON), {}, {}),
        ("preview", None, ("law", "preview", "uk-ew"), {}, {}),
        ("preview items", None, ("law", "preview", "uk-ew", "--items", AS_JSON), {}, {}),
        ("preview items text", None, ("law", "preview", "uk-ew", "--items"), {}, {}),
        ("preview unused", None, ("law", "preview", "us-industry"), {}, {}),
        ("diff", None, ("law", "diff", "uk-ew", "us-industry", "--records", "--items", AS_JSON), {}, {}),
        ("after", None, ("audit", "verify", AS_JSON), {}, {}),
        ("history before", None, ("law", "history", sha(1), AS_JSON), {}, {}),
        ("history of none", None, ("law", "history", sha(2)), {}, {}),
        ("approve nothing", None, ("law", "approve", "uk-ew", *WHY), {}, {}),
        ("propose unused", None, ("law", "propose", "us-industry", *WHY), {}, {}),
        ("propose no pack", None, ("law", "propose", "no-such", *WHY), {}, {}),
        ("propose a path", None, ("law", "preview", "../../etc"), {}, {}),
        ("propose silently", None, ("law", "propose", "uk-ew"), {}, {}),
        ("propose without reason", None, ("law", "propose", "uk-ew", "--why", " "), {}, {}),
        ("history of nothing", None, ("law", "history", "not a digest"), {}, {}),
        ("propose", "daemon", ("law", "propose", "uk-ew", *WHY), {}, {}),
        ("approve own", "daemon", ("law", "approve", "uk-ew", *WHY), {"USER": "nobody", "LOGNAME": "nobody"}, {}),
        ("propose again", "nobody", ("law", "propose", "uk-ew", *WHY), {}, {}),
        ("approve another", "nobody", ("law", "approve", "uk-ew", *WHY), {}, {yaml: text + "# a remark\n"}),
        ("waiting", None, ("law", "in-force"), {}, {}),
        ("approve", "nobody", ("law", "approve", str(pack), *WHY, AS_JSON), {}, {yaml: text}),
        ("agreed", None, ("law", "in-force", AS_JSON), {}, {}), ("agreed text", None, ("law", "in-force"), {}, {}),
        ("history", None, ("law", "history", sha(1)), {}, {}),
        ("not in use", None, ("law", "in-force"), {"HASHGRADE_PACKS": "us-industry"}, {}),
        ("audit", None, ("audit", "verify", AS_JSON), {}, {})]
    given = [(name, number(account) if account else None, (*words, "--station", str(station)), environment, files)
             for name, account, words, environment, files in steps]
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("HASHGRADE", "DJANGO"))}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", ONE_PROCESS], input=json.dumps(given), capture_output=True, text=True, check=False,
        env=plain | {"HASHGRADE_JAIL_AT_LEAST": "limited"})
    assert done.returncode == 0, done.stderr
    return {name: Ran(code, out, err) for name, code, out, err in map(json.loads, done.stdout.splitlines())}


@pytest.fixture
def decided(day: dict[str, Ran]) -> dict[str, Ran]:
    """The same day, where people can be signed on."""
    if day["propose"].code is None:
        pytest.skip("the kernel lets nobody be signed on here")
    return day


def test_a_station_is_made_whole_or_not_at_all(day: dict[str, Ran]) -> None:
    """Where the settings name a pack that there is not, `init` leaves nothing that a second `init` would meet."""
    assert day["init"].code == 0, day["init"].err


def test_a_newer_text_is_told_and_judges_nothing(day: dict[str, Ran]) -> None:
    """Status and `law in-force` name the pack whose files say otherwise, with its digest, and what to do."""
    (told,) = day["newer"].lines
    assert (told["pack"], told["state"], told["first"], told["proposed"]) == ("uk-ew", "in force", True, None)
    assert told["newer"]["digest"] != told["digest"]
    assert "it changes nothing until it is proposed" in day["newer text"].out
    assert "draft, not reviewed by counsel" in day["newer text"].out
    (status,) = day["status"].lines
    assert (status["packs"], status["drafts"], status["newer_packs"]) == (["uk-ew"], ["uk-ew"], ["uk-ew"])
    ((verdict,),) = (grade["verdicts"] for grade in day["history before"].lines[0]["grades"])
    assert (verdict["outcome"], verdict["until"], verdict["reasons"][0]["rule"]) == ("B", None, "category-b")


def test_a_preview_shows_and_writes_nothing(day: dict[str, Ran]) -> None:
    """It counts items and shows a grade without digest or name; items are listed on demand; no entry is made."""
    said = day["preview"].out
    for words in ("changes 1 of 1 items", "B -> A: 1 items", "children: [{age_band: 7-10, activity: [oral]}]",
                  "note: both texts call themselves version"):
        assert words in said
    assert sha(1) not in said
    assert sha(1) in day["preview items text"].out
    assert day["preview items"].lines[0]["changes"] == [{
        "from": "B", "to": "A", "items": 1, "sha256": [sha(1)], "examples": [{"facts": FACTS, "children": CHILDREN}]}]
    (told,) = day["diff"].lines
    assert (told["old"]["pack"], told["new"]["pack"], told["items"]) == ("uk-ew", "us-industry", 1)
    assert [one["sha256"] for one in told["changes"]] == [[sha(1)]]
    assert "not in use -> us-industry" in day["preview unused"].out
    assert day["before"].out == day["after"].out


def test_two_accounts_put_a_pack_in_force(decided: dict[str, Ran]) -> None:
    """One proposes and cannot approve, whatever the environment says; another does; all of it is told."""
    assert decided["propose"].code == 0, decided["propose"].err
    own = decided["approve own"]
    assert (own.code, "error[LAW-01]: daemon proposed this text" in own.err) == (3, True)
    assert "by daemon on" in decided["waiting"].out
    assert decided["approve"].lines[0]["state"] == "in force"
    (told,) = decided["agreed"].lines
    assert (told["proposed_by"], told["approved_by"]) == ("daemon", "nobody")
    assert told["proposed"] is told["newer"] is None
    assert "proposed by daemon, approved by nobody" in decided["agreed text"].out
    assert "the settings do not name it" in decided["not in use"].out
    began = 1  # `us-industry`, as the settings come to name it
    assert decided["audit"].lines[0]["entries"] == decided["after"].lines[0]["entries"] + 2 + began


def test_both_verdicts_can_be_read(decided: dict[str, Ran]) -> None:
    """The history has the old verdict and the new, each with its outcome's name, its reason, article and dates."""
    said = decided["history"].out
    assert said.index("B (Category B)") < said.index("A (Category A)")
    assert "by category-b: Sentencing Council" in said
    assert said.count(" until ") == 1
    assert decided["history of none"].out == f"{sha(2)}\n  it has no grade of record yet\n"



def test_a_text_that_changed_since_is_not_approved(decided: dict[str, Ran]) -> None:
    """The approver's files must be what was proposed: else both digests are shown, and nothing changes."""
    found = decided["approve another"]
    assert (found.code, "error[LAW-03]" in found.err, len(set(DIGEST.findall(found.err)))) == (4, True, 2)
    assert decided["propose again"].code == 4
    assert "error[LAW-06]" in decided["propose again"].err


@pytest.mark.parametrize(("step", "code", "said"), [
    ("init of no pack", 1, "error[PACK-08]"), ("approve nothing", 1, "error[LAW-02]"),
    ("propose unused", 1, "error[LAW-05]"),
    ("propose no pack", 1, "error[PACK-08]"), ("propose silently", 2, "--why"), ("propose a path", 1, "error[PACK-08]"),
    ("propose without reason", 1, "error[STO-04]"), ("history of nothing", 1, "error[STO-14]")])
def test_what_cannot_be_done_is_told(day: dict[str, Ran], step: str, code: int, said: str) -> None:
    """Each refusal has its code, and no trace of a programme."""
    assert (day[step].code, said in day[step].err, "Traceback" in day[step].err) == (code, True, False)


def test_who_signed_on_is_believed_and_the_environment_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The name is that of the account the kernel says signed on, else of the process; without a name, its number."""
    for name in ("USER", "LOGNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "eve")
    monkeypatch.setattr(console, "SIGNED_ON", tmp_path / "loginuid")
    own = pwd.getpwuid(os.getuid()).pw_name
    assert console.operator() == own
    said = {str(2**32 - 1): own, str(number("nobody")): "nobody", "4000000": "uid 4000000", "": own}
    for uid, name in said.items():
        (tmp_path / "loginuid").write_text(uid)
        assert console.operator() == name
