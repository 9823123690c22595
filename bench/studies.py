"""`python -m bench.studies make N DIR` and `python -m bench.studies run STUDY DIR`: studies of many items.

`make` writes a snapshot of N items with children, sightings, readings and verdicts, the same for the same N:
grades drawn as `bench.law` draws them, an eighth as many as items but at most 125,000, each in up to eight variants
of setting, capture and series, so that up to a million grades are distinct; judged in columns by the packs that a
station uses unless told; all items first seen in 2023. Half of the items stand alone on their page and the others
share one with a few more. `run` prints the seconds and the peak memory of each phase, and of each table by itself.
"""

import json
import sys
import time
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random
from resource import RUSAGE_SELF, getrusage
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
from bench.law import realistic, say

from hashgrade import law
from hashgrade.law import grades
from hashgrade.nouns import Grade
from hashgrade.studies.count import count
from hashgrade.studies.manifest import Made
from hashgrade.studies.pages import write
from hashgrade.studies.report import compose
from hashgrade.studies.schema import load as study_of
from hashgrade.studies.snapshot import PackUsed, Snapshot, answers, children, finished, in_columns, lines, load
from hashgrade.studies.study import Study
from hashgrade.studies.table import spread

PACKS: Final = ("uk-ew", "uk-ew-prohibited", "us-industry", "interpol-baseline")
VARIANTS: Final = 8
DRAWN_MAX: Final = 125_000
YEAR: Final = 2023
MANY: Final = 1_000_000


def make(items: int, folder: Path) -> Snapshot:
    """Write a snapshot of so many items."""
    folder.mkdir(parents=True, exist_ok=True)
    packs = [law.load(name) for name in PACKS]
    used = [PackUsed(pack.id, pack.version, pack.review.state != "reviewed", pack.labels) for pack in packs]
    drawn = max(1, min(items // VARIANTS, DRAWN_MAX))
    some = list(islice(realistic(Random(f"studies:{items}")), drawn))  # noqa: S311 - seeded, and nothing secret
    with TemporaryDirectory(dir=folder) as temporary, duckdb.connect(str(Path(temporary) / "lines.duckdb")) as database:
        database.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false; SET memory_limit = '3GB'; "
                         f"SET temp_directory = '{temporary}'")
        _grades(database, [Grade(), *some], packs, lines(used))
        _items(database, items, drawn)
        return finished(folder, database, used, synthetic=True)


def _grades(database: duckdb.DuckDBPyConnection, some: list[Grade], packs: list[law.Pack],
            columns: dict[str, dict[str, str]]) -> None:
    """`grade_lines` and `child_lines`: each grade that was drawn in its variants, and the empty one once."""
    verdicts = in_columns(packs)(some)
    with TemporaryDirectory() as temporary:
        paths = {name: Path(temporary) / f"{name}.jsonl" for name in ("grade", "child")}
        with paths["grade"].open("w") as of_grades, paths["child"].open("w") as of_children:
            for n, (grade, outcomes) in enumerate(zip(some, verdicts, strict=True)):
                row = {"was": n, "digest": f"{n:08}" if n else "", "graded": n > 0, **answers(grade),
                       **{f"verdict.{name}": list(one) for name, one in outcomes.items()}}
                of_grades.write(json.dumps(row) + "\n")
                of_children.writelines(json.dumps({"was": n, **child}) + "\n" for child in children(grade))
        for name, path in paths.items():
            listed = ", ".join(f"'{column}': '{kind}'" for column, kind in columns[name].items())
            database.execute(f"CREATE TABLE drawn_{name} AS SELECT * FROM "
                             f"read_json('{path}', format = 'newline_delimited', columns = {{{listed}}})")
    settings = list(law.vocabulary().facts["setting"].values)
    database.execute(f"""
        CREATE TABLE variants AS SELECT was, v, was * {VARIANTS} + v AS variant, (hash(was * 64 + v) // 4)::BIGINT AS h
          FROM drawn_grade, (SELECT unnest(range({VARIANTS})) AS v) WHERE was > 0 OR v = 0;
        CREATE TABLE grade_lines AS SELECT g.* REPLACE (v.variant::INTEGER AS was, digest || v.v AS digest,
            CASE WHEN v.v = 0 THEN setting ELSE ({settings})[1 + v.h % {len(settings)}] END AS setting,
            CASE WHEN v.v = 0 THEN home WHEN v.h % {len(settings)} < {len(grades.HOME)} THEN 'yes' ELSE 'no' END
              AS home,
            CASE WHEN v.v = 0 THEN capture ELSE (['recording', 'still'])[1 + v.h // 16 % 2] END AS capture,
            CASE WHEN v.v = 0 THEN series ELSE 'series-' || (v.h // 32 % 500) END AS series)
          FROM drawn_grade g JOIN variants v USING (was);
        CREATE TABLE child_lines AS SELECT c.* REPLACE (v.variant::INTEGER AS was)
          FROM drawn_child c JOIN variants v USING (was)""")


def _items(database: duckdb.DuckDBPyConnection, items: int, drawn: int) -> None:
    """`item_lines`, `sighting_lines`, `report_lines`, `reading_lines` and `settlement_lines`."""
    known = ("CASE WHEN h % 100 < 60 THEN 'new' WHEN h % 100 < 85 THEN 'graded' WHEN h % 100 < 95 THEN 'claimed' "
             "ELSE 'near' END")
    database.execute(f"""
        CREATE TABLE item_lines AS SELECT sha256('item ' || i) AS sha256,
          CASE WHEN h % 7 = 0 THEN 'video' ELSE 'image' END AS kind, {known} AS known,
          TIMESTAMP '2023-01-01' + to_seconds((h // 1000 % 31536000)::BIGINT) AS first_seen, i,
          CASE WHEN h2 % 50 = 0 THEN 0 ELSE {VARIANTS} + (({drawn} * pow((h2 % 1000000007) / 1000000007, 2))::BIGINT
            % {drawn}) * {VARIANTS} + h2 // 64 % {VARIANTS} END::INTEGER AS was
        FROM (SELECT i, (hash(i) // 4)::BIGINT AS h, (hash(i + 1000000007) // 4)::BIGINT AS h2
          FROM range({items}) t(i));
        CREATE TABLE sighting_lines AS SELECT sha256,
          CASE WHEN h % 2 = 0 THEN 'a' || (i * 2 + s) ELSE 'b' || (h // 2 % greatest({items} // 5, 1)) END
            AS url, 'host' || (h // 16 % 5000) AS host,
          'R' || (i // 3) AS report, first_seen + to_hours((h % 5000)::BIGINT) AS seen_at,
          (['image_host', 'forum', 'cyberlocker', 'social', NULL])[1 + h // 8 % 5] AS site_type,
          CASE h // 64 % 4 WHEN 0 THEN true WHEN 1 THEN NULL ELSE false END AS original_upload
        FROM (SELECT *, (hash(i * 4 + s + 17) // 4)::BIGINT AS h FROM item_lines, (SELECT unnest(range(2)) AS s))
        WHERE s = 0 OR h // 4096 % 2 = 0;
        CREATE TABLE report_lines AS SELECT 'R' || r AS report, (['public', 'police', 'member'])[1 + r % 3] AS source,
          TIMESTAMP '2023-01-01' + to_seconds((hash(r + 5) // 4 % 31536000)::BIGINT) AS received_at,
          (['confirmed', 'confirmed', 'adult', 'content_not_found', 'duplicate', NULL])[1 + (hash(r) // 4 % 6)::BIGINT]
            AS outcome,
          CASE WHEN hash(r) // 4 % 6 = 4 THEN 'yes' ELSE 'no' END AS duplicate
        FROM range(1 + {items} // 3) t(r);
        CREATE TABLE reading_lines AS SELECT sha256, 'reader ' || (i % 12 + s * 12) AS reader,
          first_seen + to_hours(24 + s) AS "at", (5 + i % 30)::DOUBLE AS seconds_visible,
          NULL::TIMESTAMP AS supersedes, was
        FROM item_lines, (SELECT unnest(range(2)) AS s) WHERE was > 0 AND i % 20 = 0;
        CREATE TABLE settlement_lines AS SELECT sha256, first_seen + to_hours(30) AS "at"
        FROM item_lines WHERE i % 100 = 0;
        CREATE TABLE cluster_lines AS SELECT sha256, i // 4 AS cluster FROM item_lines WHERE i % 8 < 4;
        CREATE TABLE host_lines (host VARCHAR, name VARCHAR);
        CREATE TABLE coding_lines (sha256 VARCHAR, study VARCHAR, coder VARCHAR, "at" TIMESTAMP, question VARCHAR,
          answer VARCHAR[]);
        ALTER TABLE item_lines DROP i""")


def run(name: str, folder: Path) -> None:
    """Run a study, phase by phase, and each of its tables by itself."""
    begun = now()
    snapshot = load(folder)
    begun = said("files compared with their digests", begun)
    whole = study_of(name)
    period = whole.period or (date(YEAR, 1, 1), date(YEAR, 12, 31))
    made = Made(whole, None, snapshot, period, synthetic=True)
    study = made.of_counts
    counted = count(study, snapshot, period)
    said("counted", begun)
    for unit, atoms in counted.atoms.items():
        cells, groups = atoms.matrix.shape
        say(f"  {unit}: {cells:,} cells, {groups:,} atoms, {atoms.units.sum():,} units")
    of_each_table(study, snapshot, period)
    begun = now()
    composed = compose(made, counted)
    begun = said("small counts kept back, and what is measured", begun)
    with TemporaryDirectory() as out:
        write(composed, Path(out))
    said("report written", begun)


def of_each_table(study: Study, snapshot: Snapshot, period: tuple[date, date]) -> None:
    """How long each table takes by itself, the median of three; once each where there are very many items."""
    took: dict[str, list[tuple[float, float]]] = {}
    for table in (one for written in study.tables for one in spread(written, snapshot.packs)):
        for _ in range(3 if snapshot.counts["media"] <= MANY else 1):
            begun = now()
            count(replace(study, tables=(table,), sample=study.sample if table.sampled else None), snapshot, period)
            took.setdefault(table.name, []).append((now()[0] - begun[0], now()[1] - begun[1]))
    say("  each table by itself, seconds (and processor seconds): " + ", ".join(
        f"{key} {median(wall for wall, _ in times):.1f} ({median(busy for _, busy in times):.1f})"
        for key, times in took.items()))


def now() -> tuple[float, float]:
    """The time, and the processor time of this process, in seconds."""
    return time.perf_counter(), time.process_time()


def said(what: str, begun: tuple[float, float]) -> tuple[float, float]:
    """Print what took how long, and the most memory so far; the time now."""
    wall, busy = (after - before for after, before in zip(now(), begun, strict=True))
    say(f"  {what}: {wall:.1f} s, {busy:.1f} s of processors, peak {getrusage(RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    return now()


if __name__ == "__main__":
    if sys.argv[1] == "make":
        begun = now()
        made = make(int(sys.argv[2].replace("_", "")), Path(sys.argv[3]))
        said(f"made {made.digest[:12]}", begun)
    else:
        run(sys.argv[2], Path(sys.argv[3]))
