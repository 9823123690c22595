"""Encoded media for the tests of decoding, all in memory and all neutral."""

import io

import av
import numpy as np
from PIL import Image

from tests import synth

PHOTO = synth.photographs()[0][100:180, 200:310]
"""80 x 110 pixels of a building: no two of its eight forms are alike."""


def encoded(image: Image.Image, form: str, **how: object) -> bytes:
    """The bytes of an image in one of Pillow's formats."""
    file = io.BytesIO()
    image.save(file, form, **how)
    return file.getvalue()


def oriented(orientation: int, form: str, **how: object) -> bytes:
    """The photograph with an EXIF orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(Image.fromarray(PHOTO), form, exif=exif, **how)


def animated(form: str) -> bytes:
    """Three frames: the photograph, then its turned and mirrored forms."""
    first, *rest = (Image.fromarray(np.ascontiguousarray(frame)) for frame in (PHOTO, PHOTO[::-1], PHOTO[:, ::-1]))
    return encoded(first, form, save_all=True, append_images=rest, duration=100, lossless=True)


def clip(form: str, codec: str, width: int = 96, height: int = 64, count: int = 10, **how: str) -> bytes:
    """A clip of frames of moving clouds, ten a second, one in five a key frame."""
    file = io.BytesIO()
    clouds = synth.picture(synth.Recipe("smooth", height, width + 2 * count, 7))
    with av.open(file, "w", format=form, options={"fflags": "+bitexact"} | how) as container:
        stream = container.add_stream(codec, rate=10, options={"g": "5"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.thread_count = 1
        for step in range(0, 2 * count, 2):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(clouds[:, step:step + width]), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def sound() -> bytes:
    """An MP4 with a second of silence and no pictures."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=8000)
        assert isinstance(stream, av.AudioStream)
        for _ in range(8):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate = 8000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
