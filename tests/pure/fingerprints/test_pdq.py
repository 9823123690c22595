"""PDQ against golden codes and the naive twin; `test_oracle.py` asks the original itself."""

import doctest
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hashgrade.fingerprints import kernels, pdq, pdq_dihedral
from hashgrade.nouns import Pdq
from tests import synth
from tests.golden.pdq.rewrite import CODES, chosen
from tests.naive import pdq as naive

GOLDEN = json.loads(CODES.read_text())
MODULE = sys.modules[pdq.__module__]
SIDES = st.integers(1, 90)
Whole = NDArray[np.int64]


def bits_apart(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: str(synth.Recipe(*golden["recipe"])))
def test_golden(golden: dict[str, Any]) -> None:
    """All eight codes and the quality are those that `pdqhash` 0.2.8 gave."""
    picture = synth.picture(synth.Recipe(*golden["recipe"]))
    forms, quality = pdq_dihedral(picture)
    assert pdq(picture) == Pdq(bytes.fromhex(golden["pdq"]), quality)
    assert [form.hex() for form in forms] == golden["forms"]
    assert quality == golden["quality"]


def test_golden_codes_are_of_the_chosen_pictures() -> None:
    """The file was not cut short and belongs to these recipes."""
    assert [synth.Recipe(*golden["recipe"]) for golden in GOLDEN] == chosen()


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(synth.KINDS)), SIDES, SIDES, st.integers(0, 10**6))
def test_twin(kind: str, height: int, width: int, seed: int) -> None:
    """Whole arrays at once give what one number at a time gives."""
    picture = synth.picture(synth.Recipe(kind, height, width, seed))
    assert pdq(picture) == naive.pdq(picture)


@settings(max_examples=60, deadline=None)
@given(st.integers(5, 600), st.integers(0, 10**6))
def test_the_box_is_the_four_phases(count: int, seed: int) -> None:
    """The running box gives, line by line, the bits of the four phases of the original."""
    lines = synth.numbers(count * 4, seed).reshape(4, count).astype(np.float32)
    sums = np.empty_like(lines)
    kernels.add_along(lines, sums)
    kernels.average(sums, np.array([kernels.held(place, count) for place in range(count)], np.float32))
    assert np.array_equal(sums, np.array([naive.box(list(line)) for line in lines]))


@settings(max_examples=8, deadline=None)
@given(st.integers(65, 300), st.integers(65, 140), st.integers(0, 10**6))
def test_the_filter_is_the_twin(height: int, width: int, seed: int) -> None:
    """All 64 x 64 values in the exact order are those of one number at a time, where boxes hold several pixels."""
    picture = synth.picture(synth.Recipe("noise", height, width, seed))
    found = kernels.filtered(MODULE._view(picture))
    assert np.array_equal(found, np.array(naive.filtered(naive.luma(picture))))


def test_luma_is_the_nearest_float_for_every_sum() -> None:
    """For every sum of 299 R + 587 G + 114 B, the quotient by 1000 is the float32 of the original's float64 mix."""
    reds, greens, blues = np.meshgrid(np.arange(256), np.arange(0, 256, 5), np.arange(0, 256, 3), indexing="ij")
    assert luma_differs(reds, greens, blues) == 0


@pytest.mark.deep
def test_luma_is_the_nearest_float_for_every_colour() -> None:
    """The same for all 2^24 colours."""
    greens, blues = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    assert sum(luma_differs(np.full_like(greens, red), greens, blues) for red in range(256)) == 0


def luma_differs(reds: Whole, greens: Whole, blues: Whole) -> int:
    """For how many colours the kernel's luma is not the original's."""
    colours = np.stack([reds, greens, blues], axis=-1).astype(np.uint8).reshape(-1, 3)
    found = np.empty(len(colours), np.float32)
    kernels.luma(MODULE._view(np.ascontiguousarray(np.broadcast_to(colours, (5, *colours.shape)))), 0, found)
    mixed = colours[:, 0] * 0.299 + colours[:, 1] * 0.587 + colours[:, 2] * 0.114
    return int(np.sum(found != mixed.astype(np.float32)))


@settings(max_examples=25, deadline=None)
@given(SIDES, SIDES, st.integers(0, 10**6))
def test_luma_is_grey_rgb(height: int, width: int, seed: int) -> None:
    """A luma picture has the code of the RGB picture with three equal channels."""
    luma = synth.picture(synth.Recipe("noise", height, width, seed))[..., 0]
    assert pdq(luma) == pdq(np.repeat(luma[:, :, None], 3, axis=2))


def test_strides_change_nothing() -> None:
    """A view, turned, stepped or read-only, has the code of its copy."""
    whole = synth.picture(synth.Recipe("shapes", 260, 220, 3))
    whole.flags.writeable = False
    turned = whole[::-1, ::2], whole.swapaxes(0, 1), np.asfortranarray(whole), whole[..., ::-1]
    cut = whole[3:-8, 5:200], whole[::2], whole[7:, :, 1], whole[9:200, 11:, 0].T
    for view in (*turned, *cut, np.broadcast_to(whole[:1], whole.shape)):
        assert pdq(view) == pdq(view.copy(order="C"))


def test_a_picture_may_be_mapped(tmp_path: Path) -> None:
    """A picture in a mapped file, which is an array of another class, has the code of its copy."""
    mapped = np.memmap(tmp_path / "pixels", np.uint8, "w+", shape=(200, 150, 3))
    mapped[:] = synth.picture(synth.Recipe("shapes", 200, 150, 1))
    assert pdq(mapped) == pdq(np.array(mapped))


def test_a_cut_is_not_copied() -> None:
    """The rows of a picture cut out of another, or with padding after each, are read where they are."""
    whole = synth.picture(synth.Recipe("smooth", 260, 220, 3))
    for view in (whole, whole[3:-8, 5:200], whole[::2]):
        assert np.shares_memory(MODULE._view(view).memory, whole)


def test_the_first_form_is_the_picture() -> None:
    """At every size but 64 x 64, the first of the eight codes is that of `pdq`."""
    for recipe in synth.recipes(40, 150, seed=4):
        picture = synth.picture(recipe)
        assert pdq_dihedral(picture)[0][0] == pdq(picture).code


def test_the_eight_forms_are_turned_pictures() -> None:
    """Each form is the nearest to the picture that is really turned so, within a match."""
    picture = synth.photographs()[0][:400, :500]
    forms, _ = pdq_dihedral(picture)
    turned = [pdq(form).code for form in naive.turned(picture)]
    for place, form in enumerate(forms):
        apart = [bits_apart(form, code) for code in turned]
        assert apart.index(min(apart)) == place
        assert min(apart) <= 31


@pytest.mark.parametrize("sides", [(4, 900), (900, 4), (1, 1)])
def test_a_side_under_five_pixels_has_no_code(sides: tuple[int, int]) -> None:
    """Such a picture gives the code 0 and quality 0 for every form."""
    picture = synth.picture(synth.Recipe("noise", *sides, 0))
    assert pdq(picture) == Pdq(bytes(32), 0)
    assert pdq_dihedral(picture) == ((bytes(32),) * 8, 0)


@pytest.mark.parametrize("shape", [(9,), (9, 9, 1), (9, 9, 4), (9, 9, 3, 1)])
def test_another_shape_is_no_picture(shape: tuple[int, ...]) -> None:
    """A wrong shape is refused with the right one, not hashed as something else."""
    with pytest.raises(TypeError, match=r"a picture is uint8 \[H, W\] or \[H, W, 3\], got uint8"):
        pdq(np.zeros(shape, np.uint8))


def test_another_type_is_no_picture() -> None:
    """Floats from 0 to 1 would hash to nothing in particular, so they are refused."""
    with pytest.raises(TypeError, match="float64"):
        pdq(np.zeros((9, 9), np.float64))


NOTHING_NEW = """
import numpy as np
from hashgrade.fingerprints import kernels, operators, pdq, pdq_dihedral, rounding
from tests import synth
import sys

def compiled():
    return sorted((name, len(one.signatures)) for module in (kernels, operators, rounding)
                  for name, one in vars(module).items() if hasattr(one, "signatures"))

sys.modules[pdq.__module__].warm()
before = compiled()
for recipe in (*synth.recipes(40, 300), synth.Recipe("noise", 64, 64, 0), synth.Recipe("shapes", 400, 300, 1)):
    picture = synth.picture(recipe)
    for view in (picture, picture[..., 1], picture[1:, ::2], np.ascontiguousarray(picture[..., 1])):
        pdq(view), pdq_dihedral(view)
print(len(before) > 30, compiled() == before)
"""


def printed(code: str) -> str:
    """What a new interpreter prints."""
    command, root = [sys.executable, "-c", code], Path(__file__).parents[3]
    return subprocess.run(command, capture_output=True, check=True, text=True, cwd=root).stdout.strip()  # noqa: S603 - ours


def test_nothing_is_compiled_after_warming() -> None:
    """In a process that has called `warm`, no picture of any kind or layout makes numba look for more code."""
    assert printed(NOTHING_NEW) == "True True"


def test_numba_is_imported_late() -> None:
    """A command that hashes nothing does not wait for the compiler."""
    assert printed("import sys, hashgrade.fingerprints; print('numba' in sys.modules)") == "False"


def test_the_examples_of_the_docstrings_run() -> None:
    """What the documentation shows is what the code prints."""
    assert doctest.testmod(MODULE).failed == 0
    assert doctest.testmod(sys.modules["hashgrade.fingerprints.digests"]).attempted == 1
