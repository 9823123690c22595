"""Snapshots: the records of a station as Parquet, in a stated order, without media, names or addresses.

Items share what follows from equal answers: each distinct grade is one row, is judged once, and
is what an item, or a reading, points at. Items, addresses, reports and readers are numbers, so
that joins are of whole numbers and nothing but `media` holds a digest.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b, file_digest, sha256
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import duckdb

from hashgrade.errors import Broken, Conflict, InputError, Refused
from hashgrade.law import Pack, grades
from hashgrade.law.condition import literal
from hashgrade.law.judge import possible
from hashgrade.law.vocabulary import vocabulary
from hashgrade.nouns import Child, Coding, Grade, Item, Reading, Report, Settlement, Sighting, Verdict
from hashgrade.studies import words
from hashgrade.studies.numbering import CONTRADICTIONS, LEFT_OVER, NUMBERED, QUERIES

FORMAT = 3
DESCRIBED = "snapshot.json"
MEMORY = "3GB"
AT_ONCE = 20_000
"""Grades judged at a time, so that memory stays small."""

Rows = Iterator[Mapping[str, object]]
Outcomes = Mapping[str, tuple[str, ...]]
Judge = Callable[[Grade], Mapping[str, Verdict]]
JudgeAll = Callable[[Sequence[Grade]], Iterable[Outcomes]]


@dataclass(frozen=True, slots=True)
class PackUsed:
    """A pack that verdicts were made with, whether it is a draft, and its outcomes' names in rank order.

    `digest` is the SHA-256 of its text, by which the station's records tell who put it in force.
    """

    id: str
    version: str
    draft: bool
    labels: Mapping[str, str]
    digest: str | None = None

    @property
    def review(self) -> str:
        """Whether counsel has reviewed it, in words."""
        return "draft, not reviewed by counsel" if self.draft else "reviewed"

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes from most to least severe, ending in `none`."""
        return tuple(self.labels)


@dataclass(frozen=True, slots=True)
class Records:
    """What a snapshot is made of; each is read once, as a stream.

    Args:
        grades: Every item with its grade of record, or None where it has none.
        sightings: Every sighting.
        reports: Every report.
        readings: Every reading, those that were corrected too.
        settlements: Every settlement; only when each item's first was made is used.
        codings: Every coding, those that were corrected too; of each coder's only the last is kept.
        clusters: The SHA-256 of every item that is joined with others, and a number that all of its cluster share.
        hosts: Whether the names of the hosts of sightings are kept too, for inside only.
    """

    grades: Iterable[tuple[Item, Grade | None]]
    sightings: Iterable[Sighting] = ()
    reports: Iterable[Report] = ()
    readings: Iterable[Reading] = ()
    settlements: Iterable[Settlement] = ()
    codings: Iterable[Coding] = ()
    clusters: Iterable[tuple[str, int]] = ()
    hosts: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Records in `folder` as Parquet files; `digest`, the SHA-256 of its `snapshot.json`, names all of it."""

    folder: Path
    vocabulary: str
    packs: tuple[PackUsed, ...]
    synthetic: bool
    digest: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def names_hosts(self) -> bool:
        """Whether it holds the names of hosts."""
        return HOSTS in self.counts

    def opened(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection of its own, with these relations.

        `media`, one row an item, with its number `n` by rising SHA-256, its fields and all that its
        grade says; `children`, one row a child of an item `n`; `sightings`, `reports` and `readings`.
        Beneath `media` and `children` lie `items`, `grades` and `graded_children`, which meet by `grade`.
        `hosts`, from the number of a host to its name, is there only where it was asked for.
        """
        database = connected()
        own = (*OWN, HOSTS) if self.names_hosts else OWN
        for relation, name in {"items": "media", "graded_children": "children", **{name: name for name in own}}.items():
            path = literal(str(self.folder / f"{name}.parquet"))
            database.execute(f"CREATE VIEW {relation} AS SELECT * FROM read_parquet({path})")
        database.execute("""
            CREATE VIEW media AS SELECT i.*, g.* EXCLUDE (grade) FROM items i JOIN grades g USING (grade);
            CREATE VIEW children AS SELECT i.n, c.* FROM items i JOIN graded_children c USING (grade)""")
        return database


FILES = ("media", "grades", "children", "sightings", "reports", "readings", "codings")
OWN = ("grades", "sightings", "reports", "readings", "codings")
HOSTS = "hosts"


def connected() -> duckdb.DuckDBPyConnection:
    """A DuckDB connection within the memory that a study may take; what is more goes to the temporary folder."""
    database = duckdb.connect()
    database.execute(f"SET TimeZone = 'UTC'; SET enable_progress_bar = false; SET memory_limit = '{MEMORY}'; "
                     f"SET temp_directory = {literal(str(Path(gettempdir()) / 'hashgrade-studies'))}")
    return database


def snapshot(folder: Path, records: Records, packs: Sequence[PackUsed], judge: Judge) -> Snapshot:
    """Write the records to `folder` as Parquet; the same records give the same bytes, in whatever order they come.

    Items are numbered by digest, grades by the digest of their canonical text, addresses, reports
    and readers by where they occur first: a number counts as well as a name does and says less.

    Args:
        folder: Made if it is not there; files of an earlier snapshot in it are replaced.
        records: What to write.
        packs: The packs that `judge` answers for.
        judge: From a grade to the verdict of each pack, by the pack's id.

    Raises:
        InputError: STU-37, the records contradict each other.
        Conflict: STU-11, something is of an item that is not there.
    """
    def all_(some: Sequence[Grade]) -> Iterator[Outcomes]:
        return ({name: possible(verdict) for name, verdict in judge(grade).items()} for grade in some)

    return _snapshot(folder, records, packs, all_)


def taken(folder: Path, packs: Sequence[Pack], digests: Mapping[str, str], hosts: bool = False) -> Snapshot:
    """Take a snapshot of the open station's records, judged by these packs, whose texts have these digests.

    Others may write meanwhile: what is of items that were filed after it began is left out. With `hosts` the names of
    hosts are in it too, and then it is for inside only.
    """
    from hashgrade.store import queries  # noqa: PLC0415 - needs Django set up
    from hashgrade.store.figures import newest_item  # noqa: PLC0415

    used = [PackUsed(pack.id, pack.version, pack.review.state != "reviewed", pack.labels, digests[pack.id])
            for pack in packs]
    until = newest_item()
    records = Records(queries.grades(until), queries.sightings(until), queries.reports(), queries.readings(until),
                      queries.settlements(until), queries.codings(until), queries.clusters(), hosts)
    return _snapshot(folder, records, used, in_columns(packs))


def in_columns(packs: Sequence[Pack]) -> JudgeAll:
    """Judge many grades by each pack at once, as `judge` does one by one."""
    def all_(some: Sequence[Grade]) -> Iterator[Outcomes]:
        from hashgrade.law.columns import Columns, judge_all  # noqa: PLC0415 - only where there is much to judge

        columns = Columns.of(some)
        verdicts = {pack.id: judge_all(columns, pack) for pack in packs}
        for n in range(len(some)):
            found = {name: verdict.interval(n) for name, verdict in verdicts.items()}
            yield {name: (*could_be, at_least) for name, (at_least, could_be) in found.items()}

    return all_


def load(folder: Path) -> Snapshot:
    """A snapshot that was kept, after every file in it was compared with its digest.

    Raises:
        InputError: STU-35, it is of another format; STU-36, there is none.
        Broken: STU-38, a file is missing or is not what was written.
    """
    path = folder / DESCRIBED
    try:
        text = path.read_bytes()
        said = json.loads(text)
        form = said["format"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError("STU-36", f"`{folder.name}` holds no snapshot: `{DESCRIBED}` is missing or cannot be read",
                         where=str(path)) from error
    if form != FORMAT:
        what = f"the snapshot is of format {form}, and this version reads format {FORMAT}"
        raise InputError("STU-35", what, where=str(path))
    if lacks := lacking(said, SHAPE):
        raise Broken("STU-38", f"the snapshot's `{DESCRIBED}` is not what was written: see `{lacks}`", where=str(path))
    for name in (*FILES, HOSTS) if HOSTS in said["counts"] else FILES:
        file = folder / f"{name}.parquet"
        if not file.is_file():
            raise Broken("STU-38", f"the snapshot's `{file.name}` is missing", where=str(folder))
        if digest_of(file) != said["files"].get(file.name):
            raise Broken("STU-38", f"the snapshot's `{file.name}` is not what was written", where=str(file))
    packs = tuple(PackUsed(one["id"], one["version"], one["draft"], one["labels"], one["digest"])
                  for one in said["packs"])
    return Snapshot(folder, said["vocabulary"], packs, said["synthetic"], sha256(text).hexdigest(), said["counts"])


SHAPE = {
    "vocabulary": str, "synthetic": bool, "files": dict, "counts": dict,
    "packs": [{"id": str, "version": str, "draft": bool, "labels": dict, "digest": (str, type(None))}]}


def lacking(said: Any, shape: Any, at: str = "") -> str:
    """Where JSON has not the shape that is wanted, as a path in it; empty where it has.

    Args:
        said: What was read.
        shape: A map of keys to shapes, a list of one shape, or a type or several.
        at: The path so far.
    """
    if isinstance(shape, dict) and isinstance(said, dict):
        found = (lacking(said.get(key, ...), inner, f"{at}.{key}".lstrip(".")) for key, inner in shape.items())
    elif isinstance(shape, list) and isinstance(said, list):
        found = (lacking(one, shape[0], f"{at}[{n}]") for n, one in enumerate(said))
    else:
        return "" if not isinstance(shape, dict | list) and isinstance(said, shape) else at or "all of it"
    return next(filter(None, found), "")


def cleared(folder: Path) -> None:
    """Make room for a snapshot that is to be kept: a folder that is empty, or holds nothing but an earlier one.

    Raises:
        Refused: STU-10, it holds something else.
    """
    written = {DESCRIBED, *(f"{name}.parquet" for name in (*FILES, HOSTS))}
    others = sorted(path.name for path in folder.iterdir() if path.name not in written) if folder.is_dir() else []
    if others or (folder.exists() and not folder.is_dir()):
        held = f"holds `{others[0]}`, which no snapshot wrote" if others else "is not a folder"
        raise Refused("STU-10", f"the folder for the snapshot {held}")
    (folder / DESCRIBED).unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as data:
        return file_digest(data, "sha256").hexdigest()


# -- from nouns to lines ------------------------------------------------------------------------------------------


def _snapshot(folder: Path, records: Records, packs: Sequence[PackUsed], judge_all: JudgeAll) -> Snapshot:
    folder.mkdir(parents=True, exist_ok=True)
    synthetic = _write_lines(folder, records, judge_all)
    with connected() as database:
        for name, columns in lines(packs).items():
            listed = ", ".join(f"{literal(column)}: {literal(kind)}" for column, kind in columns.items())
            path = literal(str(folder / f"{name}.jsonl"))
            database.execute(f"CREATE VIEW {name}_lines AS SELECT * FROM "
                             f"read_json({path}, format = 'newline_delimited', columns = {{{listed}}})")
        found = finished(folder, database, packs, synthetic)
    for name in lines(packs):
        (folder / f"{name}.jsonl").unlink()
    return found


def _write_lines(folder: Path, records: Records, judge_all: JudgeAll) -> bool:
    """Write each kind of record as JSON lines; whether any of them is marked as synthetic."""
    writer = _Writer(judge_all)
    rows: Iterable[Mapping[str, object]]
    for name, rows in (("item", writer.items(records.grades)), ("sighting", writer.sightings(records.sightings)),
                       ("report", writer.reports(records.reports)), ("reading", writer.readings(records.readings)),
                       ("settlement", writer.settlements(records.settlements)),
                       ("coding", writer.codings(records.codings)),
                       ("cluster", ({"sha256": item, "cluster": cluster} for item, cluster in records.clusters)),
                       ("host", writer.named(records.hosts))):
        with ((folder / f"{name}.jsonl").open("w", encoding="utf-8") as into,
              (folder / "grade.jsonl").open("a" if name != "item" else "w", encoding="utf-8") as of_grades,
              (folder / "child.jsonl").open("a" if name != "item" else "w", encoding="utf-8") as of_children):
            for row in rows:
                into.write(json.dumps(row) + "\n")
                if len(writer.waiting) == AT_ONCE:
                    writer.judged(of_grades, of_children)
            writer.judged(of_grades, of_children)
    return writer.synthetic


class _Writer:
    """Turns nouns into rows, and gathers each distinct grade once."""

    def __init__(self, judge_all: JudgeAll) -> None:
        self.judge_all, self.synthetic = judge_all, False
        self.hosts: dict[str, str] = {}
        self.numbers: dict[bytes, int] = {}
        self.waiting: list[tuple[int, str, Grade]] = [(0, "", Grade())]  # of an item without a grade of record

    def number(self, grade: Grade | None) -> int:
        """The number of a grade until it is known where its canonical text stands among all; 0 of none."""
        if grade is None:
            return 0
        key = _short(repr((grade.facts, grade.children)))
        if key not in self.numbers:
            text = grades.canonical(grade)
            first = self.numbers.setdefault(_short(text), len(self.numbers) + 1)
            if first == len(self.numbers):
                self.waiting.append((first, sha256(text.encode()).hexdigest(), grade))
            self.numbers[key] = first
        return self.numbers[key]

    def judged(self, of_grades: Any, of_children: Any) -> None:
        """Judge the grades that are waiting and write them."""
        verdicts = self.judge_all([grade for _, _, grade in self.waiting])
        for (number, digest, grade), outcomes in zip(self.waiting, verdicts, strict=True):
            of_verdicts = {f"verdict.{name}": list(some) for name, some in outcomes.items()}
            row = {"was": number, "digest": digest, "graded": number > 0, **answers(grade), **of_verdicts}
            of_grades.write(json.dumps(row) + "\n")
            of_children.writelines(json.dumps({"was": number, **child}) + "\n" for child in children(grade))
        self.waiting.clear()

    def items(self, rows: Iterable[tuple[Item, Grade | None]]) -> Rows:
        for item, grade in rows:
            self.synthetic = self.synthetic or item.extra.get("synthetic") is True
            yield {"sha256": item.sha256, "kind": item.kind.value, "known": item.known.value if item.known else "new",
                   "first_seen": _utc(item.first_seen), "was": self.number(grade)}

    def sightings(self, rows: Iterable[Sighting]) -> Rows:
        for one in rows:
            name = one.host
            if name and name not in self.hosts:
                self.hosts[name] = _short(name).hex()
            yield {"sha256": one.sha256, "url": _short(one.url).hex(), "report": _short(one.report or "").hex(),
                   "host": name and self.hosts[name], "seen_at": _utc(one.seen_at), "site_type": one.site_type,
                   "original_upload": one.original_upload}

    def named(self, wanted: bool) -> Rows:
        """The hosts of all sightings that were written, or of none where their names are not wanted."""
        yield from ({"host": host, "name": name} for name, host in self.hosts.items() if wanted)

    def reports(self, rows: Iterable[Report]) -> Rows:
        for one in rows:
            self.synthetic = self.synthetic or one.extra.get("synthetic") is True
            yield {"report": _short(one.report).hex(), "source": one.source, "received_at": _utc(one.received_at),
                   "outcome": one.outcome, "duplicate": words.duplicate(one)}

    def readings(self, rows: Iterable[Reading]) -> Rows:
        for one in rows:
            yield {"sha256": one.sha256, "reader": _short(one.reader).hex(), "at": _utc(one.at),
                   "seconds_visible": one.seconds_visible, "supersedes": one.supersedes and _utc(one.supersedes),
                   "was": self.number(one.grade)}

    def settlements(self, rows: Iterable[Settlement]) -> Rows:
        for one in rows:
            yield {"sha256": one.sha256, "at": _utc(one.at)}

    def codings(self, rows: Iterable[Coding]) -> Rows:
        for one in rows:
            self.synthetic = self.synthetic or one.extra.get("synthetic") is True
            for question, said in one.answers.items():
                yield {"sha256": one.sha256, "study": one.study, "coder": _short(one.coder).hex(), "at": _utc(one.at),
                       "question": question, "answer": [said] if isinstance(said, str) else list(said)}


def answers(grade: Grade) -> dict[str, object]:
    """What a grade says of the medium, stated and derived."""
    stated = {name: value for name, value in grade.facts.items() if name in vocabulary().of_medium}
    if not isinstance(stated.get("child_count", 0), int):
        del stated["child_count"]
    return {**stated, **grades.derived(grade)}


def children(grade: Grade) -> Rows:
    """Each child that a grade describes, and after them one of whom nothing is known where there may be more."""
    rows = [row for row in grade.children or () if not grades.adult(row)]
    for number, row in enumerate(rows):
        yield {"row": number, "stated": True, **_described(row)}
    if grades.unknown_children(grade):
        yield {"row": len(rows), "stated": False}


def _described(row: Child) -> dict[str, object]:
    facts = {name: row[name] for name in vocabulary().of_row if name in row}
    if isinstance(facts.get("activity"), str):
        facts["activity"] = (str(facts["activity"]),)
    return {**facts, "prepubescent": grades.prepubescent(row)}


def lines(packs: Sequence[PackUsed]) -> dict[str, dict[str, str]]:
    """The columns of each kind of line and their DuckDB types, in order."""
    words = vocabulary()
    derived = [name for name, fact in words.derived.items() if fact.level == "M"]
    of_grade = {name: "INTEGER" if words.names[name].kind == "number" else "VARCHAR"
                for name in (*words.of_medium, *derived)}
    of_child = {name: "VARCHAR[]" if words.facts[name].many else "VARCHAR" for name in words.of_row}
    return {
        "item": {"sha256": "VARCHAR", "kind": "VARCHAR", "known": "VARCHAR", "first_seen": "TIMESTAMP",
                 "was": "INTEGER"},
        "grade": {"was": "INTEGER", "digest": "VARCHAR", "graded": "BOOLEAN", **of_grade,
                  **{f"verdict.{pack.id}": "VARCHAR[]" for pack in packs}},
        "child": {"was": "INTEGER", "row": "INTEGER", "stated": "BOOLEAN", **of_child, "prepubescent": "VARCHAR"},
        "sighting": {"sha256": "VARCHAR", "url": "VARCHAR", "report": "VARCHAR", "host": "VARCHAR",
                     "seen_at": "TIMESTAMP", "site_type": "VARCHAR", "original_upload": "BOOLEAN"},
        "cluster": {"sha256": "VARCHAR", "cluster": "BIGINT"}, "host": {"host": "VARCHAR", "name": "VARCHAR"},
        "report": {"report": "VARCHAR", "source": "VARCHAR", "received_at": "TIMESTAMP", "outcome": "VARCHAR",
                   "duplicate": "VARCHAR"},
        "reading": {"sha256": "VARCHAR", "reader": "VARCHAR", "at": "TIMESTAMP", "seconds_visible": "DOUBLE",
                    "supersedes": "TIMESTAMP", "was": "INTEGER"},
        "settlement": {"sha256": "VARCHAR", "at": "TIMESTAMP"},
        "coding": {"sha256": "VARCHAR", "study": "VARCHAR", "coder": "VARCHAR", "at": "TIMESTAMP",
                   "question": "VARCHAR", "answer": "VARCHAR[]"}}


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


def _short(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()


# -- from lines to Parquet ----------------------------------------------------------------------------------------

def finished(folder: Path, database: duckdb.DuckDBPyConnection, packs: Sequence[PackUsed], synthetic: bool) -> Snapshot:
    """Write the Parquet files from the relations `item_lines` and so on, and describe them.

    Raises:
        InputError: STU-37, the lines contradict each other.
        Conflict: STU-11, something is of an item that is not there.
    """
    for said, query in CONTRADICTIONS.items():
        ((found,),) = database.execute(f"SELECT count(*) FROM ({query})").fetchall()
        if found:
            raise InputError("STU-37", f"{said} ({found} times)")
    database.execute(NUMBERED)
    for said, query in LEFT_OVER.items():
        ((found,),) = database.execute(query).fetchall()
        if found:
            raise Conflict("STU-11", f"{found} {said} of items that are not among the items read")
    database.execute("SET threads = 1")  # so that row groups are cut at the same rows on every machine
    counts = {}
    (folder / f"{HOSTS}.parquet").unlink(missing_ok=True)
    ((names,),) = database.execute("SELECT count(*) FROM host_lines").fetchall()
    for name in (*FILES, HOSTS) if names else FILES:
        into = literal(str(folder / f"{name}.parquet"))
        database.execute(f"COPY ({QUERIES[name]}) TO {into} (FORMAT parquet, COMPRESSION zstd)")
        ((counts[name],),) = database.execute(f"SELECT count(*) FROM read_parquet({into})").fetchall()
    described = {
        "format": FORMAT, "vocabulary": vocabulary().version, "synthetic": synthetic,
        "packs": [{**asdict(pack), "review": pack.review} for pack in packs], "counts": counts,
        "files": {f"{name}.parquet": digest_of(folder / f"{name}.parquet") for name in counts}}
    text = (json.dumps(described, indent=1) + "\n").encode()
    (folder / DESCRIBED).write_bytes(text)
    return Snapshot(folder, vocabulary().version, tuple(packs), synthetic, sha256(text).hexdigest(), counts)
