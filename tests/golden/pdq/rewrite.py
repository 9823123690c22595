"""`python -m tests.golden.pdq.rewrite`: ask the oracle for the golden codes again; review the diff.

Commit what it writes and the tests compare bit for bit on machines without a compiler.
"""

import json
from pathlib import Path

import numpy as np

from tests import needs, synth

CODES = Path(__file__).parent / "codes.json"
SIDES = [(1, 1), (4, 300), (5, 4), (5, 5), (5, 700), (63, 64), (64, 64), (64, 63), (64, 128), (65, 65), (127, 129),
         (128, 128), (129, 127), (257, 31), (512, 512), (1500, 97), (640, 1203)]


def chosen() -> list[synth.Recipe]:
    """Every kind at every size that is special to the filter, and at ordinary ones."""
    special = [synth.Recipe(kind, *sides, seed) for seed, sides in enumerate(SIDES) for kind in synth.KINDS]
    return special + list(synth.recipes(104, 260, seed=1))


def line(recipe: synth.Recipe) -> str:
    """One golden code: the recipe, then what the oracle says of it."""
    oracle, picture = needs.oracle(), synth.picture(recipe)
    code, quality = oracle.compute(picture)
    forms, _ = oracle.compute_dihedral(picture)
    return json.dumps({"recipe": [recipe.kind, recipe.height, recipe.width, recipe.seed], "quality": quality,
                       "pdq": hexed(code), "forms": list(map(hexed, forms))})


def hexed(bits: list[int]) -> str:
    """The oracle's 256 numbers, bit 255 first, as a code is written."""
    return np.packbits(bits).tobytes().hex()


if __name__ == "__main__":
    CODES.write_text("[\n" + ",\n".join(map(line, chosen())) + "\n]\n")
