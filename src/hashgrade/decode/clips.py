"""Clips: container and codec to RGB frames with their times, by FFmpeg through PyAV, on one thread.

Only the demuxer that the first bytes chose and the decoders listed here may run, and the
bytes come through a file object, so that nothing else can be opened. A frame that cannot
be decoded is passed over, and one that is damaged is taken as FFmpeg mends it, as players
do: whoever spoils a frame must not hide the rest.
"""

import io
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Final, Self, cast

import av
import numpy as np
from av.stream import Disposition
from av.video.reformatter import Interpolation, VideoReformatter

from hashgrade.decode.containers import ends_early
from hashgrade.decode.formats import CLIPS
from hashgrade.decode.pixels import Pixels
from hashgrade.decode.shown import Clock, Shown
from hashgrade.decode.trouble import Trouble, Why

if TYPE_CHECKING:
    from hashgrade.settings import Limits

DECODERS: Final = frozenset({
    "cinepak", "dvvideo", "ffv1", "ffvhuff", "h263", "h264", "hevc", "huffyuv", "libdav1d", "mjpeg", "mpeg1video",
    "mpeg2video", "mpeg4", "msmpeg4", "msmpeg4v1", "msmpeg4v2", "prores", "rawvideo", "svq1", "svq3", "theora",
    "vc1", "vp8", "vp9", "wmv1", "wmv2", "wmv3"})
"""FFmpeg's names of what cameras, phones and the web have written; of its hundreds of decoders no other runs."""

# These flags take the same way on every processor; the default is faster, and off by up to 3 levels.
CONVERSION: Final = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
REDUCTION: Final = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT

MARGIN_PX: Final = 2**23
"""Pixels over the limit that a decoder may still allocate, as it fills up blocks; the picture itself may have none."""

RATE_MAX: Final = 1000
DURATION_MS_MAX: Final = 2**40
STEP_MS: Final = 40
"""How long a frame is taken to be shown where the clip tells no rate that can be."""


class Clip:
    """An opened clip: one stream of pictures, decoded once from start to end. Close it.

    Args:
        data: All the bytes, or a file that can be read and sought.
        name: One of `formats.CLIPS`.
        limits: Pixels of a frame and of the whole clip, frames and seconds.
        keys_only: Whether only the frames that stand on their own are decoded. Without it
            they are where the clip, by what it says, has more frames than `limits.frames_max`
            or more pixels than `limits.clip_pixels_max`.

    Raises:
        InputError: DEC-02, a codec that is not in `DECODERS`; DEC-04, frames of more than
            `limits.pixels_max`; DEC-07, no clip, or one without pictures.
    """

    def __init__(self, data: bytes | BinaryIO, name: str, limits: "Limits", keys_only: bool = False) -> None:
        self.name, self.limits = name, limits
        self.began = time.perf_counter()
        options = {
            "codec_whitelist": ",".join(sorted(DECODERS)), "protocol_whitelist": "none", "threads": "1",
            "max_pixels": str(limits.pixels_max + MARGIN_PX)}
        self.file = io.BytesIO(data) if isinstance(data, bytes) else data
        self.size_bytes = self.file.seek(0, io.SEEK_END)
        self.file.seek(0)
        try:
            self.container = av.open(
                self.file, "r", format=CLIPS[name], options=options, timeout=limits.clip_s_max,
                metadata_errors="replace")
        except Exception:  # noqa: BLE001 - demuxers of damaged bytes raise anything
            raise Trouble(Why.NO_FRAMES, limits, name) from None
        try:
            self.stream = self._stream()
            self._size_allowed(self.stream.codec_context.width, self.stream.codec_context.height)
            self.keys_only = keys_only or self._is_long()
            self.clock, self.looked = Clock(self._step_ms()), 0
            self._prepare(options)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the decoder and the file go."""
        with suppress(Exception):
            self.container.close()

    def _stream(self) -> av.VideoStream:
        """The stream that a player would show, or the first that can be decoded."""
        best = self.container.streams.best("video")
        # The cover picture of a file of sound makes it no clip.
        streams = [one for one in self.container.streams.video if not one.disposition & Disposition.attached_pic]
        for one in sorted(streams, key=lambda stream: stream is not best):
            codec = cast("av.VideoCodecContext | None", one.codec_context)
            if codec is not None and codec.codec.name in DECODERS:
                return one
        raise Trouble(Why.NO_DECODER if streams else Why.NO_FRAMES, self.limits, self.name)

    def _size_allowed(self, width: int, height: int) -> None:
        if width * height > self.limits.pixels_max:
            raise Trouble(Why.TOO_MANY_PIXELS, self.limits, self.name, width, height)

    def _prepare(self, options: dict[str, str]) -> None:
        context = self.stream.codec_context
        context.options = {"max_pixels": options["max_pixels"]}
        context.thread_count = 1
        context.flags |= av.codec.context.Flags.bitexact
        if self.keys_only:
            context.skip_frame = "NONKEY"

    def _is_long(self) -> bool:
        context = self.stream.codec_context
        frames = self.stream.frames or (self._told_ms() or 0) / self._step_ms()
        pixels = frames * context.width * context.height
        return frames > self.limits.frames_max or pixels > self.limits.clip_pixels_max

    def _step_ms(self) -> float:
        rate = self.stream.average_rate or 0
        return float(1000 / rate) if 0 < rate <= RATE_MAX else STEP_MS

    def _told_ms(self) -> int | None:
        """How long the clip says it is, if it says what can be."""
        if self.stream.duration is not None and self.stream.time_base is not None:
            told = int(self.stream.duration * self.stream.time_base * 1000)
        else:
            told = (self.container.duration or 0) // 1000
        return told if 0 < told <= DURATION_MS_MAX else None

    @property
    def duration_ms(self) -> int:
        """How long the clip is: what it says, or when the last frame that was decoded ends."""
        return self._told_ms() or self.clock.end_ms()

    def shown(self) -> Iterator[Shown]:
        """Decode the clip and give its frames in order of time, as stored: a phone's tag turns none of them.

        Raises:
            InputError: At the end, when all that could be decoded was given: DEC-04, a frame
                of more than `limits.pixels_max`; DEC-06, out of time; DEC-07, nothing was
                decoded, or not everything; DEC-09, more than `limits.frames_max` frames.
        """
        lost, damaged = 0, False
        convert = VideoReformatter()
        for frame in self._decoded():
            if self.looked + lost == self.limits.frames_max:
                raise Trouble(Why.TOO_MANY_FRAMES, self.limits, self.name)
            if frame is None:
                lost += 1
                continue
            self._size_allowed(frame.width, frame.height)
            self.looked += 1
            damaged = damaged or frame.is_corrupt
            yield self._frame(frame, convert)
        if not self.looked:
            raise Trouble(Why.NO_FRAMES, self.limits, self.name)
        if lost or damaged or ends_early(self.file, CLIPS[self.name], self.size_bytes):
            raise Trouble(Why.CLIP_CUT_SHORT, self.limits, self.name, self.looked)

    def _decoded(self) -> Iterator[av.VideoFrame | None]:
        """Each frame, and None for each part that could not be decoded."""
        packets = self.container.demux(self.stream)
        while True:
            if time.perf_counter() - self.began > self.limits.clip_s_max:
                raise Trouble(Why.OUT_OF_TIME, self.limits, self.name)
            try:
                packet = next(packets, None)
            except Exception:  # noqa: BLE001 - demuxers of damaged bytes raise anything
                yield None
                return
            if packet is None:
                return
            # Not every decoder skips by itself; the last packet is empty and brings out what is held back.
            if self.keys_only and packet.size and not packet.is_keyframe:
                continue
            try:
                frames = packet.decode()
            except Exception:  # noqa: BLE001 - as above
                yield None
                continue
            yield from frames

    def _frame(self, frame: av.VideoFrame, convert: VideoReformatter) -> Shown:
        base = frame.time_base
        told = frame.pts * base.numerator * 1000 // base.denominator if frame.pts is not None and base else None

        def pixels(width: int, height: int, how: Interpolation) -> Pixels:
            try:
                turned = convert.reformat(frame, width, height, "rgb24", interpolation=how, threads=1)
                return np.ascontiguousarray(turned.to_ndarray())
            except Exception:  # noqa: BLE001 - as above
                raise Trouble(Why.CLIP_CUT_SHORT, self.limits, self.name, self.looked - 1) from None

        return Shown(
            self.clock.at(told), frame.key_frame, frame.width, frame.height,
            full=lambda: pixels(frame.width, frame.height, CONVERSION),
            small=lambda width, height: pixels(width, height, REDUCTION))
