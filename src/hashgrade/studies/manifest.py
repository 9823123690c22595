"""Manifests: what a report was made from, file by file, and whether it comes out the same again."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hashgrade import __version__
from hashgrade.errors import InputError
from hashgrade.studies.count import Period
from hashgrade.studies.snapshot import PackUsed, Snapshot, digest_of
from hashgrade.studies.study import FOLDER, Study, load

MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Made:
    """What a report was made from: the study and its file (None: it has none), the records and the period."""

    study: Study
    file: Path | None
    snapshot: Snapshot
    period: Period
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: each line of `differs` names one thing that is not as the manifest says; none: all is."""

    files: int
    differs: tuple[str, ...]


def file_of(study: str | Path) -> Path:
    """The file of a study that has a name, or is named by its path."""
    return Path(study) if Path(study).suffix in (".yaml", ".yml") else FOLDER / f"{study}.yaml"


def write(out: Path, made: Made) -> None:
    """Write `manifest.json` beside the files of a report: all that they were made from, and the digest of each."""
    study, file, snapshot = made.study, made.file, made.snapshot
    said = {
        "format": FORMAT, "hashgrade": __version__,
        "study": {"name": study.name, "built_in": file is not None and file.parent == FOLDER,
                  "sha256": digest_of(file) if file else None},
        "period": [day.isoformat() for day in made.period], "synthetic": made.synthetic,
        "snapshot": {"sha256": snapshot.digest, "counts": dict(snapshot.counts)}, "vocabulary": snapshot.vocabulary,
        "packs": [_pack(pack) for pack in snapshot.packs],
        "seed": study.sample.seed if study.sample else None,
        "disclosure": {"under": study.disclosure.under, "round_to": study.disclosure.round_to,
                       "reason": study.disclosure.reason},
        "files": _digests(out)}
    (out / MANIFEST).write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read(out: Path) -> dict[str, Any]:
    """The manifest of a report.

    Raises:
        InputError: STU-36, there is none that this version reads.
    """
    try:
        said: dict[str, Any] = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        form = said["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"`{out.name}` holds no report: `{MANIFEST}` is missing or cannot be read"
        raise InputError("STU-36", what) from error
    if form != FORMAT:
        raise InputError("STU-36", f"`{MANIFEST}` is of format {form}, and this version reads format {FORMAT}")
    return said


def verify(out: Path, snapshot: Snapshot, file: Path | None = None) -> Verified:
    """Make a report again from a snapshot and compare every byte.

    Args:
        out: The report.
        snapshot: The records, kept since or taken again.
        file: The study file; needed unless the study came with the package.

    Raises:
        InputError: STU-36, it is no report; STU-39, the study's file is not given.
    """
    from hashgrade.studies.run import run  # noqa: PLC0415 - which writes manifests

    said = read(out)
    if file is None and not said["study"]["built_in"]:
        raise InputError("STU-39", f"study `{said['study']['name']}` does not come with the package, and no file of it "
                         "is given")
    written = file or file_of(said["study"]["name"])
    inputs = list(_inputs(said, snapshot, written))
    study = load(written)
    year = int(said["period"][0][:4]) if study.period is None else None
    with TemporaryDirectory(prefix="hashgrade-") as folder:
        again = Path(folder) / "report"
        run(written, snapshot, again, year, said["synthetic"])
        found = _digests(again)
    return Verified(len(said["files"]), (*inputs, *_outputs(said["files"], _digests(out), found)))


def _inputs(said: Mapping[str, Any], snapshot: Snapshot, file: Path) -> Iterator[str]:
    """What goes into the report now and is not what went into it then."""
    if said["hashgrade"] != __version__:
        yield f"the report was made by hashgrade {said['hashgrade']}, and this is {__version__}"
    if said["study"]["sha256"] not in (None, digest_of(file)):
        yield f"the study file `{file.name}` is not the one the report was made from"
    if said["vocabulary"] != snapshot.vocabulary:
        yield f"the vocabulary was {said['vocabulary']} and is {snapshot.vocabulary}"
    packs = [_pack(pack) for pack in snapshot.packs]
    yield from (f"pack {one['pack']} {one['version']} was in use and its text, or its review, is another now"
                for one in said["packs"] if one not in packs)
    yield from (f"pack {one['pack']} {one['version']} was not in use" for one in packs
                if one["pack"] not in {before["pack"] for before in said["packs"]})
    if said["snapshot"]["sha256"] != snapshot.digest:
        before, now = said["snapshot"]["counts"], snapshot.counts
        changed = [f"{name} {before[name]:,} and now {now[name]:,}" for name in now if before.get(name) != now[name]]
        yield "the records are not those of the report" + (f": {', '.join(changed)}" if changed else "")


def _outputs(files: Mapping[str, str], there: Mapping[str, str], again: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*files, *there, *again}):
        if name not in there:
            yield f"`{name}` is missing from the report"
        elif name not in files:
            yield f"`{name}` is in the report's folder and not in its manifest"
        elif there[name] != files[name]:
            yield f"`{name}` was changed after it was written"
        if files.get(name) != again.get(name):
            yield f"`{name}` does not come out the same"


def _digests(out: Path) -> dict[str, str]:
    paths = sorted(path for path in out.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {path.relative_to(out).as_posix(): digest_of(path) for path in paths}


def _pack(pack: PackUsed) -> dict[str, str | None]:
    return {"pack": pack.id, "version": pack.version, "digest": pack.digest, "review": pack.review}
