"""`python -m bench.attack [N [STUDIES]]`: attack N random releases (1,000) with and without all of disclosure control.

A release is one or two crossed tables that share their margins, and by chance rows that
overlap, a table of a part, one by month, one of a drawn sample, a table of children beside one of
media, and an earlier release of an overlapping period. Thresholds are 3 to 20; counts are exact or rounded to 5.
STUDIES (40) more are studies of random records that the engine itself counts and guards: crossed and by month
and quarter, multi-response, media beside children and their sum, URLs, reports, samples with strata whose sizes are
known, and earlier releases of other tables, cohorts and periods (`bench.studied`). Each is
attacked by a reader who knows the definitions and the printed numbers, and by one who also
knows which combinations occur and that counts are whole. Prints how many releases gave
a count away exactly, or narrowed one down to less than the rule itself says; the same with
the threshold alone, as a control that must be caught; and planted differences between two
releases, which must be caught too. Beside them, how much heavier what is kept back is than the lightest that would
do, in releases small enough to compute that. Exit status 1 if a check fails.
"""

import sys
import time
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
from bench.studied import studied
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hashgrade.studies.attack import Disclosure, Release, attack
from hashgrade.studies.disclosure import Earlier, kept_back
from tests.naive.disclosure import lightest

Whole = NDArray[np.int64]
N: int = 1000
STUDIES: int = 40
COMBINATIONS_MAX = 800
SMALL = (30, 25)  # cells and combinations of releases for which the lightest choice is computed
CAUGHT_AT_LEAST = 0.5


@dataclass(frozen=True)
class World:
    """A population by combination, and one or two releases as (names of cells, cells by combinations)."""

    units: Whole
    releases: tuple[tuple[tuple[str, ...], Whole], ...]
    under: int
    round_to: int

    def stacked(self) -> Whole:
        """The cells of all releases, one on top of the other."""
        return np.vstack([sums for _, sums in self.releases])


def world(seed: int) -> World:
    """A random population and its releases."""
    random = np.random.default_rng(seed)
    several, children, flags = (bool(random.random() < share) for share in (0.5, 0.4, 0.4))
    age, severity, place = (int(random.integers(low, high)) for low, high in ((3, 6), (2, 5), (2, 4)))
    sizes = {"age": age, "severity": severity, "place": place, "flags": 4 if flags else 1,
             "mix": 3 if children else 1, "period": 3 if several else 1}
    for name, size in (("month", 4), ("drawn", 2)):  # as far as releases stay small enough to attack a thousand
        small = prod(sizes.values()) * size <= COMBINATIONS_MAX
        sizes[name] = size if small and random.random() < 0.4 else 1
    grid = dict(zip(sizes, np.array(list(product(*(range(size) for size in sizes.values())))).T, strict=True))
    count = len(grid["age"])
    under = int(random.integers(3, 21))
    of_cell = random.gamma(1.2, 6 * under, sizes["age"] * sizes["severity"])  # skewed, and often below the threshold
    inner = grid["age"] * sizes["severity"] + grid["severity"]
    units = random.poisson(of_cell[inner] * random.gamma(0.5, 2, count) * len(of_cell) / count).astype(np.int64)
    tables = Tables(grid, sizes, crossed_twice=bool(random.random() < 0.6), part=bool(random.random() < 0.4))
    later = {1, 2} if random.random() < 0.3 else {0, 1, 2}
    periods = [{0, 1}, later] if several else [{0}]
    return World(units, tuple(tables.release(periods_) for periods_ in periods),
                 under, int(random.choice([1, 5])))


@dataclass(frozen=True)
class Tables:
    """The tables of a release, by the values that each combination has."""

    grid: dict[str, Whole]
    sizes: dict[str, int]
    crossed_twice: bool
    part: bool

    def release(self, periods: set[int]) -> tuple[tuple[str, ...], Whole]:
        """The names of all cells, and how often each combination counts in each."""
        within = np.isin(self.grid["period"], sorted(periods)).astype(np.int64)
        cells = {"total": within, **self._crossed("T1", "age", "severity", within)}
        if self.crossed_twice:
            cells |= self._crossed("T2", "age", "place", within)
        if self.part:
            inside = within * (self.grid["place"] == 0)
            cells |= {"T3.base": inside, "T3.excluded": within - inside, **self._rows("T3", "severity", inside)}
        if self.sizes["flags"] > 1:
            cells |= {f"T4.flag{bit}": within * (self.grid["flags"] >> bit & 1) for bit in (0, 1)}
        if self.sizes["mix"] > 1:  # one girl; one boy; a girl and two boys
            mix = self.grid["mix"]
            girls, boys = within * np.array([1, 0, 1])[mix], within * np.array([0, 1, 2])[mix]
            cells |= {"T5.children": girls + boys, "T6.base": girls + boys, "T6.girl": girls, "T6.boy": boys}
        if self.sizes["month"] > 1:
            cells |= self._crossed("T7", "severity", "month", within)
        if self.sizes["drawn"] > 1:
            drawn = within * self.grid["drawn"]
            cells |= {"S1.base": drawn, **self._rows("S1", "age", drawn), **self._rows("S2", "severity", drawn)}
        return tuple(cells), np.array(list(cells.values()))

    def _rows(self, table: str, name: str, within: Whole) -> dict[str, Whole]:
        return {f"{table}.{n}": within * (self.grid[name] == n) for n in range(self.sizes[name])}

    def _crossed(self, table: str, down: str, across: str, within: Whole) -> dict[str, Whole]:
        rows, columns = self._rows("", down, within), self._rows("", across, within)
        inner = {f"{table}{row}{column}": rows[row] * columns[column] for row in rows for column in columns}
        return inner | {f"{table}{row}.all": sums for row, sums in rows.items()} | {
            f"{table}.all{column}": sums for column, sums in columns.items()}


def controlled(one: World, complementary: bool = True) -> list[set[int]]:
    """The cells that each release keeps back, each in the light of those before it."""
    stacked, kept, start = one.stacked(), [], 0
    hidden = frozenset[int]()
    for _, sums in one.releases:
        cells = stacked[:start + len(sums)]
        counts, earlier = cells @ one.units, frozenset(range(start))
        if complementary:
            hidden = kept_back(cells, one.units, 1 + np.log1p(counts), one.under,
                               Earlier(printed=earlier - hidden, sensitive=hidden)).cells
        else:
            hidden = frozenset(np.flatnonzero((counts > 0) & (counts < one.under)).tolist())
        kept.append({cell - start for cell in hidden if cell >= start})
        start += len(sums)
    return kept


def attacked(one: World, kept: list[set[int]], knowing: bool) -> list[Disclosure]:
    """What an attacker finds; `knowing` who knows the combinations that occur, and uses that counts are whole."""
    stacked = one.stacked()
    asked = stacked[:, one.units > 0] if knowing else stacked
    asked = np.unique(asked, axis=1)
    releases, start = [], 0
    for n, ((names, sums), hidden) in enumerate(zip(one.releases, kept, strict=True)):
        numbers = (sums @ one.units + one.round_to // 2) // one.round_to * one.round_to
        shown = tuple(None if cell in hidden else int(number) for cell, number in enumerate(numbers))
        of_release = csr_array(asked[start:start + len(sums)])
        releases.append(Release(f"R{n + 1}", names, of_release, shown, one.under, one.round_to))
        start += len(sums)
    return attack(releases, whole=knowing)


def planted(seed: int) -> World:
    """Two releases of a population that grew by a few units of one age between them."""
    random = np.random.default_rng(seed)
    ages = int(random.integers(3, 6))
    units = np.concatenate([random.integers(30, 400, ages), np.zeros(ages, dtype=np.int64)])
    units[ages + int(random.integers(ages))] = random.integers(1, 10)
    one = np.hstack([np.eye(ages, dtype=np.int64), np.zeros((ages, ages), dtype=np.int64)])
    both = np.hstack([np.eye(ages, dtype=np.int64)] * 2)
    names = tuple([f"T1.{n}" for n in range(ages)] + ["total"])
    releases = [(names, np.vstack([sums, sums.sum(axis=0)])) for sums in (one, both)]
    return World(units, tuple(releases), 10, 1)


@dataclass
class Tally:
    """How many releases gave something away, and how much was kept back for it."""

    title: str
    worlds: int = 0
    cells: int = 0
    kept: int = 0
    exact: int = 0
    narrow: int = 0
    example: str = ""

    def add(self, one: World, kept: list[set[int]], knowing: bool) -> None:
        """Attack one world and count what was found."""
        self.count(attacked(one, kept, knowing), len(one.stacked()), sum(len(hidden) for hidden in kept))

    def count(self, found: list[Disclosure], cells: int, kept: int) -> None:
        """Count what was found in one release."""
        self.worlds += 1
        self.cells += cells
        self.kept += kept
        self.exact += any(disclosure.exact for disclosure in found)
        self.narrow += any(not disclosure.exact for disclosure in found)
        self.example = self.example or next((disclosure.derivation for disclosure in found if disclosure.exact), "")

    def line(self) -> str:
        """The tally as a row of a table."""
        return (f"{self.title:44} {self.worlds:7,} {100 * self.kept / max(1, self.cells):9.1f}% {self.exact:8,}"
                f" {self.narrow:8,}")


def measure(seeds: range, studies: range = range(0)) -> dict[str, Tally]:
    """Attack a random release and a planted difference for each seed, and random studies, with and without control."""
    tallies = {key: Tally(title) for key, title in {
        "reader": "control, reader", "knowing": "control, knows combinations, whole counts",
        "threshold": "threshold only, exact counts, reader", "rounded": "threshold only, rounded to 5, reader",
        "planted": "planted difference, threshold only",
        "guarded": "planted difference, control",
        "studies": "studies, control, knows combinations", "bare": "studies, threshold only, exact counts"}.items()}
    for seed in seeds:
        one = world(seed)
        kept, bare = controlled(one), controlled(one, complementary=False)
        tallies["reader"].add(one, kept, knowing=False)
        tallies["knowing"].add(one, kept, knowing=True)
        if any(bare):
            tallies["threshold" if one.round_to == 1 else "rounded"].add(one, bare, knowing=False)
        two = planted(seed)
        tallies["planted"].add(two, controlled(two, complementary=False), knowing=False)
        tallies["guarded"].add(two, controlled(two), knowing=False)
    for seed in studies:
        release = studied(seed)
        tallies["studies"].count(release.attacked(controlled=True), *release.cells)
        if release.rule.round_to == 1 and release.any_small:
            tallies["bare"].count(release.attacked(controlled=False), release.cells[0], release.any_small)
    return tallies


def heavier(seeds: range) -> tuple[int, int, float, float]:
    """In small releases with small counts: how many, in how many the lightest was found, how much heavier ours is.

    That is by weight, in the middle and over all.
    """
    ratios, ours, theirs = [], 0.0, 0.0
    for seed in seeds:
        one = world(seed)
        sums = one.releases[0][1]
        cells, alike = np.unique(sums[:, one.units > 0], axis=1, return_inverse=True)
        units = np.bincount(alike.ravel(), weights=one.units[one.units > 0]).astype(np.int64)
        counts = cells @ units
        if cells.shape[0] > SMALL[0] or cells.shape[1] > SMALL[1] or not np.any((counts > 0) & (counts < one.under)):
            continue
        weights = 1 + np.log1p(counts)
        kept = kept_back(cells, units, weights, one.under).cells
        best = lightest(cells, units, weights, one.under, seconds=10)
        if best is not None:
            ours, theirs = ours + weights[list(kept)].sum(), theirs + weights[list(best)].sum()
            ratios.append(weights[list(kept)].sum() / weights[list(best)].sum())
    return len(ratios), sum(ratio < 1 + 1e-9 for ratio in ratios), float(np.median(ratios)), ours / theirs


def passes(tallies: dict[str, Tally]) -> bool:
    """Whether control gave nothing away exactly, and the controls were caught."""
    return (tallies["reader"].exact == tallies["knowing"].exact == tallies["guarded"].exact == 0
            and tallies["threshold"].exact >= CAUGHT_AT_LEAST * tallies["threshold"].worlds
            and tallies["planted"].exact == tallies["planted"].worlds and tallies["studies"].exact == 0
            and tallies["bare"].exact >= CAUGHT_AT_LEAST * tallies["bare"].worlds)


def table(tallies: dict[str, Tally]) -> str:
    """The tallies as text, with an example of what was found."""
    lines = [f"{'releases, and who attacks':44} {'number':>7} {'kept back':>10} {'exact':>8} {'narrowed':>8}"]
    lines += [tally.line() for tally in tallies.values()]
    lines += [f"found for example: {tallies[key].example}" for key in ("threshold", "planted")]
    return "\n".join([*lines, "passed" if passes(tallies) else "FAILED"]) + "\n"


def main() -> int:
    """Measure and print."""
    began = time.process_time()
    given = [int(number) for number in sys.argv[1:]]
    count, studies = (*given, *(N, STUDIES)[len(given):])
    tallies = measure(range(count), range(studies))
    sys.stdout.write(table(tallies))
    number, same, middle, total = heavier(range(count))
    sys.stdout.write(f"of {number} small releases, {same} keep back no more than the lightest choice there is; "
                     f"the middle one {middle:.2f} times as much by weight, all together {total:.2f} times\n")
    sys.stderr.write(f"{time.process_time() - began:.0f} s of one core\n")
    return 0 if passes(tallies) else 1


if __name__ == "__main__":
    sys.exit(main())
