"""In the jail and out of it the answers are the same, of good media and of bad ones."""

import os
import struct
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from hashgrade.decode import Decoders, Seen, Wanted, batch, decoders, examine
from hashgrade.decode.batch import FaultError
from hashgrade.decode.record import LIMITS as TOLD
from hashgrade.decode.sources import Medium
from hashgrade.nouns import Flavour, Jail, Kind
from hashgrade.settings import Limits
from tests.decode import corpus, pictures

LIMITS = Limits()
ALL = Wanted(every_ms=100, sheet_frames=3, sheet_width=48)
PNG = pictures.oriented(1, "PNG")


@pytest.fixture(scope="module")
def pool() -> Iterator[Decoders]:
    """Decoders as a station has them, with the strongest jail that this kernel gives."""
    with Decoders(LIMITS, Jail.LIMITED) as made:
        yield made


def told(seen: Seen) -> tuple[object, ...]:
    """All that is said of a medium, in a form that can be compared."""
    error = seen.error and seen.error.as_json()
    sheet = [(picture.shape, picture.tobytes()) for picture in seen.sheet]
    return (seen.kind, seen.format, seen.width, seen.height, seen.pdq, seen.pdq_as_displayed, error,
            seen.duration_ms, seen.frames, sheet)


@pytest.fixture(autouse=True)
def _faults(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No child of the tests here may fault: one that is retried would be slow, and seem well."""
    faults: list[FaultError] = []
    look = decoders.Zygote.look

    def watched(self: decoders.Zygote, media: Sequence[Medium], limits: Limits, wanted: Wanted) -> list[Seen]:
        try:
            return look(self, media, limits, wanted)
        except FaultError as fault:
            faults.append(fault)
            raise

    monkeypatch.setattr(decoders.Zygote, "look", watched)
    yield
    assert faults == []


def unequal(pool: Decoders, media: Sequence[bytes], wanted: Wanted) -> list[tuple[object, ...]]:
    """What differs with and without the jail, of each medium of which something does."""
    inside = map(told, pool.examine(media, wanted))
    outside = (told(examine(medium, LIMITS, wanted)) for medium in media)
    both = enumerate(zip(inside, outside, strict=True))
    return [(number, one, other) for number, (one, other) in both if one != other]


@pytest.mark.parametrize("flavour", Flavour)
def test_good_media_are_seen_alike(pool: Decoders, flavour: Flavour) -> None:
    """Every format, mode, turn and movement gives the same answers with the jail and without; not one is an error."""
    media = list(corpus.good())
    assert unequal(pool, media, Wanted(flavour, every_ms=100, sheet_frames=3, sheet_width=48)) == []
    assert [seen.error for seen in pool.examine(media, ALL) if seen.error] == []


def test_bad_media_are_seen_alike(pool: Decoders) -> None:
    """What is damaged gives the same codes, texts and remains with the jail and without."""
    media = list(corpus.bad(150, seed=1))
    assert unequal(pool, media, ALL) == []


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(2, 12))
def test_many_bad_media_are_seen_alike(pool: Decoders, seed: int) -> None:
    """And so over thousands of damaged media, whose decoders may crash only inside."""
    media = list(corpus.bad(300, seed))
    differing = unequal(pool, media, ALL)
    assert differing == []


def test_the_comparison_sees_a_difference(pool: Decoders) -> None:
    """The positive control: a process that decodes otherwise is noticed."""
    stricter = Limits(pixels_max=100)
    inside = pool.examine([PNG], ALL)
    assert told(inside[0]) != told(examine(PNG, stricter, ALL))


def test_a_path_is_seen_as_its_bytes_are(pool: Decoders, tmp_path: Path) -> None:
    """A file is passed on as it lies there, whatever its name; what is no file is told, not waited for."""
    clip, picture = tmp_path / "a.jpg", tmp_path / "b"
    clip.write_bytes(pictures.clip("mp4", "mpeg4"))
    picture.write_bytes(PNG)
    os.mkfifo(tmp_path / "pipe")
    paths = [clip, picture, tmp_path / "none", tmp_path, tmp_path / "pipe"]
    assert list(map(told, pool.examine(paths, ALL))) == [told(examine(path, LIMITS, ALL)) for path in paths]


def test_a_large_file_is_streamed(pool: Decoders, tmp_path: Path) -> None:
    """A file is held in pieces here and whole only in the child: 100 MB of padding change nothing."""
    path = tmp_path / "large"
    path.write_bytes(PNG)
    with path.open("r+b") as file:
        file.truncate(100_000_000)
    assert told(pool.examine([path])[0]) == told(pool.examine([PNG])[0])


def test_the_limits_reach_the_child(pool: Decoders, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes, pixels and frames are bounded as they are without a jail."""
    media = [PNG, pictures.animated("GIF"), pictures.clip("mp4", "mpeg4")]
    for limits in (Limits(pixels_max=100), Limits(frames_max=2), Limits(medium_bytes_max=300)):
        monkeypatch.setattr(pool, "limits", limits)
        assert list(map(told, pool.examine(media, ALL))) == [told(examine(one, limits, ALL)) for one in media]


def test_every_limit_that_decoding_knows_is_passed_on() -> None:
    """A limit added to the settings reaches the child, unless it is one on archives."""
    assert {name for name in Limits.model_fields if not name.startswith("zip_")} == set(TOLD)


def test_more_than_a_batch_may_be_asked_at_once(pool: Decoders) -> None:
    """However many media are given, each has its outcome, in order; none for none."""
    media = [PNG, b"", b"text"] * 50
    assert [seen.kind for seen in pool.examine(media)] == [Kind.IMAGE, Kind.OTHER, Kind.OTHER] * 50
    assert pool.examine([]) == []


def test_a_file_that_shrinks_meanwhile_is_not_believed(
    pool: Decoders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is said of a medium is said of the bytes that were measured, or an error."""
    path = tmp_path / "shrinking"
    path.write_bytes(PNG)
    passed_on = batch.Batch._of_file

    def shrunk(self: batch.Batch, at: int, file: Path, left: int) -> Iterator[bytes]:
        file.write_bytes(PNG[:100])
        return passed_on(self, at, file, left)

    monkeypatch.setattr(batch.Batch, "_of_file", shrunk)
    first, seen, last = pool.examine([PNG, path, PNG])
    assert seen.error
    assert seen.error.what == "the file became shorter while it was read"
    assert told(first) == told(last) == told(examine(PNG, LIMITS))




def test_a_picture_that_needs_too_much_memory_is_an_outcome() -> None:
    """What the jail has no memory for is named as that, not as damage, and the next medium is seen."""
    tight = "from hashgrade.decode import jail, zygote; jail.MEMORY_BYTES_MAX = 640 * 2**20; zygote.main()"
    header = b"IHDR" + struct.pack(">2I5B", 9_000, 9_000, 8, 2, 0, 0, 0)
    chunks = (header, b"IDAT" + zlib.compress(bytes(1000)), b"IEND")
    packed = (struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in chunks)
    bomb = b"\x89PNG\r\n\x1a\n" + b"".join(packed)
    with Decoders(LIMITS, Jail.LIMITED, (sys.executable, "-I", "-c", tight)) as pool:
        seen, after = pool.examine([bomb, PNG])
    assert seen.error
    assert (seen.error.code, seen.error.what) == ("DEC-10", "the png needs more memory than there is to decode it")
    assert after.kind == Kind.IMAGE
