"""The runner: a `map` that keeps order and never runs far ahead."""

import time
from collections.abc import Iterator

import pytest

from hashgrade.runner import threads


def test_results_come_in_the_order_of_the_things() -> None:
    """Whichever was ready first."""
    def slow_when_even(number: int) -> int:
        time.sleep(0.002 * (number % 2 == 0))
        return number

    assert list(threads(4)(slow_when_even, range(40))) == list(range(40))


def test_it_takes_no_more_than_it_works_on() -> None:
    """Before the first result is given, one thing more than there are threads is taken."""
    taken: list[int] = []

    def things() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    next(iter(threads(3)(lambda number: number, things())))
    assert len(taken) == 4


def test_an_error_comes_where_its_result_would() -> None:
    """What was made before it is given first."""
    made = iter(threads(2)(lambda number: 10 // number, [5, 2, 0, 1]))
    assert [next(made), next(made)] == [2, 5]
    with pytest.raises(ZeroDivisionError):
        next(made)
