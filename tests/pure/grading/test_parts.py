"""What readers marked in a clip beside each other, and what of it a settlement keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.errors import InputError
from hashgrade.grading import parts
from hashgrade.grading.settling import choices
from hashgrade.nouns import Segment
from tests.cast import grade
from tests.naive import settling as naive

ENDS_MS = 12
MARKED = st.lists(st.builds(
    lambda begins, length, label, child: Segment(from_ms=begins, to_ms=begins + length, activity=(label,), child=child),
    st.integers(0, 8), st.integers(1, 4), st.sampled_from(["witness", "oral"]), st.sampled_from([None, 0, 1])),
    max_size=4, unique_by=lambda one: (one.from_ms, one.to_ms, one.child)).map(tuple)


def part(from_ms: int, to_ms: int, *labels: str, child: int | None = None) -> Segment:
    return Segment(from_ms=from_ms, to_ms=to_ms, activity=labels or ("witness",), child=child)


@given(st.lists(MARKED, min_size=2, max_size=3).map(tuple))
def test_what_all_marked_is_what_all_marked_of_each_moment(marked: parts.Marked) -> None:
    """Millisecond by millisecond: never more than every reader says, and all of it."""
    found = parts.shared(marked)
    said = [{(label, one.child) for one in found for label in one.activity if one.from_ms <= ms < one.to_ms}
            for ms in range(ENDS_MS)]
    told = [{(labels[0], child) for labels, child in each} for each in naive.shared(marked, ENDS_MS)]
    assert said == told


def test_a_time_that_is_marked_twice_is_one_segment() -> None:
    """With the labels of both; that nothing is seen stands alone, so it gives way."""
    mine = (part(0, 9), part(0, 5, "oral"))
    assert parts.shared((mine, (part(0, 5), part(0, 7, "oral")))) == (part(0, 5, "oral", "witness"),)
    mine = (part(0, 9), part(0, 5, "none"))
    assert parts.shared((mine, (part(0, 5), part(0, 7, "none")))) == (part(0, 5),)


def test_children_are_compared_by_who_they_are_and_not_by_their_number() -> None:
    """The first row of one reader is the second of the other; their segments of it are alike."""
    first, second = part(0, 5, child=0), part(0, 5, child=1)
    marked = parts.lined_up([(first,), (second,)], ((0, 1), (1, 0)))
    assert (marked, parts.alike(marked)) == (((first,), (first,)), True)
    assert not parts.alike(parts.lined_up([(first,), (first,)], ((0, 1), (1, 0))))


@pytest.mark.parametrize(("choice", "found"), [
    ("1", (part(0, 9),)), ("2", (part(3, 12),)), ("all", (part(3, 9),)), ("none", ()), ("asked", ()),
    ("", (part(0, 9),))])
def test_what_a_choice_means(choice: str, found: tuple[Segment, ...]) -> None:
    """A reader's, what all marked, none; where nobody has to choose, what the first says, which all say."""
    assert parts.taken(((part(0, 9),), (part(3, 12),)), choice) == found


@pytest.mark.parametrize("choice", ["0", "3", "x", "-1", "²", "1e1", "9999"])
def test_a_choice_that_means_nothing_is_refused(choice: str) -> None:
    """SRV-13."""
    with pytest.raises(InputError, match="SRV-13"):
        parts.taken(((), ()), choice)


def test_a_settlement_keeps_what_it_does_not_contradict() -> None:
    """A label that it does not say of the child, or of any, is left out and said; so is a child whom it has not."""
    read = grade({"sex": "girl", "activity": ("witness",)}, {"sex": "boy", "activity": ("oral",)})
    chosen = choices([read, read])
    told = parts.kept([part(0, 1, child=1), part(0, 2, "oral", child=1), part(0, 3, "sadism"), part(0, 4, child=7)],
                      chosen)
    assert [(kept, why) for _, kept, why in told] == [
        (None, "the settlement does not say so of this child"), (part(0, 2, "oral", child=1), ""),
        (None, "the settlement does not say so of any child"), (None, "of a child who is not in the settlement")]
