"""How long an analyst waits after saving, when many grade at once.

    python -m bench.desk [SECONDS] [ITEMS] [ANALYSTS]    # 120, 100000, 20

A new station with ITEMS made-up items, all waiting, on a disk; `hashgrade serve` in a process of its own, as it is
delivered; and ANALYSTS in one other process, each with a session and a connection. Each thinks for a time that is
exponential with mean 2 s, answers everything with the key for "as for the item before", saves, and receives the next
item's page. The time is from sending the save until the last byte of that page is there; pages hold no media. What was
saved before the measurement began, while the processes warm up and each answers a first item question by question, is
left out. At the end the records are looked at: every save that was answered is a reading, and nobody read an item
twice.
"""

# ruff: noqa: S311, PLC0415 - made-up records need no secrecy; the store is imported once Django is up
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

THINKING_S: Final = 2.0
WARMING_S: Final = 20.0
SEED: Final = 8
DEFAULTS: Final = (120, 100_000, 20)
CHOSEN: Final = {"HASHGRADE_PACKS": "uk-ew", "HASHGRADE_JAIL_AT_LEAST": "limited"}
ANSWERS: Final = {
    "assessable": "yes", "depiction": "photographic", "child_count": "1", "age_band": "7-10", "indecent": "yes",
    "activity": "posing_nude", "sex": "girl", "origin": "unknown", "capture": "unknown"}
"""What the first item of each is said to be; every other answer is the first that the page offers."""


def say(line: str) -> None:
    """Tell what was measured."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


# -- a station ----------------------------------------------------------------------------------------------------


def made(station: Path, items: int, names: list[str]) -> dict[str, str]:
    """Fill a station, in a process of its own, and give the session of everybody."""
    given = {**os.environ, **CHOSEN}
    command = [sys.executable, "-m", "hashgrade", "--station", str(station), "init"]
    subprocess.run(command, env=given, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - our own programme
    command = [sys.executable, "-m", "bench.desk", "fill", str(station), str(items), *names]
    found: dict[str, str] = json.loads(subprocess.run(  # noqa: S603 - this programme
        command, env=given, stdout=subprocess.PIPE, check=True).stdout)
    return found


def fill(station: Path, items: int, names: list[str]) -> None:
    """Put items that wait, and people who are signed in, into a new station; print their sessions."""
    from hashgrade import app
    from hashgrade.settings import read

    opened = app.open(read(station=station), serving=True)
    from django.db import connection, transaction

    from hashgrade.serve.station import join

    join(opened)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO store_item (id, sha256, kind, first_seen, extra, differs, readings, settled) "
            "VALUES (%s, %s, 'image', %s, '{}', '', 0, 0)",
            [(n, f"{n:064x}", f"2024-01-{1 + n * 28 // (items + 1):02} 09:00:00") for n in range(1, items + 1)])
    with opened.store.work("bench", "put the queue in order") as work:
        work.requeue()
    sys.stdout.write(json.dumps({name: session(opened, name) for name in names}))


def session(opened: Any, name: str) -> str:
    """Let somebody come in, with an authenticator app, and sign them in; give the key of their session."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from hashgrade.access import Role
    from hashgrade.serve.ends import begin
    from hashgrade.store.accounts import roll
    from hashgrade.store.accounts.sessions import SessionStore

    now = opened.now()
    with opened.store.work("bench", "somebody who grades") as work:
        token = roll.invite(work, name, {Role.ANALYST}, now.replace(year=9999), "bench")
        account = roll.join(work, token, "", "nine blue kettles, 4 spoons")
    TOTP.activate(account, generate_totp_secret())
    kept = SessionStore()
    kept.update({
        SESSION_KEY: str(account.pk), BACKEND_SESSION_KEY: "allauth.account.auth_backends.AuthenticationBackend",
        HASH_SESSION_KEY: account.get_session_auth_hash(), "account_authentication_methods_user": str(account.pk),
        "account_authentication_methods": [{"method": "password", "at": now.timestamp()},
                                           {"method": "mfa", "type": "totp", "at": now.timestamp()}]})
    begin(kept, now, "bench")
    kept.create()
    return str(kept.session_key)


# -- analysts -----------------------------------------------------------------------------------------------------


@dataclass
class Analyst:
    """One of those at work: a connection, what the page in front of them says, and how long they waited."""

    name: str
    key: str
    port: int
    rng: random.Random
    page: str = ""
    csrf: str = ""
    waited_ms: list[float] = field(default_factory=list)
    saved: int = 0
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def asks(self, method: str, where: str, **form: str) -> None:
        """Send a request and receive the whole page."""
        headers = {"Cookie": f"session={self.key}; csrf={self.csrf}"}
        if method == "POST":
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true",
                        "X-CSRFToken": self.csrf}
        self.line.request(method, where, urlencode(form), headers)
        answer = self.line.getresponse()
        self.page = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie" and value.startswith("csrf="):
                self.csrf = value.split(";")[0].removeprefix("csrf=")
        if answer.status != 200 or 'id="said"' in self.page:
            told = re.search(r'id="said">([^<]*)|<h1>([^<]*)', self.page)
            self.wrong.append(f"{where} {answer.status} {told.group(0) if told else ''}")

    def value(self, name: str) -> str:
        """The first value that a hidden field of the page has."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        return unescape(found.group(1)) if found else ""

    def begins(self) -> None:
        """Take a first item and answer it question by question."""
        self.asks("GET", "/grading/")
        self.asks("POST", "/grading/take/")
        for _ in range(40):
            if (asked := re.search(r'data-question="([^"]*)"', self.page)) is None:
                break
            at, offered = asked.group(1), re.findall(r'name="answer" value="([^"]*)"', self.page)
            answer = ANSWERS.get(at.rpartition(".")[2], offered[0] if offered else "1")
            self.asks("POST", "/grading/answer/", sha256=self.value("sha256"), act="answer", at=at, answer=answer)
        self.saves(measured=False)

    def saves(self, *, measured: bool) -> None:
        """Save what is answered, and receive the next item."""
        before, problems = self.value("sha256"), len(self.wrong)
        began = time.perf_counter()
        self.asks("POST", "/grading/commit/", sha256=before, version=self.value("version"))
        took = 1e3 * (time.perf_counter() - began)
        if self.value("sha256") in ("", before):
            self.wrong.append(f"nothing came after {before}")
        if len(self.wrong) == problems:
            self.saved += 1
            self.waited_ms += [took] if measured else []

    def grades(self, begin: float, until: float) -> None:
        """Think, answer, save, until the time is over; saves count once it has begun."""
        try:
            self.begins()
            while time.monotonic() < until:
                time.sleep(self.rng.expovariate(1 / THINKING_S))
                name = f"{self.rng.random():.12f}"
                self.asks("POST", "/grading/answer/", sha256=self.value("sha256"), act="same", name=name)
                self.saves(measured=time.monotonic() >= begin)
        except (OSError, http.client.HTTPException) as error:
            self.wrong.append(repr(error))


def at_work(port: int, seconds: float, sessions: Mapping[str, str]) -> list[Analyst]:
    """Let everybody grade for so long, after they have warmed up."""
    crowd = [Analyst(name, key, port, random.Random(f"{SEED}:{name}")) for name, key in sessions.items()]
    begin = time.monotonic() + WARMING_S
    threads = [threading.Thread(target=one.grades, args=(begin, begin + seconds)) for one in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return crowd


# -- the whole ----------------------------------------------------------------------------------------------------


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def served(station: Path, port: int) -> "subprocess.Popen[bytes]":
    """Serve a station, and wait until it answers."""
    process = subprocess.Popen(  # noqa: S603 - our own programme
        [sys.executable, "-m", "hashgrade", "--station", str(station), "serve", "--port", str(port)],
        env={**os.environ, **CHOSEN}, stderr=subprocess.DEVNULL)
    for _ in range(300):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.1)
    raise SystemExit("the workbench does not answer")


def processor_s(pid: int) -> float:
    """Processor time of a process and its children, living ones too, in seconds."""
    spent, line, ticks = 0.0, [pid], os.sysconf("SC_CLK_TCK")
    for file in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda one: int(one.parent.name)):
        try:
            parts, entry = file.read_text().rpartition(")")[2].split(), int(file.parent.name)
        except OSError:
            continue
        if entry == pid or int(parts[1]) in line:
            line.append(entry)
            spent += sum(map(int, parts[11:13])) / ticks
    return spent


def percentile(sorted_ms: list[float], percent: int) -> float:
    """The value that so many percent do not exceed."""
    return sorted_ms[min(len(sorted_ms) - 1, -(-len(sorted_ms) * percent // 100) - 1)]


def census(station: Path) -> Iterator[str]:
    """What is wrong with the records: readings that nobody was told of, or that one person gave twice."""
    import sqlite3

    with sqlite3.connect(station / "records.sqlite3") as records:
        (readings,), = records.execute("SELECT count(*) FROM store_reading")
        (people,), = records.execute("SELECT count(*) FROM (SELECT DISTINCT item_id, reader FROM store_reading)")
        most = records.execute("SELECT max(n) FROM (SELECT count(*) n FROM store_reading GROUP BY item_id)").fetchone()
        (over,), = records.execute(  # nobody here looks, so that what was read twice without a look is read once more
            "SELECT count(*) FROM (SELECT item_id, count(*) n FROM store_reading GROUP BY item_id) JOIN store_item i "
            "ON i.id = item_id WHERE n > coalesce(i.wanted, 2)")
        times = [row[0] for row in records.execute("SELECT at FROM store_entry ORDER BY number")]
    yield f"{readings} readings on file, at most {most[0]} of an item"
    if readings != people or over or any(one > other for one, other in pairwise(times)):
        yield "somebody read an item twice, or the trail is out of order"


def main() -> None:
    """Measure, print, and fail where anything was wrong."""
    given = [int(one) for one in sys.argv[1:]]
    seconds, items, analysts = (*given, *DEFAULTS[len(given):])
    with tempfile.TemporaryDirectory() as folder:
        station, port = Path(folder, "station"), free_port()
        sessions = made(station, items, [f"analyst{n}" for n in range(analysts)])
        busy = os.getloadavg()[0]
        process = served(station, port)
        try:
            before = processor_s(process.pid)
            crowd = at_work(port, seconds, sessions)
            spent = processor_s(process.pid) - before
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
        told(crowd, spent, seconds, items)
        say(f"  what else the machine did as it began: a load of {busy:.1f} on {os.cpu_count()} cores")
        say("\n".join(f"  {line}" for line in census(station)))
    if any(one.wrong for one in crowd):
        raise SystemExit("\n".join(line for one in crowd for line in one.wrong)[:2000])


def told(crowd: list[Analyst], spent_s: float, seconds: int, items: int) -> None:
    """Print what was found."""
    waited = sorted(ms for one in crowd for ms in one.waited_ms)
    saved = sum(one.saved for one in crowd)
    say(f"{len(crowd)} analysts at once for {seconds} s, thinking for {THINKING_S:g} s on average, {items:,} items, "
        f"seed {SEED}")
    say(f"  from save to next item ready: N {len(waited):,}, median {percentile(waited, 50):.0f} ms, "
        f"p95 {percentile(waited, 95):.0f} ms, p99 {percentile(waited, 99):.0f} ms, slowest {waited[-1]:.0f} ms")
    say(f"  errors {sum(len(one.wrong) for one in crowd)}; {saved:,} saved, {1e3 * spent_s / saved:.0f} ms of "
        f"processor time each, answers and all")


if __name__ == "__main__":
    if sys.argv[1:2] == ["fill"]:
        fill(Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
    else:
        main()
