"""Agreement the slow way: pairs of ratings, one at a time, by the definitions."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, permutations

Rating = str | int | None
Ratings = Sequence[Sequence[Rating]]


def given(row: Sequence[Rating]) -> list[str | int]:
    """The ratings of a unit that are not missing."""
    return [rating for rating in row if rating is not None]


def values(ratings: Ratings) -> list[str | int]:
    """Every value that is rated, once."""
    return list(dict.fromkeys(rating for row in ratings for rating in given(row)))


def raw(ratings: Ratings) -> float:
    """Of each unit with two ratings, the part of its pairs that are the same; and the mean of those."""
    several = [given(row) for row in ratings if len(given(row)) > 1]
    parts = []
    for row in several:
        pairs = list(combinations(row, 2))
        parts.append(sum(a == b for a, b in pairs) / len(pairs))
    return sum(parts) / len(parts)


def shares(ratings: Ratings) -> dict[str | int, float]:
    """Of each value, the mean over units of the part of their ratings that are it."""
    rows = [given(row) for row in ratings if given(row)]
    return {value: sum(row.count(value) / len(row) for row in rows) / len(rows) for value in values(ratings)}


def fleiss(ratings: Ratings) -> float:
    """Fleiss: agreement by chance is that of two ratings drawn from the shares."""
    chance = sum(share * share for share in shares(ratings).values())
    return (raw(ratings) - chance) / (1 - chance)


def ac1(ratings: Ratings) -> float:
    """Gwet: agreement by chance is that of a rating at random, in the part of units that are hard to rate."""
    many = len(values(ratings))
    chance = sum(share * (1 - share) for share in shares(ratings).values()) / max(many - 1, 1)
    return (raw(ratings) - chance) / (1 - chance)


def cohen(ratings: Ratings) -> float:
    """Cohen: agreement by chance is that of two readers who keep to their own shares."""
    both = [row for row in ratings if row[0] is not None and row[1] is not None]
    firsts, seconds = [row[0] for row in both], [row[1] for row in both]
    chance = sum(firsts.count(value) * seconds.count(value) for value in values(both)) / len(both) ** 2
    return (sum(row[0] == row[1] for row in both) / len(both) - chance) / (1 - chance)


def alpha(ratings: Ratings, order: Sequence[str | int] | None = None) -> float:
    """Krippendorff: one less the mean difference of pairs in units over that of all pairs of such ratings."""
    rows = [given(row) for row in ratings]
    if order is not None:
        rows = [[rating for rating in row if rating in order] for row in rows]
    rows = [row for row in rows if len(row) > 1]
    pool = [rating for row in rows for rating in row]
    apart = ordinal(pool, order) if order is not None else lambda a, b: float(a != b)
    within = sum(apart(a, b) / (len(row) - 1) for row in rows for a, b in permutations(row, 2)) / len(pool)
    anywhere = sum(apart(a, b) for a, b in permutations(pool, 2)) / (len(pool) * (len(pool) - 1))
    return 1 - within / anywhere


def ordinal(pool: Sequence[str | int], order: Sequence[str | int]) -> Callable[[str | int, str | int], float]:
    """Krippendorff's ordinal metric: the ratings between two values, with half of each of them, squared."""

    def apart(a: str | int, b: str | int) -> float:
        first, last = sorted((order.index(a), order.index(b)))
        between = sum(pool.count(value) for value in order[first:last + 1])
        return float((between - (pool.count(a) + pool.count(b)) / 2) ** 2)

    return apart


def resamples(ratings: Ratings, statistic: Callable[[Ratings], float], draws: Iterator[Sequence[int]]) -> list[float]:
    """A statistic of each draw of units with replacement."""
    return [statistic([ratings[n] for n in draw]) for draw in draws]
