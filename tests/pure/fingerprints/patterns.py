"""Pictures made to trouble sums in float32: what repeats makes roundings repeat, and errors of lines add up.

`fresh` draws one by chance, `changed` alters it a little: enough to climb towards the
worst. Patterns are of two tiles in bands or fields, mirrored, dithered or shaded.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Tile = NDArray[np.int64]


@dataclass(frozen=True)
class Pattern:
    """A picture in a few numbers; `shade` is the depth of a cosine of `waves` half waves down and across."""

    sides: tuple[int, int]
    tiles: tuple[Tile, Tile]
    fields: tuple[int, int]
    shade: float
    waves: tuple[int, int]
    style: str

    def drawn(self) -> Picture:
        """The picture, uint8 [H, W, 3], or [H, W] where it is grey."""
        y, x = np.arange(self.sides[0])[:, None], np.arange(self.sides[1])[None]
        if "mirrored" in self.style:
            y, x = np.minimum(y, y[::-1]), np.minimum(x, x[:, ::-1])
        turn = (y * self.fields[0] // self.sides[0] + x * self.fields[1] // self.sides[1]) % 2 == 0
        one, other = (tile.astype(np.uint8)[y % tile.shape[0], x % tile.shape[1]] for tile in self.tiles)
        if "dithered" in self.style:
            turn = self.wave(y, x) * 0.5 + 0.5 > one[..., 0] / 256
            one, other = (np.broadcast_to(tile[0, 0].astype(np.uint8), one.shape) for tile in self.tiles)
        drawn = np.where(turn[..., None], one, other)
        if self.shade:
            drawn = (drawn + self.shade * self.wave(y, x)[..., None]).clip(0, 255).astype(np.uint8)
        return np.ascontiguousarray(drawn[..., 1] if "grey" in self.style else drawn)

    def wave(self, y: Tile, x: Tile) -> NDArray[np.float32]:
        """Half waves down times half waves across, from -1 to 1."""
        down, across = (
            np.cos(np.pi * count * (places + 0.5) / side).astype(np.float32)
            for count, places, side in zip(self.waves, (y, x), self.sides, strict=True))
        return down * across


STYLES = ("plain", "plain grey", "mirrored", "mirrored grey", "dithered", "dithered grey")


def fresh(rng: Generator, longest: int) -> Pattern:
    """A pattern by chance, with sides from 65 pixels to `longest`."""
    size = tuple(int(side) for side in rng.integers(1, rng.choice([2, 4, 40], 2), endpoint=True))
    two = rng.random() < 0.5
    tiles = tuple(
        np.where(rng.random((*size, 1)) < 0.5, colour(rng), colour(rng)) if two else rng.integers(0, 256, (*size, 3))
        for _ in range(2))
    return Pattern(
        (int(rng.integers(65, longest)), int(rng.integers(65, longest))), (tiles[0], tiles[1]),
        (int(rng.integers(1, 18)), int(rng.choice([1, 1, 2, 7]))), float(rng.choice([0, 0, 0, 20, 80])),
        (int(rng.integers(0, 17)), int(rng.integers(0, 17))), str(rng.choice(STYLES)))


def colour(rng: Generator) -> Tile:
    """Any colour."""
    return rng.integers(0, 256, 3)


def changed(pattern: Pattern, rng: Generator) -> Pattern:
    """The pattern with one thing changed: a pixel or all of a tile, a side, the fields, or the shade."""
    one, other = (tile.copy() for tile in pattern.tiles)
    kind = rng.integers(7)
    if kind < 2:
        one[rng.integers(one.shape[0]), rng.integers(one.shape[1])] = colour(rng)
    elif kind == 2:
        other = (other + rng.integers(-9, 10, 3)).clip(0, 255)
    elif kind == 3:
        height, width = (int(side + rng.integers(-3, 4)) for side in pattern.sides)
        return replace(pattern, sides=(max(65, height), max(65, width)))
    elif kind == 4:
        return shaded(pattern, rng)
    elif kind == 5:
        return replace(pattern, fields=(int(rng.integers(1, 18)), pattern.fields[1]))
    else:
        return replace(pattern, shade=float(pattern.shade + rng.normal() * 5))
    return replace(pattern, tiles=(one, other))


def shaded(pattern: Pattern, rng: Generator) -> Pattern:
    """The pattern shaded by another cosine, which moves one of its coefficients and few of its errors."""
    waves = int(rng.integers(0, 17)), int(rng.integers(0, 17))
    return replace(pattern, shade=float(rng.random() * 60), waves=waves)
