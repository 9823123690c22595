"""Snapshots: the records of a station as Parquet, in a stated order, without media, names or addresses."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from hashgrade.law import Pack, grades
from hashgrade.law.judge import Bench
from hashgrade.law.vocabulary import Vocabulary, vocabulary
from hashgrade.nouns import Child, Grade, Item, Report, Sighting, Verdict

Rows = Iterator[Mapping[str, object]]


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
        reports: Every report; only whether it is marked synthetic is used.
    """

    grades: Iterable[tuple[Item, Grade | None]]
    sightings: Iterable[Sighting] = ()
    reports: Iterable[Report] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Records in `folder` as `media.parquet`, `children.parquet` and `sightings.parquet`."""

    folder: Path
    vocabulary: str
    packs: tuple[PackUsed, ...]
    synthetic: bool

    def opened(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection of its own, with the relations `media`, `children` and `sightings`."""
        database = duckdb.connect()
        database.execute("SET TimeZone = 'UTC'")
        for name in ("media", "children", "sightings"):
            path = str(self.folder / f"{name}.parquet").replace("'", "''")
            database.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
        return database


Judge = Callable[[Grade], Mapping[str, Verdict]]


def snapshot(folder: Path, records: Records, packs: Sequence[PackUsed], judge: Judge) -> Snapshot:
    """Write the records to `folder` as Parquet; the same records give the same bytes, in whatever order they come.

    Rows are sorted by digest and then by the order of children or by URL and time. A URL is
    kept as its SHA-256, which counts as well as the address does and says less.

    Args:
        folder: Made if it is not there; files of an earlier snapshot in it are replaced.
        records: What to write.
        packs: The packs that `judge` answers for.
        judge: From a grade to the verdict of each pack, by the pack's id.
    """
    folder.mkdir(parents=True, exist_ok=True)
    writer = _Writer(folder, vocabulary(), judge, packs)
    for name, rows in (("sightings", writer.sightings(records.sightings)), ("media", writer.media(records.grades))):
        _write_lines(folder / f"{name}.jsonl", rows)
    writer.close()
    synthetic = writer.synthetic or any(report.extra.get("synthetic") is True for report in records.reports)
    _to_parquet(folder, writer)
    taken = Snapshot(folder, vocabulary().version, tuple(packs), synthetic)
    described = {"vocabulary": taken.vocabulary, "packs": [asdict(pack) for pack in packs], "synthetic": synthetic}
    (folder / "snapshot.json").write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    return taken


def taken(folder: Path, packs: Sequence[Pack], digests: Mapping[str, str]) -> Snapshot:
    """Take a snapshot of the open station's records, judged by these packs, whose texts have these digests."""
    from hashgrade.store import queries  # noqa: PLC0415 - needs Django set up

    used = [PackUsed(pack.id, pack.version, pack.review.state != "reviewed", pack.labels, digests[pack.id])
            for pack in packs]
    records = Records(queries.grades(), queries.sightings(), queries.reports())
    return snapshot(folder, records, used, Bench(tuple(packs)))


def _write_lines(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)


class _Writer:
    """Turns nouns into rows; children go to their own file while the media pass by."""

    def __init__(self, folder: Path, words: Vocabulary, judge: Judge, packs: Sequence[PackUsed]) -> None:
        self.words, self.judge, self.packs, self.synthetic = words, judge, packs, False
        self.medium_facts = [name for name, fact in words.facts.items() if fact.level == "M"]
        self.child_facts = [name for name, fact in words.facts.items() if fact.level == "C" or fact.legal_test]
        self.derived = [name for name, fact in words.derived.items() if fact.level == "M"]
        self.children_file = (folder / "children.jsonl").open("w", encoding="utf-8")

    def close(self) -> None:
        self.children_file.close()

    def media(self, rows: Iterable[tuple[Item, Grade | None]]) -> Rows:
        for item, of_record in rows:
            self.synthetic = self.synthetic or item.extra.get("synthetic") is True
            grade = of_record or Grade()
            self.children_file.writelines(json.dumps(child) + "\n" for child in self.children(item.sha256, grade))
            yield {"sha256": item.sha256, "kind": item.kind.value, "known": item.known.value if item.known else "new",
                   "first_seen": _utc(item.first_seen), "graded": of_record is not None, **self.answers(grade)}

    def answers(self, grade: Grade) -> dict[str, object]:
        verdicts = self.judge(grade)
        possible = {f"verdict.{pack.id}": _possible(verdicts[pack.id]) for pack in self.packs}
        stated = {name: grade.facts[name] for name in self.medium_facts if name in grade.facts}
        if not isinstance(stated.get("child_count", 0), int):
            del stated["child_count"]
        return {**stated, **grades.derived(grade), **possible}

    def children(self, digest: str, grade: Grade) -> Rows:
        rows = [row for row in grade.children or () if not grades.adult(row)]
        for number, row in enumerate(rows):
            yield {"sha256": digest, "row": number, "stated": True, **self.described(row)}
        if grades.unknown_children(grade):
            yield {"sha256": digest, "row": len(rows), "stated": False}

    def described(self, row: Child) -> dict[str, object]:
        facts = {name: row[name] for name in self.child_facts if name in row}
        if isinstance(facts.get("activity"), str):
            facts["activity"] = (str(facts["activity"]),)
        return {**facts, "prepubescent": grades.prepubescent(row)}

    def sightings(self, rows: Iterable[Sighting]) -> Rows:
        for sighting in rows:
            yield {"sha256": sighting.sha256, "url": sha256(sighting.url.encode()).hexdigest(),
                   "seen_at": _utc(sighting.seen_at), "site_type": sighting.site_type,
                   "original_upload": sighting.original_upload}

    def columns(self, name: str) -> dict[str, str]:
        """The name and the DuckDB type of every column, in order."""
        if name == "sightings":
            return {"sha256": "VARCHAR", "url": "VARCHAR", "seen_at": "TIMESTAMP", "site_type": "VARCHAR",
                    "original_upload": "BOOLEAN"}
        if name == "children":
            facts = {fact: "VARCHAR[]" if self.words.facts[fact].many else "VARCHAR" for fact in self.child_facts}
            return {"sha256": "VARCHAR", "row": "INTEGER", "stated": "BOOLEAN", **facts, "prepubescent": "VARCHAR"}
        typed = {fact: "INTEGER" if self.words.names[fact].kind == "number" else "VARCHAR"
                 for fact in (*self.medium_facts, *self.derived)}
        verdicts = {f"verdict.{pack.id}": "VARCHAR[]" for pack in self.packs}
        return {"sha256": "VARCHAR", "kind": "VARCHAR", "known": "VARCHAR", "first_seen": "TIMESTAMP",
                "graded": "BOOLEAN", **typed, **verdicts}


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


def _possible(verdict: Verdict) -> list[str]:
    return [*verdict.could_be, verdict.at_least]


ORDER = {"sightings": "sha256, url, seen_at, site_type, original_upload", "children": "sha256, row", "media": "sha256"}
# What all sightings of an item say together: where it was seen, and whether away from its original upload.
MEDIA = """
SELECT m.*, s.site_type, s.redistributed FROM lines m LEFT JOIN (
  SELECT sha256, list_sort(list(DISTINCT site_type) FILTER (site_type IS NOT NULL)) AS site_type,
    CASE WHEN bool_or(NOT original_upload) THEN 'yes'
      WHEN bool_and(coalesce(original_upload, false)) THEN 'no' END AS redistributed
  FROM {sightings} GROUP BY sha256) s USING (sha256)"""


def _to_parquet(folder: Path, writer: _Writer) -> None:
    with duckdb.connect() as database:
        database.execute("SET threads = 1")  # so that row groups are cut at the same rows on every machine
        for name, order in ORDER.items():
            sightings = _lines(folder, "sightings", writer)
            query = MEDIA.format(sightings=sightings) if name == "media" else "SELECT * FROM lines"
            database.execute(
                f"COPY (WITH lines AS (SELECT * FROM {_lines(folder, name, writer)}) {query} ORDER BY {order})"
                f" TO {_quoted(folder / f'{name}.parquet')} (FORMAT parquet, COMPRESSION zstd)")
    for name in ORDER:
        (folder / f"{name}.jsonl").unlink()


def _lines(folder: Path, name: str, writer: _Writer) -> str:
    columns = ", ".join(f"{_quoted(column)}: {_quoted(kind)}" for column, kind in writer.columns(name).items())
    path = _quoted(folder / f"{name}.jsonl")
    return f"read_json({path}, format = 'newline_delimited', columns = {{{columns}}})"


def _quoted(text: Any) -> str:
    return "'" + str(text).replace("'", "''") + "'"
