"""Clips become frames with their times, or an error that says what is wrong."""

import ctypes
import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.decode import examine, frames
from hashgrade.decode.clips import DECODERS, Clip
from hashgrade.decode.containers import ends_early
from hashgrade.decode.formats import CLIPS
from hashgrade.decode.seen import Wanted, sheet_size
from hashgrade.errors import InputError
from hashgrade.fingerprints import pdq
from hashgrade.nouns import Kind
from hashgrade.settings import Limits
from tests import synth
from tests.decode.pictures import clip as made
from tests.decode.pictures import sound

LIMITS = Limits()
FORMS = {
    "h264.mp4": ("mp4", "libx264", "mp4"), "mpeg4.mp4": ("mp4", "mpeg4", "mp4"), "mjpeg.mov": ("mov", "mjpeg", "mov"),
    "vp8.webm": ("webm", "libvpx", "webm"), "vp9.webm": ("webm", "libvpx-vp9", "webm"),
    "ffv1.mkv": ("matroska", "ffv1", "mkv"), "mjpeg.avi": ("avi", "mjpeg", "avi"), "mpeg4.avi": ("avi", "mpeg4", "avi")}
MP4 = made("mp4", "mpeg4")
MKV = made("matroska", "ffv1")
FRAGMENTS = made("mp4", "mpeg4", count=40, movflags="frag_keyframe+empty_moov")


def taken(data: bytes, name: str, every_ms: int | None, limits: Limits = LIMITS) -> list[int]:
    """The times of the frames that a clip gives."""
    return [frame.at_ms for frame in frames(data, name, limits, every_ms)]


def trouble(data: bytes, name: str, limits: Limits = LIMITS, every_ms: int | None = 1) -> tuple[int, InputError]:
    """How many frames a clip gives before its error, and the error."""
    coming, count = frames(data, name, limits, every_ms), 0
    try:
        for count, _ in enumerate(coming, 1):  # noqa: B007 - the last count is what is wanted
            pass
    except InputError as error:
        return count, error
    raise AssertionError(f"no error after {count} frames")


def timed(stamps: list[int | None], base: Fraction = Fraction(1, 1000)) -> bytes:
    """A clip in Matroska whose packets carry these times."""
    file = io.BytesIO()
    with av.open(file, "w", "matroska") as copy:
        template, packets = packets_of(made("avi", "mjpeg", count=len(stamps)))
        stream = copy.add_stream_from_template(template)
        for stamp, packet in zip(stamps, packets, strict=True):
            packet.stream, packet.time_base = stream, base
            packet.pts = packet.dts = stamp
            copy.mux(packet)
    return file.getvalue()


def packets_of(data: bytes) -> tuple[av.VideoStream, list["av.Packet[av.VideoStream]"]]:
    """A clip's stream of pictures and its packets."""
    container = av.open(io.BytesIO(data), "r")
    return container.streams.video[0], [packet for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize("form", FORMS)
def test_each_container_is_opened(form: str) -> None:
    """A clip of each format is a video of its size and length, with a code a second, from its bytes alone."""
    container, codec, name = FORMS[form]
    seen = examine(made(container, codec, count=20), LIMITS)
    assert (seen.kind, seen.format, seen.width, seen.height) == (Kind.VIDEO, name, 96, 64)
    assert (seen.pdq, seen.error, seen.duration_ms) == (None, None, 2000)
    assert [one.at_ms for one in seen.frames] == [0, 1000]


def test_a_clip_on_disk_is_opened_where_it_is(tmp_path: Path) -> None:
    """A path gives what the bytes give, whatever its name says, and so does an open file."""
    path = tmp_path / "wrongly named.jpg"
    path.write_bytes(MP4)
    with path.open("rb") as file:
        assert examine(path, LIMITS) == examine(file, LIMITS) == examine(MP4, LIMITS)


def test_frames_are_the_pixels_that_were_stored() -> None:
    """A clip without loss gives back what was encoded, but for the colours that 4:2:0 leaves out."""
    drawn = synth.picture(synth.Recipe("smooth", 64, 116, 7))
    for step, frame in enumerate(frames(MKV, "mkv", LIMITS, 1)):
        assert abs(frame.pixels.astype(int) - drawn[:, 2 * step:2 * step + 96]).mean() < 4
        assert frame.pixels.flags.c_contiguous


@pytest.mark.parametrize(("every_ms", "expected"), [
    (1, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]), (100, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]),
    (250, [0, 300, 500, 800]), (900, [0, 900]), (1000, [0]), (None, [0, 500])])
def test_the_rate_is_the_one_asked_for(every_ms: int | None, expected: list[int]) -> None:
    """The first frame at or after each multiple is given; without a rate the key frames."""
    assert taken(MP4, "mp4", every_ms) == expected


@pytest.mark.parametrize("form", FORMS)
def test_key_frames_are_decoded_alone(form: str) -> None:
    """In each codec the key frames alone are as they are among all frames."""
    container, codec, name = FORMS[form]
    data = made(container, codec)
    among = {frame.at_ms: frame.pixels for frame in frames(data, name, LIMITS, 1)}
    alone = list(frames(data, name, LIMITS, None))
    assert 1 <= len(alone) <= len(among)
    assert all(np.array_equal(frame.pixels, among[frame.at_ms]) for frame in alone)


def test_the_codes_are_those_of_the_frames() -> None:
    """A look at a clip fingerprints the frames that `frames` gives, with their quality."""
    seen = examine(MP4, LIMITS, Wanted(every_ms=300))
    assert [(one.at_ms, one.pdq) for one in seen.frames] == [
        (frame.at_ms, pdq(frame.pixels)) for frame in frames(MP4, "mp4", LIMITS, 300)]


@pytest.mark.parametrize(("stamps", "expected"), [
    ([0, 100, 250, 900], [0, 100, 250, 900]), ([5000, 5100, 5300], [0, 100, 300]), ([0, 30, 30, 90], [0, 30, 31, 90])])
def test_times_are_the_containers(stamps: list[int | None], expected: list[int]) -> None:
    """Uneven times are kept, a late start is counted from, and frames of one time are told apart."""
    assert taken(timed(stamps), "mkv", 1) == expected


def test_a_sheet_is_pictures_of_one_size() -> None:
    """The frames of a sheet have the size that whoever asks can compute, and are those of the clip, made small."""
    seen = examine(made("mp4", "mpeg4", count=60), LIMITS, Wanted(sheet_frames=3, sheet_width=48))
    assert [picture.shape for picture in seen.sheet] == [(*reversed(sheet_size(96, 64, 48)), 3)] * 3
    first = next(frames(made("mp4", "mpeg4", count=60), "mp4", LIMITS, None)).pixels
    assert abs(seen.sheet[0].astype(int) - first[::2, ::2]).mean() < 4


@pytest.mark.parametrize(("size", "width", "expected"), [
    ((1920, 1080), 256, (256, 144)), ((1, 65535), 256, (256, 1024)), ((65535, 1), 256, (256, 1)), ((3, 2), 3, (3, 2)),
    ((2, 1), 3, (3, 2)), ((1080, 1920), 256, (256, 455))])
def test_a_sheets_size_keeps_shape_within_bounds(size: tuple[int, int], width: int, expected: tuple[int, int]) -> None:
    """Heights are rounded to the nearest, halves up, and lie between one pixel and four widths."""
    assert sheet_size(*size, width) == expected


def test_no_sheet_is_made_unasked() -> None:
    """Nobody is given pictures who wants none."""
    assert examine(MP4, LIMITS).sheet == ()


def test_a_change_of_size_is_followed() -> None:
    """A clip whose pictures change size on the way gives each as it is; its own size is the first's."""
    small, large = (made("mov", "mjpeg", *size, count=3) for size in ((96, 64), (160, 128)))
    file = io.BytesIO()
    (template, first), (_, second) = packets_of(small), packets_of(large)
    with av.open(file, "w", "mov") as joined:
        stream = joined.add_stream_from_template(template)
        for number, packet in enumerate(first + second):
            packet.stream, packet.time_base = stream, Fraction(1, 10)
            packet.pts = packet.dts = number
            joined.mux(packet)
    data = file.getvalue()
    assert [frame.pixels.shape[:2] for frame in frames(data, "mov", LIMITS, 1)] == [(64, 96)] * 3 + [(128, 160)] * 3
    seen = examine(data, LIMITS, Wanted(every_ms=100, sheet_frames=6, sheet_width=48))
    assert (seen.width, seen.height, len(seen.frames)) == (96, 64, 6)
    assert {picture.shape for picture in seen.sheet} == {(32, 48, 3)}
    count, error = trouble(data, "mov", Limits(pixels_max=96 * 64))
    assert (count, error.what) == (3, "160 x 128 pixels, at most 6144 are decoded")


def test_a_phones_tag_turns_nothing() -> None:
    """A clip that is tagged to be shown upright is given as stored, so that its codes do not hang on a tag."""
    file = io.BytesIO()
    template, packets = packets_of(MP4)
    with av.open(file, "w", "mp4") as copy:
        stream = copy.add_stream_from_template(template)
        stream.set_display_rotation(90)
        for packet in packets:
            packet.stream = stream
            copy.mux(packet)
    turned = examine(file.getvalue(), LIMITS)
    assert (turned.width, turned.height, turned.frames) == (96, 64, examine(MP4, LIMITS).frames)


def without(data: bytes, part: slice) -> bytes:
    """A copy in which some bytes are overwritten."""
    changed = bytearray(data)
    changed[part] = bytes(len(changed[part]))
    return bytes(changed)


def test_what_cannot_be_decoded_is_passed_over() -> None:
    """A frame that is overwritten costs itself alone: those behind it are given, and the error counts what is left."""
    frame = bytes.fromhex("ffd8ff")
    data = made("avi", "mjpeg")
    starts = [at for at in range(len(data)) if data.startswith(frame, at)]
    broken = without(data, slice(starts[2], starts[3] - 16))
    count, error = trouble(broken, "avi")
    assert (count, error.code) == (9, "DEC-07")
    seen = examine(broken, LIMITS, Wanted(every_ms=100))
    assert (seen.kind, len(seen.frames), seen.error and seen.error.what) == (
        Kind.VIDEO, 9, "the avi is damaged or cut short; 9 of its frames were decoded")


def test_what_is_mended_is_taken_and_told() -> None:
    """A frame that FFmpeg mends is given like others, and the error says that the clip is damaged."""
    data = made("mp4", "libx264", 320, 240)
    middle = data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 2
    count, error = trouble(without(data, slice(middle, middle + 100)), "mp4")
    assert (count, error.what) == (10, "the mp4 is damaged or cut short; 10 of its frames were decoded")


@pytest.mark.parametrize(("data", "name"), [
    (FRAGMENTS, "mp4"), (MKV, "mkv"), (made("webm", "libvpx"), "webm"), (made("avi", "mjpeg"), "avi")])
def test_a_cut_clip_keeps_what_came_before(data: bytes, name: str) -> None:
    """Of a clip that ends too early the frames up to there are kept, and the error says so."""
    seen = examine(data[:len(data) * 2 // 3], LIMITS, Wanted(every_ms=100))
    assert (seen.kind, seen.width, seen.error and seen.error.code) == (Kind.VIDEO, 96, "DEC-07")
    assert 2 <= len(seen.frames) < 40
    whole = examine(data, LIMITS, Wanted(every_ms=100)).frames
    assert seen.frames[:-1] == whole[:len(seen.frames) - 1]  # the last may be cut in the middle


@pytest.mark.parametrize("form", FORMS)
def test_only_what_is_longer_than_its_file_ends_early(form: str) -> None:
    """A whole clip does not end early, nor with rubbish behind it; without its last byte it does."""
    container, codec, name = FORMS[form]
    data = made(container, codec)
    for part, early in ((data, False), (data + b"rubbish", False), (data[:-1], True), (data[:7], False), (b"", False)):
        assert ends_early(io.BytesIO(part), CLIPS[name], len(part)) == early, len(part) - len(data)


@given(st.sampled_from(list(CLIPS)), st.binary(max_size=60))
def test_any_bytes_end_early_or_not(name: str, data: bytes) -> None:
    """Whatever stands where a container's headers would, there is an answer."""
    assert ends_early(io.BytesIO(data), CLIPS[name], len(data)) in {True, False}


def test_a_cut_off_clip_is_named_damaged() -> None:
    """An MP4 without its index, which can crash a decoder, is an error and no more."""
    for part in (3, 2):
        error = examine(MP4[:len(MP4) // part], LIMITS).error
        assert error is not None
        assert error.what == "the mp4 clip is damaged, cut short or shows no pictures"


def test_sound_alone_shows_nothing() -> None:
    """A container without pictures is no video."""
    seen = examine(sound(), LIMITS)
    assert (seen.kind, seen.format, seen.error and seen.error.code) == (Kind.OTHER, "mp4", "DEC-07")


def test_the_demuxer_is_the_one_asked_for() -> None:
    """No other demuxer tries the bytes: a playlist or an AVI is not opened as MP4."""
    for data in (made("avi", "mjpeg"), b"ffconcat version 1.0\nfile '/etc/hostname'\n"):
        assert trouble(data, "mp4")[1].code == "DEC-07"


def test_a_codec_that_is_not_listed_does_not_run() -> None:
    """Of FFmpeg's decoders only those listed may run; another codec is named, and no frame of it decoded."""
    assert "png" not in DECODERS
    file = io.BytesIO()
    with av.open(file, "w", format="mov") as container:
        stream = container.add_stream("png", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "rgb24"
        container.mux(stream.encode(av.VideoFrame(96, 64, "rgb24")))
        container.mux(stream.encode(None))
    count, error = trouble(file.getvalue(), "mov")
    assert (count, error.code, error.what) == (0, "DEC-02", "the mov clip is in a codec that is not decoded here")


def test_a_still_has_no_frames() -> None:
    """What neither is a clip nor can be animated gives no frames, and says so."""
    assert trouble(b"", "jpeg")[1].what == "jpeg is not decoded here"


def test_larger_pictures_than_the_limit_are_not_decoded() -> None:
    """The limit on pixels holds for frames, and the error tells both sizes; exactly the limit is decoded."""
    count, error = trouble(MP4, "mp4", Limits(pixels_max=96 * 64 - 1))
    assert (count, error.code, error.what) == (0, "DEC-04", "96 x 64 pixels, at most 6143 are decoded")
    assert len(taken(MP4, "mp4", 1, Limits(pixels_max=96 * 64))) == 10


def test_more_frames_than_the_limit_are_not_decoded() -> None:
    """After as many frames as the limit allows the clip ends with an error; exactly the limit is no error."""
    count, error = trouble(made("webm", "libvpx"), "webm", Limits(frames_max=1), every_ms=None)
    assert (count, error.code, error.what) == (1, "DEC-09", "the webm has more than 1 frames")
    assert len(taken(MP4, "mp4", 1, Limits(frames_max=10))) == 10


@pytest.mark.parametrize("limits", [Limits(frames_max=9), Limits(clip_pixels_max=96 * 64 * 10 - 1)])
def test_a_long_clip_is_looked_at_by_its_key_frames(limits: Limits) -> None:
    """Where all frames would be more than the limits, by what the clip says, the key frames are given."""
    assert taken(MP4, "mp4", 1, limits) == [0, 500]
    seen = examine(MP4, limits, Wanted(every_ms=100))
    assert ([one.at_ms for one in seen.frames], seen.error) == ([0, 500], None)


def test_a_clip_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """When its seconds are over, what was decoded by then is kept, and the error says so."""
    ticks = iter(range(1000))
    monkeypatch.setattr("hashgrade.decode.clips.time.perf_counter", lambda: next(ticks))
    seen = examine(MP4, Limits(clip_s_max=4), Wanted(every_ms=100))
    assert (seen.kind, [one.at_ms for one in seen.frames]) == (Kind.VIDEO, [0, 100, 200, 300])
    assert (seen.error and seen.error.code, seen.error and seen.error.what) == ("DEC-06", "the mp4 took more than 4 s")


@pytest.fixture
def plain_processor() -> Iterator[ctypes.CDLL]:
    """FFmpeg as on a processor without any of the extensions that it knows."""
    library, = Path(av.__path__[0] + ".libs").glob("libavutil*")
    ffmpeg = ctypes.CDLL(str(library))
    yield ffmpeg
    ffmpeg.av_force_cpu_flags(-1)


@pytest.mark.parametrize("form", FORMS)
def test_pixels_do_not_hang_on_the_processor(form: str, plain_processor: ctypes.CDLL) -> None:
    """The fast code for this processor and FFmpeg's plain C give the same frames."""
    container, codec, name = FORMS[form]
    data = made(container, codec, 322, 242)
    fast = [frame.pixels for frame in frames(data, name, LIMITS, 300)]
    plain_processor.av_force_cpu_flags(0)
    plain = [frame.pixels for frame in frames(data, name, LIMITS, 300)]
    assert [np.array_equal(*pair) for pair in zip(fast, plain, strict=True)] == [True] * 4


def test_a_clip_is_decoded_on_one_thread() -> None:
    """No decoder starts threads of its own: in the jail it could not."""
    with Clip(MP4, "mp4", LIMITS) as clip:
        assert clip.stream.codec_context.thread_count == 1
        before = len(list(Path("/proc/self/task").iterdir()))
        for shown in clip.shown():
            shown.full()
            assert len(list(Path("/proc/self/task").iterdir())) == before


def test_a_stream_that_cannot_be_decoded_hides_none_that_can() -> None:
    """Beside a first stream in a codec that is not listed, the second is decoded, as a player would."""
    file = io.BytesIO()
    template, packets = packets_of(MP4)
    with av.open(file, "w", format="mov") as container:
        hidden = container.add_stream("png", rate=10)
        hidden.width, hidden.height, hidden.pix_fmt = 96, 64, "rgb24"
        stream = container.add_stream_from_template(template)
        container.mux(hidden.encode(av.VideoFrame(96, 64, "rgb24")))
        container.mux(hidden.encode(None))
        for packet in packets:
            packet.stream = stream
            container.mux(packet)
    found, expected = (examine(data, LIMITS).frames for data in (file.getvalue(), MP4))
    assert found == expected
