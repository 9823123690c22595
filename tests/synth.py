"""Neutral pictures from seeds: textures, shapes and bars, and photographs of things that packages ship.

Made of hashes and whole numbers only, so that a seed gives the same pixels with every
version of every library; the golden codes rest on that.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A picture in four words: one of `KINDS`, its size in pixels, and a seed."""

    kind: str
    height: int
    width: int
    seed: int

    def __str__(self) -> str:
        return f"{self.kind}-{self.height}x{self.width}-{self.seed}"


def picture(recipe: Recipe) -> Picture:
    """The picture of a recipe, uint8 [H, W, 3], contiguous; the same for ever."""
    drawn = KINDS[recipe.kind](recipe)
    return np.ascontiguousarray(np.broadcast_to(drawn, (recipe.height, recipe.width, 3)), np.uint8)


def numbers(count: int, *seed: object) -> Whole:
    """`count` whole numbers from 0 to 255 that depend on the seed alone."""
    name = "/".join(map(str, seed)).encode()
    return np.frombuffer(hashlib.shake_128(name).digest(count), np.uint8).astype(np.int64)


def below(limit: int, *seed: object) -> int:
    """One whole number under `limit` that depends on the seed alone."""
    return int.from_bytes(hashlib.sha256("/".join(map(str, seed)).encode()).digest()) % limit


def noise(recipe: Recipe) -> Whole:
    """Each byte by chance."""
    return numbers(recipe.height * recipe.width * 3, recipe).reshape(recipe.height, recipe.width, 3)


def smooth(recipe: Recipe) -> Whole:
    """Soft clouds: a coarse grid of chance colours, blended in whole numbers."""
    cells = 7
    grid = numbers((cells + 2) ** 2 * 3, recipe).reshape(cells + 2, cells + 2, 3)
    down, across = (np.arange(side) * cells * 256 // side for side in (recipe.height, recipe.width))
    above, share = down // 256, (down % 256)[:, None, None]
    rows = grid[above] * (256 - share) + grid[above + 1] * share
    left, part = across // 256, (across % 256)[None, :, None]
    return np.asarray((rows[:, left] * (256 - part) + rows[:, left + 1] * part) // 2**16, np.int64)


def shapes(recipe: Recipe) -> Whole:
    """Discs and boxes on clouds."""
    drawn = smooth(recipe)
    y, x = np.arange(recipe.height)[:, None], np.arange(recipe.width)[None]
    for number in range(6):
        top, left, size, *colour = numbers(6, recipe, number)
        top, left = top * recipe.height // 256, left * recipe.width // 256
        size = 1 + size * min(recipe.height, recipe.width) // 512
        disc = (y - top) ** 2 + (x - left) ** 2 < size ** 2
        box = (abs(y - top) < size) & (abs(x - left) < 2 * size)
        drawn[disc if number % 2 else box] = colour
    return drawn


def flat(recipe: Recipe) -> Whole:
    """One colour."""
    return numbers(3, recipe)


def gradient(recipe: Recipe) -> Whole:
    """From dark to light: across, down or both."""
    y, x = np.arange(recipe.height)[:, None, None], np.arange(recipe.width)[None, :, None]
    down, across = y * 255 // recipe.height * (recipe.seed % 3 != 0), x * 255 // recipe.width * (recipe.seed % 3 != 1)
    return np.asarray((down + across) // 2, np.int64)


def striped(recipe: Recipe) -> Whole:
    """Bars of two greys, upright or lying."""
    period = 1 + below(40, recipe)
    sides = np.arange(recipe.height)[:, None, None], np.arange(recipe.width)[None, :, None]
    return sides[recipe.seed % 2] // period % 2 * 200 + 20


def checkered(recipe: Recipe) -> Whole:
    """A chessboard."""
    side = 1 + below(40, recipe)
    y, x = np.arange(recipe.height)[:, None, None], np.arange(recipe.width)[None, :, None]
    return (y // side + x // side) % 2 * 255


def mirrored(recipe: Recipe) -> Whole:
    """Clouds and their mirror image: the middle of a symmetric picture is all rounding."""
    drawn = smooth(recipe)
    drawn = np.maximum(drawn, drawn[:, ::-1])
    return np.maximum(drawn, drawn[::-1]) if recipe.seed % 2 else drawn


KINDS: dict[str, Callable[[Recipe], Whole]] = {
    "noise": noise, "smooth": smooth, "shapes": shapes, "flat": flat, "gradient": gradient, "striped": striped,
    "checkered": checkered, "mirrored": mirrored}


def recipes(count: int, longest: int, seed: int = 0) -> Iterator[Recipe]:
    """`count` recipes that take the kinds in turn, with sides from 1 to `longest` pixels."""
    for number in range(count):
        kind = list(KINDS)[number % len(KINDS)]
        yield Recipe(kind, 1 + below(longest, seed, number, "h"), 1 + below(longest, seed, number, "w"), number)


PHOTOGRAPHS = {
    "sklearn": ("datasets/images", ("china.jpg", "flower.jpg")),
    "skimage": ("data", (
        "coffee.png", "rocket.jpg", "brick.png", "grass.png", "gravel.png", "coins.png", "moon.png", "page.png",
        "clock_motion.png")),
}
"""Photographs of things, places and textures, by the package that ships them."""


def photograph_files() -> list[Path]:
    """Where the eleven photographs are, in a fixed order."""
    found = []
    for package, (folder, names) in PHOTOGRAPHS.items():
        spec = find_spec(package)
        assert spec is not None, f"{package} is in the test group"
        assert spec.origin is not None
        found += [Path(spec.origin).parent / folder / name for name in names]
    return found


@cache
def photographs() -> tuple[Picture, ...]:
    """The eleven photographs as uint8 [H, W, 3]."""
    return tuple(np.array(Image.open(path).convert("RGB")) for path in photograph_files())


def crops(count: int, seed: int = 0) -> Iterator[Picture]:
    """`count` rectangles cut from the photographs in turn, with sides of 5 pixels and more, contiguous."""
    for number in range(count):
        whole = photographs()[number % len(PHOTOGRAPHS["sklearn"][1] + PHOTOGRAPHS["skimage"][1])]
        height, width = (5 + below(side - 4, seed, number, which) for which, side in enumerate(whole.shape[:2]))
        top = below(whole.shape[0] - height + 1, seed, number, "top")
        left = below(whole.shape[1] - width + 1, seed, number, "left")
        yield np.ascontiguousarray(whole[top:top + height, left:left + width])
