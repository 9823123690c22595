"""`hashgrade hash`: one line a medium, and whatever is wrong with one, the rest goes on."""

import hashlib
import json
import os
import pty
import subprocess
import sys
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from hashgrade.cli import hashing
from hashgrade.cli.root import commands
from hashgrade.fingerprints import pdq, vpdq
from tests import needs, synth
from tests.decode.pictures import PHOTO, clip, encoded, oriented

PICTURE_KEYS = ["path", "sha256", "sha1", "md5", "size_bytes", "kind", "width", "height", "pdq", "pdq_quality"]


def hashed(*paths: Path, code: int = 0) -> list[dict[str, Any]]:
    """The lines that `hash --json` prints, once it ended with `code`."""
    result = CliRunner().invoke(commands, ["hash", "--json", *map(str, paths)])
    assert result.exit_code == code, result.output
    assert result.stderr == ""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_picture(tmp_path: Path) -> None:
    """Exactly the promised keys, in order, with digests of the bytes and PDQ of the pixels."""
    data = encoded(Image.fromarray(PHOTO), "PNG")
    (tmp_path / "a.png").write_bytes(data)
    [line] = hashed(tmp_path / "a.png")
    assert list(line) == [*PICTURE_KEYS, "pdq_flavour"]
    assert line["sha256"] == hashlib.sha256(data).hexdigest()
    assert (line["size_bytes"], line["kind"], line["width"], line["height"]) == (len(data), "image", 110, 80)
    assert (line["pdq"], line["pdq_quality"]) == (pdq(PHOTO).code.hex(), pdq(PHOTO).quality)


def test_a_turned_picture_has_a_second_code(tmp_path: Path) -> None:
    """`pdq_as_displayed` is there where EXIF turns the picture, and only there."""
    (tmp_path / "a.png").write_bytes(oriented(6, "PNG"))
    [line] = hashed(tmp_path / "a.png")
    assert list(line) == [*PICTURE_KEYS, "pdq_flavour", "pdq_as_displayed"]
    assert line["pdq_as_displayed"] == pdq(PHOTO[::-1].swapaxes(0, 1)).code.hex()


def test_a_clip(tmp_path: Path) -> None:
    """A clip is a video of its size and length, has no PDQ of its own, and says how many frames were hashed."""
    (tmp_path / "clip").write_bytes(clip("mp4", "mpeg4"))
    [line] = hashed(tmp_path / "clip")
    assert [line[key] for key in PICTURE_KEYS[5:]] == ["video", 96, 64, None, None]
    assert (line["duration_ms"], line["frames"]) == (1000, 4)


def test_the_frames_of_a_clip_can_be_written(tmp_path: Path) -> None:
    """`--frames` gives each clip a file of frames that vPDQ reads, and pictures none."""
    content = clip("mp4", "mpeg4")
    (tmp_path / "clip").write_bytes(content)
    (tmp_path / "still").write_bytes(encoded(Image.fromarray(PHOTO), "PNG"))
    done = CliRunner().invoke(commands, [
        "hash", "--frames", str(tmp_path / "out"), str(tmp_path / "clip"), str(tmp_path / "still")])
    assert done.exit_code == 0, done.output
    [written] = (tmp_path / "out").iterdir()
    assert written.name == f"{hashlib.sha256(content).hexdigest()}.vpdq"
    assert [frame.at_ms for frame in vpdq.read(written.read_text())] == [0, 300, 500, 800]


@pytest.mark.parametrize("flavour", ["luma", "scaled"])
def test_another_flavour_says_so(flavour: str, tmp_path: Path) -> None:
    """A code that lists do not carry is never taken for one that they do; what is no JPEG stays `full`."""
    (tmp_path / "a.jpg").write_bytes(encoded(Image.fromarray(synth.photographs()[0]).resize((1600, 1200)), "JPEG"))
    (tmp_path / "b.png").write_bytes(encoded(Image.fromarray(PHOTO), "PNG"))
    done = CliRunner().invoke(commands, ["hash", "--json", "--flavour", flavour, str(tmp_path)])
    assert [json.loads(line)["pdq_flavour"] for line in done.stdout.splitlines()] == [flavour, "full"]


def test_what_does_not_decode_keeps_its_digests(tmp_path: Path) -> None:
    """Damaged, empty and foreign files are `other` with nulls and an error, and the exit code is 1."""
    data = encoded(Image.fromarray(PHOTO), "JPEG")
    for name, some in (("a", data), ("b", data[:900]), ("c", b""), ("d", b"a text")):
        (tmp_path / name).write_bytes(some)
    whole, *bad = hashed(tmp_path, code=1)
    assert list(whole) == [*PICTURE_KEYS, "pdq_flavour"]
    for line, code in zip(bad, ("DEC-03", "DEC-01", "DEC-02"), strict=True):
        assert list(line) == [*PICTURE_KEYS, "error"]
        assert [line[key] for key in PICTURE_KEYS[5:]] == ["other", None, None, None, None]
        assert line["error"]["code"] == code
        assert list(line["error"]) == ["code", "message"]
        assert line["sha256"] == hashlib.sha256(Path(line["path"]).read_bytes()).hexdigest()


def test_a_path_that_cannot_be_read_has_only_its_error(tmp_path: Path) -> None:
    """A missing file and a pipe each give a line, and the rest goes on."""
    os.mkfifo(tmp_path / "a pipe")
    (tmp_path / "c.png").write_bytes(encoded(Image.fromarray(PHOTO), "PNG"))
    *bad, good = hashed(tmp_path / "none", tmp_path, code=1)
    assert [Path(line["path"]).name for line in bad] == ["none", "a pipe"]
    for line in bad:
        assert list(line) == ["path", "error"]
        assert line["error"]["code"] == "MED-01"
    assert good["kind"] == "image"


def test_a_link_in_a_folder_is_told_and_not_followed(tmp_path: Path) -> None:
    """INT-02: as in an intake, a link to a file, to a folder or to nothing may lead out, so each has only its error."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").write_bytes(b"any")
    (tmp_path / "in").mkdir()
    for name, target in (("1", "out/a"), ("2", "out"), ("3", "nowhere")):
        (tmp_path / "in" / name).symlink_to(tmp_path / target)
    for line in hashed(tmp_path / "in", code=1):
        assert (list(line), line["error"]["code"]) == (["path", "error"], "INT-02")


def test_a_link_that_is_named_is_followed(tmp_path: Path) -> None:
    """What somebody asks for by its path is wanted, link or not."""
    (tmp_path / "a").write_bytes(encoded(Image.fromarray(PHOTO), "PNG"))
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert hashed(tmp_path / "link")[0]["kind"] == "image"


def test_a_file_that_fails_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the disk is that file's line, not the end."""
    def fail(_file: object) -> None:
        raise OSError(5, "Input/output error")

    (tmp_path / "a").write_bytes(b"any")
    monkeypatch.setattr(hashing, "digests", fail)
    [line] = hashed(tmp_path / "a", code=1)
    assert line["error"] == {"code": "MED-01", "message": "the file cannot be read: Input/output error"}


def test_folders_are_walked_in_sorted_order(tmp_path: Path) -> None:
    """Files come sorted by path, folders among them, whatever thread was first."""
    names = ["b/2.txt", "b/1/z.txt", "a.txt", "c.txt", "b.txt", ".hidden", *(f"many/{n:03}" for n in range(60))]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    found = [Path(line["path"]) for line in hashed(tmp_path, code=1)]
    assert found == sorted(tmp_path / name for name in names)


def test_a_folder_that_may_not_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without permission is a line with an error, and its neighbours are hashed."""
    listed = Path.iterdir

    def refuse(path: Path) -> Any:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    (tmp_path / "closed").mkdir()
    (tmp_path / "open").write_bytes(b"any")
    monkeypatch.setattr(Path, "iterdir", refuse)
    first, second = hashed(tmp_path, code=1)
    assert (first["error"]["code"], second["error"]["code"]) == ("MED-01", "DEC-02")


def test_an_empty_folder_is_no_error(tmp_path: Path) -> None:
    """Nothing in, nothing out."""
    assert hashed(tmp_path) == []


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    """Any name the disk allows comes back from the JSON as the same name."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[31m"))
    path.write_bytes(encoded(Image.fromarray(PHOTO), "PNG"))
    assert hashed(path)[0]["path"] == str(path)


def test_text_for_people_is_escaped(tmp_path: Path) -> None:
    """Without `--json` a name cannot steer the terminal, and errors stand in their line."""
    (tmp_path / "\x1b[31m\nred").write_bytes(b"")
    result = CliRunner().invoke(commands, ["hash", str(tmp_path)])
    assert result.exit_code == 1
    assert r"/\x1b[31m\nred" in result.stdout
    assert "error[DEC-01]" in result.stdout


def test_no_bar_where_nobody_looks(tmp_path: Path) -> None:
    """As a program of its own, with pipes, it prints the lines and nothing else."""
    (tmp_path / "a.png").write_bytes(encoded(Image.fromarray(PHOTO), "PNG"))
    done = subprocess.run(  # noqa: S603 - our own program on our own folder
        [sys.executable, "-m", "hashgrade", "hash", str(tmp_path)], capture_output=True, check=True, cwd=tmp_path)
    assert done.stderr == b""
    assert done.stdout.decode().split() == [
        hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest(), pdq(PHOTO).code.hex(), str(tmp_path / "a.png")]


def test_a_bar_on_a_terminal_takes_no_line(tmp_path: Path) -> None:
    """With a terminal to look at, the bar goes there and every line to where it was sent."""
    (tmp_path / "a.png").write_bytes(encoded(Image.fromarray(PHOTO), "PNG"))
    ours, theirs = pty.openpty()
    done = subprocess.run(  # noqa: S603 - as above
        [sys.executable, "-m", "hashgrade", "hash", "--json", str(tmp_path)], stdout=subprocess.PIPE, stderr=theirs,
        check=True, cwd=tmp_path, env={"TERM": "xterm"})
    assert json.loads(done.stdout)["path"] == str(tmp_path / "a.png")
    assert b"hashing" in os.read(ours, 10_000)


@pytest.mark.oracle
def test_the_photographs_agree_with_the_oracle() -> None:
    """On the photographs as files, code and quality are those of `pdqhash`."""
    oracle = needs.oracle()
    for line, pixels in zip(hashed(*synth.photograph_files()), synth.photographs(), strict=True):
        code, quality = oracle.compute(pixels)
        assert (line["pdq"], line["pdq_quality"]) == (np.packbits(code).tobytes().hex(), quality)


MODES = [("RGB", "JPEG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("RGB", "PNG"), ("P", "PNG"), ("1", "PNG"), ("L", "PNG"),
         ("P", "GIF"), ("RGB", "WEBP"), ("CMYK", "TIFF"), ("RGB", "BMP"), ("1", "TIFF"), ("YCbCr", "TIFF")]


@pytest.mark.oracle
@pytest.mark.parametrize("count", [200, pytest.param(1200, marks=pytest.mark.deep)])
def test_a_folder_of_many_files_agrees_with_the_oracle(tmp_path: Path, count: int) -> None:
    """`hash FOLDER` equals `pdqhash` in code and quality on files of every mode, degenerate ones included."""
    oracle = needs.oracle()
    drawn = chain(map(synth.picture, synth.recipes(count // 2, 300, seed=3)), synth.crops(count // 2, seed=4))
    wanted: dict[str, tuple[str, int]] = {}
    for number, picture in enumerate(drawn):
        mode, form = MODES[number % len(MODES)]
        path = tmp_path / f"{number}.{form.lower()}"
        Image.fromarray(picture).convert(mode).save(path, form)
        code, quality = oracle.compute(np.array(Image.open(path).convert("RGB")))
        wanted[str(path)] = np.packbits(code).tobytes().hex(), quality
    found = {str(line["path"]): (line["pdq"], line["pdq_quality"]) for line in hashed(tmp_path)}
    assert len(found) == count
    assert found == wanted
