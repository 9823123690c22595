"""Manifests: what a report was made from, and what it is, file by file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hashgrade import __version__
from hashgrade.errors import InputError
from hashgrade.studies.joint import Released, reports
from hashgrade.studies.periods import Period
from hashgrade.studies.snapshot import PackUsed, Snapshot, digest_of, lacking
from hashgrade.studies.study import FOLDER, Study

MANIFEST = "manifest.json"
FORMAT = 2
SHAPE = {
    "hashgrade": str, "study": {"name": str, "built_in": bool, "sha256": (str, type(None)), "text": (str, type(None))},
    "period": [str], "synthetic": bool, "snapshot": {"sha256": str, "hosts": bool}, "vocabulary": str,
    "packs": [{"pack": str, "version": str}], "files": dict}
"""What every manifest says."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a report was made from: the study and its file (None: it has none), the records, the period, for whom."""

    study: Study
    file: Path | None
    snapshot: Snapshot
    period: Period
    synthetic: bool
    internal: bool = False
    against: tuple[Released, ...] = ()

    @property
    def counted(self) -> Study:
        """The study without the tables that are for inside only, unless the report is."""
        tables = tuple(table for table in self.study.tables if self.internal or not table.internal)
        return replace(self.study, tables=tables)

    @property
    def of_counts(self) -> Study:
        """That study with the tables that are counted, and none that measures."""
        return replace(self.study, tables=tuple(table for table in self.counted.tables if not table.measure))

    @property
    def compared(self) -> frozenset[str]:
        """The tables whose rows are told beside those of the period before."""
        return frozenset(table.options["table"] for table in self.counted.tables if table.measure == "change")


def write(out: Path, made: Made) -> None:
    """Write `manifest.json` beside the files of a report: all that they were made from, and the digest of each.

    How many records there were is told inside only, as it may be a count that the report keeps back.
    """
    study, file, snapshot = made.study, made.file, made.snapshot
    counts = {"counts": dict(snapshot.counts)} if made.internal else {}
    said = {
        "format": FORMAT, "hashgrade": __version__,
        "study": {"name": study.name, "built_in": file is not None and file.parent == FOLDER,
                  "sha256": digest_of(file) if file else None,
                  "text": file.read_bytes().decode() if file else None},
        "period": [day.isoformat() for day in made.period], "synthetic": made.synthetic,
        "internal": made.internal,
        "snapshot": {"sha256": snapshot.digest, "hosts": snapshot.names_hosts, **counts},
        "vocabulary": snapshot.vocabulary,
        "packs": [used(pack) for pack in snapshot.packs],
        "seed": study.sample.seed if study.sample else None,
        "disclosure": {"under": study.disclosure.under, "round_to": study.disclosure.round_to,
                       "reason": study.disclosure.reason},
        "against": [{"release": name, "sha256": sha256} for name, sha256 in reports(made.against)],
        "files": digests(out)}
    (out / MANIFEST).write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read(out: Path) -> dict[str, Any]:
    """The manifest of a report.

    Raises:
        InputError: STU-36, there is none that this version reads.
    """
    try:
        said: dict[str, Any] = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        form = said["format"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        what = f"`{out.name}` holds no report: `{MANIFEST}` is missing or cannot be read"
        raise InputError("STU-36", what) from error
    if form != FORMAT:
        what = f"`{MANIFEST}` of `{out.name}` is of format {form}, and this version reads format {FORMAT}"
        raise InputError("STU-36", what, to_do="make the report again with this version, or name it no longer; "
                                               "then nothing is compared with it, nor guarded against it")
    if lacks := lacking(said, SHAPE):
        raise InputError("STU-36", f"`{MANIFEST}` of `{out.name}` is not what was written: see `{lacks}`")
    return said


def text_of(said: Mapping[str, Any]) -> str:
    """The text of the study that a report was made from.

    Raises:
        InputError: STU-39, its manifest does not have it, as the study had no file.
    """
    text: str | None = said["study"]["text"]
    if text is None:
        raise InputError("STU-39", f"`{MANIFEST}` does not have the text of study `{said['study']['name']}`")
    return text


def digests(out: Path) -> dict[str, str]:
    """The SHA-256 of every file of a report but the manifest, by its path in the folder."""
    paths = sorted(path for path in out.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {path.relative_to(out).as_posix(): digest_of(path) for path in paths}


def used(pack: PackUsed) -> dict[str, str | None]:
    """A pack as a manifest names it."""
    return {"pack": pack.id, "version": pack.version, "digest": pack.digest, "review": pack.review}
