"""`hashgrade hash`: fingerprints of media, without a station.

Each line of output is one medium; what is wrong with one stands in its line, and the
rest goes on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Final

import typer

from hashgrade import app
from hashgrade.cli import console
from hashgrade.cli.console import AsJson, Line
from hashgrade.cli.progress import progress
from hashgrade.decode import Decoders, Seen, Wanted
from hashgrade.errors import InputError, printable
from hashgrade.fingerprints import vpdq
from hashgrade.media import Source, batches, digests, read
from hashgrade.nouns import Exact, Flavour, Kind
from hashgrade.runner import threads

PART_FILES: Final = 16


def hash_media(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, or folders to walk in sorted order.")],
    flavour: Annotated[Flavour, typer.Option(
        help="`full`, which lists carry; or, faster and some bits away, `luma` or `scaled`.")] = Flavour.FULL,
    frames: Annotated[Path | None, typer.Option(
        help="A folder for the frames of each clip, as `SHA256.vpdq`, which vPDQ reads too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the exact digests, size and PDQ of media; names and suffixes are never believed."""
    settings = console.settings(context)
    files = [Found(file, file != path) for path in paths for file in walk(path)]
    wanted = Wanted(flavour, settings.frames_every_ms)
    if frames is not None:
        frames.mkdir(parents=True, exist_ok=True)
    work = partial(lines_of, decoders=app.decoders(settings), wanted=wanted, frames_to=frames)
    lines = chain.from_iterable(threads(settings.workers)(work, _cut(files)))
    console.put_lines(_progress(lines, len(files)), _as_text, as_json=as_json)


@dataclass(frozen=True, slots=True)
class Found:
    """A path to hash. One that was `walked` to may not lead out of its folder: as in an intake, no link is followed."""

    path: Path
    walked: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A medium with its bytes and digests, or the error that kept them away."""

    path: Path
    source: Source | None = None
    digests: Exact | None = None
    error: InputError | None = None

    @classmethod
    def of(cls, found: Found) -> "Taken":
        """Read a file once."""
        path = found.path
        if found.walked and path.is_symlink():
            return cls(path, error=InputError("INT-02", "this is a link"))
        if not _is_file(path):
            return cls(path, error=InputError("MED-01", "the path is no regular file, or there is none"))
        try:
            source = read(path)
            return cls(path, source, digests(source))
        except OSError as error:
            return cls(path, error=InputError("MED-01", f"the file cannot be read: {error.strerror}"))

    def line(self, seen: Seen | None) -> Line:
        """What is printed of it."""
        if seen is None or self.digests is None:
            return {"path": str(self.path), "error": self.error and self.error.as_json()}
        one = self.digests
        return {
            "path": str(self.path), "sha256": one.sha256.hex(), "sha1": one.sha1.hex(), "md5": one.md5.hex(),
            "size_bytes": one.size_bytes, **_seen(seen)}


def lines_of(
    files: Sequence[Found], decoders: Decoders, wanted: Wanted, frames_to: Path | None = None,
) -> list[Line]:
    """What `hash` prints of each of some media; a path that cannot be read has only `path` and `error`.

    The frames of what moves are written into the folder `frames_to`, if there is one, each clip's as `SHA256.vpdq`.
    """
    lines: list[Line] = []
    for batch in batches(map(Taken.of, files), lambda one: one.source):
        answers = iter(decoders.examine([one.source for one in batch if one.source is not None], wanted))
        for one in batch:
            seen = next(answers) if one.source is not None else None
            if frames_to is not None and seen and seen.frames and one.digests:
                (frames_to / f"{one.digests.sha256.hex()}.vpdq").write_text(vpdq.write(seen.frames))
            lines.append(one.line(seen))
    return lines


def walk(path: Path) -> Iterator[Path]:
    """Yield the files and links under `path` in sorted order, or `path` itself where it is no folder that can be read.

    Links to folders are not followed, so that a walk ends.
    """
    try:
        children = sorted(path.iterdir()) if path.is_dir() else [path]
    except OSError:
        children = [path]
    for child in children:
        if child == path or child.is_symlink() or not _is_folder(child):
            yield child
        else:
            yield from walk(child)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # Too long a name, or a folder on the way that may not be searched.
        return False


def _cut(files: Iterable[Found]) -> Iterator[list[Found]]:
    """Cut into parts: long enough that a jail is worth its while, short enough that lines come soon."""
    source = iter(files)
    while part := list(islice(source, PART_FILES)):
        yield part


def _seen(seen: Seen) -> Line:
    told: dict[str, object] = {
        "kind": seen.kind.value, "width": seen.width, "height": seen.height,
        "pdq": seen.pdq and seen.pdq.code.hex(), "pdq_quality": seen.pdq and seen.pdq.quality}
    if seen.pdq:
        told["pdq_flavour"] = seen.pdq.flavour.value
    if seen.pdq_as_displayed:
        told["pdq_as_displayed"] = seen.pdq_as_displayed.code.hex()
    if seen.kind is Kind.VIDEO:
        told |= {"duration_ms": seen.duration_ms, "frames": len(seen.frames)}
    if seen.error:
        told["error"] = seen.error.as_json()
    return told


def _progress(lines: Iterable[Line], count: int) -> Iterator[Line]:
    """The same lines, with a bar on standard error where that is a terminal and the lines go elsewhere."""
    with progress("hashing", lines_follow=True) as bar:
        yield from bar.track(lines, count)


def _as_text(line: Line) -> str:
    return f"{line.get('sha256', '-')}  {line.get('pdq') or '-'}  {printable(str(line['path']))}{console.trouble(line)}"
