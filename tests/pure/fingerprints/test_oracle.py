"""Bit for bit with `pdqhash` 0.2.8: two thousand pictures of many sizes, and at length every size of side."""

from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np
import pytest
from PIL import Image

from hashgrade.fingerprints import pdq, pdq_dihedral, rounding
from hashgrade.nouns import Pdq
from tests import needs, synth
from tests.pure.fingerprints import patterns

pytestmark = pytest.mark.oracle


def unequal(pictures: Iterable[synth.Picture]) -> tuple[int, int]:
    """How many pictures were asked, and for how many any code or the quality differs."""
    oracle = needs.oracle()
    asked = wrong = 0
    for picture in pictures:
        code, quality = oracle.compute(picture)
        forms, quality_of_forms = oracle.compute_dihedral(picture)
        alone = Pdq(np.packbits(code).tobytes(), quality)
        turned = tuple(np.packbits(form).tobytes() for form in forms), quality_of_forms
        asked += 1
        wrong += pdq(picture) != alone or pdq_dihedral(picture) != turned
    return asked, wrong


def test_generated_pictures() -> None:
    """No code of 800 generated pictures with sides from 1 to 200 differs, degenerate ones included."""
    assert unequal(map(synth.picture, synth.recipes(800, 200, seed=2))) == (800, 0)


def test_large_generated_pictures() -> None:
    """No code of 40 generated pictures with sides up to 1,500 differs."""
    assert unequal(map(synth.picture, synth.recipes(40, 1500, seed=3))) == (40, 0)


def test_short_sides() -> None:
    """No code differs where a side is 1 to 5 pixels, nor at each side from 60 to 68."""
    short = [(a, b) for a in (1, 2, 3, 4, 5) for b in (1, 4, 5, 6, 90, 300)]
    near_64 = [(a, b) for a in range(60, 69) for b in (63, 64, 65)]
    recipes = [synth.Recipe(kind, *sides, 1) for sides in short + near_64 for kind in ("noise", "flat", "mirrored")]
    assert unequal(map(synth.picture, recipes)) == (len(recipes), 0)


DEGENERATE = ("flat", "gradient", "striped", "checkered", "mirrored", "noise")


def of_sizes(heights: Iterable[int], widths: Iterable[int], kinds: Iterable[str]) -> Iterator[synth.Picture]:
    """A picture of each kind at each size."""
    for number, (height, width, kind) in enumerate(product(heights, widths, kinds)):
        yield synth.picture(synth.Recipe(kind, height, width, number))


def test_some_small_sizes() -> None:
    """No code differs at 81 sizes up to 69 x 69, of six kinds each."""
    assert unequal(of_sizes(range(5, 70, 8), range(5, 70, 8), DEGENERATE)) == (486, 0)


@pytest.mark.deep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", DEGENERATE)
def test_every_small_size(kind: str) -> None:
    """No code differs at any of the 4,900 sizes up to 70 x 70."""
    assert unequal(of_sizes(range(1, 71), range(1, 71), [kind])) == (4900, 0)


def test_some_lengths_of_sides() -> None:
    """No code differs at 12 heights and at 12 widths from 130 to 1,450 pixels, windows even and odd, of two kinds."""
    lengths = range(130, 1500, 120)
    assert unequal(of_sizes(lengths, [131], ["striped", "shapes"])) == (24, 0)
    assert unequal(of_sizes([131], lengths, ["checkered", "mirrored"])) == (24, 0)


@pytest.mark.deep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", [*DEGENERATE, "shapes"])
def test_every_length_of_side(kind: str) -> None:
    """No code differs at any height or width from 71 to 1,500 pixels."""
    lengths = range(71, 1501)
    assert unequal(of_sizes(lengths, [140], [kind])) == (1430, 0)
    assert unequal(of_sizes([140], lengths, [kind])) == (1430, 0)


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_patterns() -> None:
    """No code of 1,000 patterns that repeat, with sides up to 700, differs."""
    rng = np.random.default_rng(7)
    grown = (patterns.fresh(rng, 700).drawn() for _ in range(1000))
    assert unequal(np.repeat(one[..., None], 3, axis=2) if one.ndim == 2 else one for one in grown) == (1000, 0)


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_large_photographs() -> None:
    """No code of 60 crops of photographs differs, enlarged to two, eight and twelve megapixels."""
    for width, height in ((1600, 1200), (3264, 2448), (4032, 3024)):
        parts = (Image.fromarray(crop) for crop in synth.crops(20, seed=width))
        large = (np.array(part.resize((width, height), Image.Resampling.BICUBIC)) for part in parts)
        assert unequal(large) == (20, 0)


def test_photographs() -> None:
    """No code of the eleven photographs, of 400 crops of them, or of their mirrored halves differs."""
    whole = list(synth.photographs())
    mirrored = [np.ascontiguousarray(np.concatenate([p, p[:, ::-1]], axis=1)) for p in whole]
    assert unequal([*whole, *mirrored, *synth.crops(400)]) == (422, 0)


def test_the_comparison_sees_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """With bounds of zero, some degenerate picture's code differs: neither comparison nor second look is idle."""
    monkeypatch.setattr(rounding, "settled", lambda _values, _errors: True)
    _, wrong = unequal(map(synth.picture, synth.recipes(80, 400, seed=2)))
    assert wrong > 0
