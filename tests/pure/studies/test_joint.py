"""What a table of one unit prints does not give away what a table of another keeps back."""

import numpy as np
from scipy.sparse import csr_array

from hashgrade.studies.atoms import Atoms
from hashgrade.studies.attack import Release, attack
from hashgrade.studies.count import Counted
from hashgrade.studies.disclosure import Earlier, kept_back
from hashgrade.studies.joint import Joint, joined
from hashgrade.studies.schema import parse
from hashgrade.studies.table import Cell, lay_out

STUDY = """
study: s
title: S
question: Q
cohort: everything
period: year
tables:
  M: {title: Media, rows: {children: {sum: children}, none: {children: {is: 0}}}}
  C: {title: Children, unit: child, of: sex}
"""
BASE, GIRL, BOY = Cell("C", "base"), Cell("C", "row", "girl"), Cell("C", "row", "boy")
ADDED = Cell("M", "row", "children")


def counted() -> Counted:
    """40 media of one child and 30 of two; of the children 4 are boys and 96 are girls."""
    layouts = tuple(lay_out(table, ()) for table in parse(STUDY, "s.yaml").tables)
    media = Atoms((Cell("", "total"), Cell("M", "base"), ADDED), csr_array(np.array([[1, 1], [1, 1], [1, 2]])),
                  np.array([40, 30]))
    child = Atoms((BASE, GIRL, BOY), csr_array(np.array([[1, 1], [1, 0], [0, 1]])), np.array([96, 4]))
    return Counted(layouts, {"media": media, "child": child}, {})


def found(joint: Joint, earlier: Earlier) -> list[str]:
    """What an attacker works out who knows the equations, where control knew `earlier`."""
    counts = joint.matrix @ joint.units
    weights = np.where(np.arange(len(counts)) == joint.cells.index(("child", BASE)), 0.1, 1 + np.log1p(counts))
    hidden = kept_back(joint.matrix, joint.units, weights, 10, earlier).cells
    shown = tuple(None if n in hidden and n not in joint.equations else int(count) for n, count in enumerate(counts))
    names = (*(f"{cell.table}.{cell.key or cell.part}" for _, cell in joint.cells), "equation")
    return [one.what for one in attack([Release("R", names, joint.matrix, shown, 10)], whole=True)]


def test_equal_numbers_of_two_units_are_guarded_together() -> None:
    """The base of a table of children is not kept back in vain beside the same number under the media."""
    (joint,) = joined(counted())
    assert len(joint.equations) == 1
    assert found(joint, Earlier(joint.equations)) == []


def test_units_guarded_by_themselves_are_caught() -> None:
    """Positive control: without the equation, the boys follow from the sum that the table of media prints."""
    (joint,) = joined(counted())
    count = len(joint.cells)
    counts = joint.matrix[:count] @ joint.units
    weights = np.where(np.arange(count) == joint.cells.index(("child", BASE)), 0.1, 1 + np.log1p(counts))
    hidden = kept_back(joint.matrix[:count], joint.units, weights, 10).cells
    shown = (*(None if n in hidden else int(one) for n, one in enumerate(counts)), 0)
    names = (*(f"{cell.table}.{cell.key or cell.part}" for _, cell in joint.cells), "equation")
    assert "C.boy" in {one.what for one in attack([Release("R", names, joint.matrix, shown, 10)])}


def test_units_without_a_number_in_common_stay_apart() -> None:
    """Where no sum of one unit is a base of the other, each is guarded by itself."""
    one = counted()
    fewer = Atoms(one.atoms["child"].cells, one.atoms["child"].matrix, np.array([90, 4]))
    apart = joined(Counted(one.layouts, {**one.atoms, "child": fewer}, {}))
    assert [len(joint.equations) for joint in apart] == [0, 0]
