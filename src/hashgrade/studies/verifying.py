"""Make a report again, and say in words what does not come out the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hashgrade import __version__
from hashgrade.studies.manifest import digests, read, text_of, used
from hashgrade.studies.releases import those_of
from hashgrade.studies.run import run
from hashgrade.studies.schema import load, path_of
from hashgrade.studies.snapshot import Snapshot, digest_of


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: each line of `differs` names one thing that is not as the manifest says; none: all is."""

    files: int
    differs: tuple[str, ...]


def verify(out: Path, snapshot: Snapshot, file: Path | None = None, against: Sequence[Path] = ()) -> Verified:
    """Make a report again from a snapshot and compare every byte.

    Args:
        out: The report.
        snapshot: The records, kept since or taken again.
        file: The study file, to be compared with the one that the report was made from; else the text that the
            manifest has of that is used.
        against: The earlier reports that it was guarded against, if any.

    Raises:
        InputError: STU-36, it is no report; STU-01, there is no such file; STU-39, none is given, and the manifest
            does not have its text; STU-34, it was guarded against other reports.
    """
    said = read(out)
    with TemporaryDirectory(prefix="hashgrade-") as folder:
        written = path_of(file) if file else _written(said, Path(folder))
        inputs = list(_inputs(said, snapshot, written))
        study = load(written)
        before = those_of(said, against, out)
        year = int(said["period"][0][:4]) if study.period is None else None
        again = Path(folder) / "report"
        run(written, snapshot, again, year, synthetic=said["synthetic"], internal=said.get("internal", False),
            against=before)
        found = digests(again)
    return Verified(len(said["files"]), (*inputs, *_outputs(said["files"], digests(out), found)))


def _written(said: Mapping[str, Any], folder: Path) -> Path:
    """A file of the study's text, as the manifest has it."""
    path = folder / "study.yaml"
    path.write_bytes(text_of(said).encode(errors="surrogatepass"))
    return path


def _inputs(said: Mapping[str, Any], snapshot: Snapshot, file: Path) -> Iterator[str]:
    """What goes into the report now and is not what went into it then."""
    if said["hashgrade"] != __version__:
        yield f"the report was made by hashgrade {said['hashgrade']}, and this is {__version__}"
    if said["study"]["sha256"] not in (None, digest_of(file)):
        yield f"the study file `{file.name}` is not the one the report was made from"
    if said["vocabulary"] != snapshot.vocabulary:
        yield f"the vocabulary was {said['vocabulary']} and is {snapshot.vocabulary}"
    packs = [used(pack) for pack in snapshot.packs]
    yield from (f"pack {one['pack']} {one['version']} was in use and its text, or its review, is another now"
                for one in said["packs"] if one not in packs)
    yield from (f"pack {one['pack']} {one['version']} was not in use" for one in packs
                if one["pack"] not in {before["pack"] for before in said["packs"]})
    if said["snapshot"]["sha256"] != snapshot.digest:
        before, now = said["snapshot"].get("counts", snapshot.counts), snapshot.counts
        changed = [f"{name} {before.get(name, 0):,} and now {now[name]:,}" for name in now
                   if before.get(name) != now[name]]
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
