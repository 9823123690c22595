"""Bit for bit with `pdqhash` 0.2.8, over more than a thousand pictures of many sizes."""

from collections.abc import Iterable

import numpy as np
import pytest

from hashgrade.fingerprints import pdq, pdq_dihedral, rounding
from hashgrade.nouns import Pdq
from tests import needs, synth

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
