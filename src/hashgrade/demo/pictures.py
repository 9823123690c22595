"""Neutral synthetic media for a station to take in: textures from a seed, and what goes wrong with files.

A texture is smooth noise of several scales with ellipses and bars over it: enough edges for a
PDQ quality of 50 and more, and nothing to see. Near duplicates are brightened and
encoded again, which moves a few bits; exact ones are copies under another name.
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
"""A picture: uint8 [H, W, 3], RGB."""

SIZES: Final = ((320, 240), (240, 320), (512, 512), (640, 480), (800, 600), (600, 900), (1024, 683), (1280, 960),
                (1600, 1200))
_SKETCH: Final = 320  # pixels: drawn small and enlarged, for a texture has nothing finer to lose
_FORMATS: Final[Mapping[str, Mapping[str, Any]]] = {
    "jpg": {"format": "JPEG", "quality": 88}, "png": {"format": "PNG", "compress_level": 1},
    "webp": {"format": "WEBP", "quality": 80, "method": 0}, "gif": {"format": "GIF"},
}
_ENDINGS: Final = ("jpg",) * 6 + ("png", "webp", "png", "gif")
_TURNS: Final = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
"""EXIF orientations, and how a picture is stored so that a viewer turns it back."""
_BROKEN: Final = ("truncated.jpg", "empty.jpg")


@dataclass(frozen=True, slots=True)
class Gallery:
    """What was drawn into a folder: names relative to it, those in the archive as `more.zip/name`.

    `unique` counts different contents, the broken ones among them. `near` pairs a medium
    with its near duplicate; `broken` will not decode.
    """

    folder: Path
    unique: int
    stills: tuple[str, ...]
    clips: tuple[str, ...]
    exact: tuple[tuple[str, str], ...]
    near: tuple[tuple[str, str], ...]
    turned: tuple[str, ...]
    broken: tuple[str, ...]


def texture(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """Draw one neutral texture, uint8 [height, width, 3]."""
    across, down = (max(1, side * _SKETCH // max(width, height)) for side in (width, height))
    sketch = np.full((down, across, 3), 128, dtype=np.float32)
    for scale, strength in ((3, 55), (7, 30), (16, 16), (34, 8)):
        sketch += _clouds(rng, scale, strength, (across, down))
    rows, columns = np.ogrid[0:1:down * 1j, 0:1:across * 1j]
    for _ in range(int(rng.integers(10, 18))):
        sketch[_shape(rng, rows, columns)] = rng.uniform(0, 255, 3)
    small = Image.fromarray(np.clip(sketch, 0, 255).astype(np.uint8))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def changed(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Change a picture a little, as copies change: brightness, contrast, a soft uneven light."""
    height, width = picture.shape[:2]
    light = _clouds(rng, 5, 14, (width, height))
    other: NDArray[np.float32] = (picture.astype(np.float32) - 128) * np.float32(rng.uniform(0.9, 1.05)) + 134 + light
    return other.clip(0, 255).astype(np.uint8)


def encoded(picture: Pixels, ending: str, orientation: int = 1, **options: Any) -> bytes:
    """Encode a picture in the format of a file ending; an orientation other than 1 is stored turned and tagged."""
    image = Image.fromarray(picture)
    settings: dict[str, Any] = {**_FORMATS[ending], **options}
    if orientation != 1:
        image = image.transpose(_TURNS[orientation])
        settings["exif"] = _oriented(orientation)
    if ending == "gif":  # Pillow's own choice of 256 colours takes ten times as long
        image = image.quantize(method=Image.Quantize.FASTOCTREE)
    out = io.BytesIO()
    image.save(out, **settings)
    return out.getvalue()


def clip(rng: np.random.Generator, frames: int = 24, width: int = 320, height: int = 240) -> bytes:
    """Encode a short silent clip (WebM, VP8: free of royalties): a window that moves over a texture."""
    canvas = texture(rng, width + 2 * frames, height + frames)
    out = io.BytesIO()
    with av.open(out, "w", format="webm", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libvpx", rate=12, options={"deadline": "realtime", "cpu-used": "8"})
        stream.width, stream.height, stream.pix_fmt, stream.thread_count = width, height, "yuv420p", 1
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        for n in range(frames):
            window = np.ascontiguousarray(canvas[n:n + height, 2 * n:2 * n + width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(window, format="rgb24")))
        container.mux(stream.encode())
    return out.getvalue()


def draw(folder: Path, seed: int, stills: int = 160, clips: int = 4) -> Gallery:
    """Draw a gallery into a folder: stills, clips, copies exact and near, an archive, a truncated and an empty file.

    Args:
        folder: Where to; made if it is not there.
        seed: The same seed gives the same pixels, and with the same libraries the same bytes.
        stills: How many different stills; a sixth are copied exactly, a sixth nearly.
        clips: How many different clips.
    """
    rng = np.random.default_rng(seed)
    media: dict[str, bytes] = {}
    exact: list[tuple[str, str]] = []
    near: list[tuple[str, str]] = []
    for n, (name, picture, data) in enumerate(_stills(rng, stills)):
        media[name] = data
        if n % 6 == 1:
            exact.append(_copy(media, name, f"more.zip/copy-{name}" if n % 12 == 1 else f"copies/copy-{name}", data))
        if n % 6 == 4:
            again = encoded(changed(picture, rng), "jpg", quality=int(rng.integers(45, 80)))
            near.append(_copy(media, name, f"copies/near-{Path(name).stem}.jpg", again))
    media |= {f"clip-{n:02d}.webm": clip(rng) for n in range(clips)}
    media |= {f"more.zip/still-z{n:03d}.{ending}": encoded(texture(rng, 400, 300), ending)
              for n, ending in enumerate(_ENDINGS)}
    whole = media["still-0000.jpg"]
    media |= {"truncated.jpg": whole[:len(whole) // 12], "empty.jpg": b""}
    _lay(folder, media)
    return Gallery(
        folder, unique=len(set(media.values())), exact=tuple(exact), near=tuple(near), broken=_BROKEN,
        stills=tuple(name for name in media if not name.endswith(".webm") and name not in _BROKEN),
        clips=tuple(name for name in media if name.endswith(".webm")),
        turned=tuple(name for name in media if "-turned" in name and "near-" not in name))


def _stills(rng: np.random.Generator, count: int) -> Iterator[tuple[str, Pixels, bytes]]:
    for n in range(count):
        ending = _ENDINGS[n % len(_ENDINGS)]
        picture = texture(rng, *SIZES[n % len(SIZES)])
        if ending == "jpg" and n % 10 == 5:
            name, orientation = f"still-{n:04d}-turned.jpg", (3, 6, 8)[n // 10 % 3]
        else:
            name, orientation = f"still-{n:04d}.{ending}", 1
        yield name, picture, encoded(picture, ending, orientation)


def _copy(media: dict[str, bytes], name: str, other: str, data: bytes) -> tuple[str, str]:
    media[other] = data
    return name, other


def _lay(folder: Path, media: Mapping[str, bytes]) -> None:
    (folder / "copies").mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        for name, data in media.items():
            if name.startswith("more.zip/"):  # a fixed date: the archive's bytes follow from its members alone
                archive.writestr(zipfile.ZipInfo(name.removeprefix("more.zip/"), (2023, 1, 1, 0, 0, 0)), data)
            else:
                (folder / name).write_bytes(data)


def _clouds(rng: np.random.Generator, scale: int, strength: float, size: tuple[int, int]) -> NDArray[np.float32]:
    coarse = rng.normal(0, strength, (3, scale, scale)).astype(np.float32)
    smooth = [np.asarray(Image.fromarray(one).resize(size, Image.Resampling.BICUBIC)) for one in coarse]
    return np.stack(smooth, axis=-1)


def _shape(rng: np.random.Generator, y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.bool_]:
    y0, x0 = rng.uniform(0, 1, 2)
    a, b = rng.uniform(0.04, 0.2, 2)
    turn = rng.uniform(0, np.pi)
    along, across = (x - x0) * np.cos(turn) + (y - y0) * np.sin(turn), (y - y0) * np.cos(turn) - (x - x0) * np.sin(turn)
    forms: tuple[Callable[[], NDArray[np.bool_]], ...] = (
        lambda: (along / a) ** 2 + (across / b) ** 2 < 1,
        lambda: (np.abs(along) < 2 * a) & (np.abs(across) < b / 3),
    )
    return forms[int(rng.integers(2))]()


def _oriented(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif
