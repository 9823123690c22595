"""The code of a picture as displayed is that of the picture turned, without turning it."""

import numpy as np
import pytest

from hashgrade.fingerprints import displayed, pdq
from tests import synth

TURNS = displayed.TURNS


def shown_naively(picture: synth.Picture, orientation: int) -> synth.Picture:
    """Row 0 and column 0 of what is stored are displayed where the standard says, one pixel after the other."""
    rows, columns = picture.shape[:2]
    places = {  # where the pixel at row y, column x of the display is stored
        2: lambda y, x: (y, columns - 1 - x), 3: lambda y, x: (rows - 1 - y, columns - 1 - x),
        4: lambda y, x: (rows - 1 - y, x), 5: lambda y, x: (x, y), 6: lambda y, x: (rows - 1 - x, y),
        7: lambda y, x: (rows - 1 - x, columns - 1 - y), 8: lambda y, x: (x, columns - 1 - y)}
    height, width = (columns, rows) if orientation >= 5 else (rows, columns)
    return np.array([[picture[places[orientation](y, x)] for x in range(width)] for y in range(height)])


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turn_is_the_standards(orientation: int) -> None:
    """Each orientation displays the pixels that EXIF says."""
    picture = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    assert np.array_equal(TURNS[orientation](picture), shown_naively(picture, orientation))


@pytest.mark.parametrize("orientation", range(2, 9))
def test_photographs_are_hashed_as_turned(orientation: int) -> None:
    """Over 44 crops, luma and RGB, code and quality are those of the turned pixels; most are never turned."""
    settled = 0
    for number, crop in enumerate(synth.crops(44, seed=orientation)):
        picture = np.ascontiguousarray(crop[..., 1]) if number % 3 == 0 else crop
        turn = TURNS[orientation]
        assert displayed.pdq_displayed(picture, orientation) == pdq(np.ascontiguousarray(turn(picture))), number
        settled += displayed._estimated(picture, turn) is not None
    assert settled >= 20


@pytest.mark.parametrize("orientation", range(2, 9))
def test_degenerate_pictures_are_hashed_as_turned(orientation: int) -> None:
    """So they are over 40 flat, striped, checkered and mirrored pictures, where only the exact order will do."""
    for recipe in synth.recipes(40, 300, seed=orientation):
        picture = synth.picture(recipe)
        expected = pdq(np.ascontiguousarray(TURNS[orientation](picture)))
        assert displayed.pdq_displayed(picture, orientation) == expected, recipe


@pytest.mark.deep
@pytest.mark.parametrize("orientation", range(2, 9))
def test_every_length_of_side_is_hashed_as_turned(orientation: int) -> None:
    """So they are at every height from 64 to 700: windows are even and odd, and kept pixels fall anywhere."""
    for height in range(64, 700):
        picture = synth.picture(synth.Recipe("shapes", height, 257 + height % 13, height))
        expected = pdq(np.ascontiguousarray(TURNS[orientation](picture)))
        assert displayed.pdq_displayed(picture, orientation) == expected, height
