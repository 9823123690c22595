"""Text in charts, set without measuring it on the machine, so that the bytes do not depend on its fonts."""

from collections.abc import Sequence

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_EMS = {"ijl'|": 0.22, " .,:;!/\\tfI[]": 0.28, "-()r\"“”": 0.36, "cksvxyzJ": 0.5, "ABEKPSVXYw&": 0.69,
        "CDHNRUGOQm+=<>–": 0.78, "MW%—": 0.9}
WIDTHS = {letter: width for letters, width in _EMS.items() for letter in letters}
OTHER = 0.57
Spots = Sequence[tuple[float, float]]


def width(text: str, size: float) -> float:
    """About how wide a text is in pixels, by the widths of Arial's letters.

    Args:
        text: One line.
        size: Of the font, in pixels.
    """
    return size * sum(WIDTHS.get(letter, OTHER) for letter in text)


def wrapped(text: str, size: float, most: float, lines: int = 99) -> list[str]:
    """The text in lines at most `most` pixels wide, of which only a single word is wider; the last of `lines` is cut.

    Args:
        text: The text.
        size: Of the font, in pixels.
        most: Pixels.
        lines: How many at most; what is left out is shown by an ellipsis.
    """
    found = [""]
    for word in text.split():
        longer = f"{found[-1]} {word}".strip()
        if found[-1] and width(longer, size) > most:
            found.append(word)
        else:
            found[-1] = longer
    return found if len(found) <= lines else [*found[:lines - 1], found[lines - 1] + " …"]


def apart(spots: Spots, least: float, most: float) -> list[float]:
    """Where to put labels that want to be at given heights, so that none covers another; in the order given.

    Labels that touch are put together into one run, whose middle is where its labels want to be on average.

    Args:
        spots: Of each label the middle that it wants and its height, in pixels.
        least: Where the first may begin.
        most: Where the last may end; they begin at `least` and overrun it where there are too many.
    """
    runs: list[tuple[list[int], float]] = []  # labels from above down, and where their run begins
    for n in sorted(range(len(spots)), key=lambda one: spots[one][0]):
        run = [n]
        start = _start(run, spots, least, most)
        while runs and runs[-1][1] + sum(spots[one][1] for one in runs[-1][0]) > start:
            run = runs.pop()[0] + run
            start = _start(run, spots, least, most)
        runs.append((run, start))
    found = [0.0] * len(spots)
    for run, start in runs:
        for at, n in enumerate(run):
            found[n] = start + sum(spots[one][1] for one in run[:at]) + spots[n][1] / 2
    return found


def _start(run: list[int], spots: Spots, least: float, most: float) -> float:
    """Where a run begins: its labels are as near as they can be to where they want to be, within the bounds."""
    before, wanted = 0.0, 0.0
    for n in run:
        wanted += spots[n][0] - before - spots[n][1] / 2
        before += spots[n][1]
    return max(least, min(wanted / len(run), most - before))
