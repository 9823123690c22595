"""`python -m bench.index [--codes 1000000 --codes 10000000]`: `index.Hamming` against what a hotline would run else.

At radius 31, against `threatexchange`'s `PDQIndex.query` one by one, and against FAISS's
flat and MultiHash indexes in batches, with as many threads. The codes are uniform;
clusters of near-duplicates of which some are large; and codes of photographs, cropped,
turned and edited. Each comparison is of the same queries in one run, half of them near
a code and half near none, and prints N, medians, ratios, and on how many queries the
answers are the same; anything but all is an error, and so is a neighbour missed.
"""

import argparse
import os
import pickle
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median

import faiss
import numpy as np
from bench import ratios
from numpy.typing import NDArray
from threatexchange.signal_type.pdq.pdq_index import PDQIndex

from hashgrade.fingerprints import pdq_dihedral
from hashgrade.index import Hamming
from hashgrade.runner import threads
from tests import synth

Codes = NDArray[np.uint8]
Answers = list[list[tuple[int, int]]]
"""For each query, distances and ids, rising."""
Rng = np.random.Generator

RADIUS = 31
PEER_MAX = 2_000_000
"""Codes up to which `PDQIndex` is built: it holds each as text and as an object too."""
SINGLE, TURNS = 400, 3
"""Queries one by one, and how often each batch is timed."""
RECALL_CODES, RECALL_QUERIES = 200_000, 100_000


def say(line: str) -> None:
    """Tell what was measured."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def turned(codes: Codes, bits: NDArray[np.int64], rng: Rng) -> Codes:
    """Codes with up to so many bits each turned over."""
    made = codes.copy()
    for turn in range(int(bits.max(initial=0))):
        rows = np.flatnonzero(bits > turn)
        places = rng.integers(0, 256, len(rows))
        made[rows, places >> 3] ^= (1 << (places & 7)).astype(np.uint8)
    return made


def uniform(count: int, rng: Rng) -> Codes:
    """Codes by chance."""
    return rng.integers(0, 256, (count, 32), np.uint8)


def clustered(count: int, rng: Rng) -> Codes:
    """Clusters of near-duplicates: half have one code, a few have thousands, and one code in ten is there twice."""
    sizes = np.minimum(1 / rng.random(count) ** 0.9, 5_000).astype(np.int64)
    last = int(np.searchsorted(np.cumsum(sizes), count))
    centres = np.repeat(np.arange(last + 1), sizes[:last + 1])[:count]
    made = turned(uniform(last + 1, rng)[centres], np.minimum(rng.geometric(1 / 8, count) - 1, 31), rng)
    twice = rng.integers(0, count, count // 10)
    made[twice] = made[(twice + 1) % count]
    return made


@cache
def photographed() -> Codes:
    """The codes of 600 crops of photographs, each turned and mirrored in all eight ways, of quality 50 and more."""
    found = (pdq_dihedral(picture) for picture in synth.crops(600, seed=3))
    good = [code for codes, quality in found if quality >= 50 for code in codes]
    return np.frombuffer(b"".join(good), np.uint8).reshape(-1, 32)


def photographs(count: int, rng: Rng) -> Codes:
    """Codes of photographs, each with hundreds of edits of 0 to 20 bits."""
    start = photographed()
    return turned(start[rng.integers(0, len(start), count)], rng.integers(0, 21, count), rng)


KINDS = {"uniform": uniform, "clustered": clustered, "photographs": photographs}


def queries(codes: Codes, count: int, rng: Rng) -> Codes:
    """Queries of which one half is 0 to 31 bits from a code, and the other by chance."""
    known = codes[rng.integers(0, len(codes), count)]
    near = turned(known, rng.integers(0, RADIUS + 1, count), rng)
    near[::2] = uniform(len(near[::2]), rng)
    return near


def split(offsets: NDArray[np.int64], distances: NDArray[np.generic], ids: NDArray[np.generic]) -> Answers:
    """The answers of a batch, query by query."""
    pairs = list(zip(distances.astype(np.int64).tolist(), ids.tolist(), strict=True))
    return [sorted(pairs[begin:end]) for begin, end in pairwise(offsets)]


@dataclass
class Check:
    """Counts the queries on which two answers were the same, and whether all ever were; keeps the ratios."""

    fine: bool = True
    ratios: dict[str, float] = field(default_factory=dict)

    def same(self, ours: Answers, theirs: Answers) -> str:
        """Compare answers, query by query."""
        equal = sum(one == other for one, other in zip(ours, theirs, strict=True))
        self.fine = self.fine and equal == len(ours)
        return f"{equal}/{len(ours)} equal"


def singles(kind: str, index: Hamming, codes: Codes, rng: Rng, check: Check) -> None:
    """Compare one query after the other with `PDQIndex`; each is asked both, in turn, and ours is asked twice."""
    texts = codes.tobytes().hex()
    before, peer = resident(), PDQIndex()
    built = seconds(lambda: peer.add_all((texts[64 * row:64 * row + 64], row) for row in range(len(codes))))
    ours, theirs, found, matched = list[float](), list[float](), Answers(), Answers()
    held, kept_as = (resident() - before) / len(codes), len(pickle.dumps(peer.index)) / len(codes)
    # One query has no work for a second thread, and waking it would only cost the peer time.
    faiss.omp_set_num_threads(1)
    say(f"  PDQIndex built in {built:.1f} s; about {held:.0f} bytes a code in memory with its entries, {kept_as:.0f} "
        f"pickled without them")
    for query in queries(codes, SINGLE, rng):
        code = query.tobytes()
        index.near(code)
        began = time.perf_counter()
        hits = index.near(code)
        between = time.perf_counter()
        matches = peer.query(code.hex())
        theirs.append(time.perf_counter() - between)
        ours.append(between - began)
        found.append([(hit.distance_bits, hit.id) for hit in hits])
        matched.append(sorted((int(one.similarity_info.distance), int(one.metadata)) for one in matches))
    check.ratios[f"one, of {len(codes):,} {kind}, against PDQIndex"] = median(theirs) / median(ours)
    say(f"  one by one: {SINGLE} queries, near {median(ours) * 1e6:.0f} us, PDQIndex {median(theirs) * 1e6:.0f} us, "
        f"ratio {median(theirs) / median(ours):.1f}, {check.same(found, matched)}")


def batches(kind: str, index: Hamming, codes: Codes, rng: Rng, check: Check) -> None:
    """Compare batches with FAISS, flat and MultiHash with 16 bands of 16 bits of which one may differ."""
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    asked = queries(codes, 1_024 if len(codes) <= PEER_MAX else 256, rng)
    flat, multi = faiss.IndexBinaryFlat(256), faiss.IndexBinaryMultiHash(256, 16, 16)
    flat.add(codes)
    built = seconds(lambda: multi.add(codes))
    multi.nflip = 1
    index.near_many(asked, RADIUS, threads())
    runs: dict[str, list[float]] = {"near_many": [], "flat": [], "MultiHash": []}
    for _ in range(TURNS):
        # The peer's threads stay awake for a while after their work.
        time.sleep(0.5)
        runs["near_many"].append(seconds(lambda: index.near_many(asked, RADIUS, threads())))
        runs["flat"].append(seconds(lambda: flat.range_search(asked, RADIUS + 1)))
        runs["MultiHash"].append(seconds(lambda: multi.range_search(asked, RADIUS + 1)))
    ours, *theirs = (median(run) / len(asked) * 1e6 for run in runs.values())
    offsets, ids, distances = index.near_many(asked, RADIUS, threads())
    found = split(offsets, distances, ids)
    equal = [check.same(found, split(*peer.range_search(asked, RADIUS + 1))) for peer in (flat, multi)]
    check.ratios[f"a batch, of {len(codes):,} {kind}, against the faster FAISS"] = min(theirs) / ours
    say(f"  in a batch: {len(asked)} queries with {len(ids)} hits, {os.cpu_count()} threads each: near_many {ours:.1f} "
        f"us a query, FAISS flat {theirs[0]:.0f} us, MultiHash {theirs[1]:.0f} us (built in {built:.1f} s), ratio to "
        f"the faster {min(theirs) / ours:.1f}; {equal[0]} to flat, {equal[1]} to MultiHash")


def resident() -> int:
    """The bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def opening(path: Path, query: Codes) -> tuple[float, float, float]:
    """Seconds of opening an index, of the first query, and of the same again."""
    loaded = list[Hamming]()
    opened = seconds(lambda: loaded.append(Hamming.load(path)))
    first, again = (seconds(lambda: loaded[0].near(query.tobytes())) for _ in range(2))
    return opened, first, again


def kept(index: Hamming, codes: Codes, rng: Rng, folder: Path) -> None:
    """Tell what saving, opening and the first queries cost."""
    path = folder / "codes.idx"
    saved = seconds(lambda: index.save(path))
    opened, first, again = zip(*(opening(path, query) for query in queries(codes, 21, rng)), strict=True)
    loaded = Hamming.load(path)
    checked = seconds(loaded.verify)
    warm = [seconds(lambda query=query: loaded.near(query.tobytes())) for query in queries(codes, SINGLE, rng)]
    say(f"  file: {path.stat().st_size / len(codes):.1f} bytes a code; saved and checked in {saved:.1f} s, opened in "
        f"{median(opened) * 1e3:.1f} ms, first query {median(first) * 1e3:.1f} ms, the same again "
        f"{median(again) * 1e6:.0f} us")
    say(f"  all blocks verified in {checked:.2f} s, then {median(warm) * 1e6:.0f} us a query from the file")


def changed(index: Hamming, codes: Codes, rng: Rng) -> None:
    """Tell what one more code and one fewer cost, and that both are seen at once."""
    ids = np.arange(len(codes), len(codes) + 2_000, dtype=np.uint64)
    fresh = uniform(len(ids), rng)
    added = [seconds(lambda row=row: index.add(fresh[row:row + 1], ids[row:row + 1])) for row in range(len(ids))]
    seen = sum(bool(index.near(code.tobytes(), 0)) for code in fresh)
    gone = [seconds(lambda row=row: index.withdraw(ids[row:row + 1])) for row in range(len(ids))]
    left = sum(bool(index.near(code.tobytes(), 0)) for code in fresh)
    say(f"  changes: {len(ids)} codes added in {median(added) * 1e6:.0f} us each, {seen} found at once; withdrawn in "
        f"{median(gone) * 1e6:.0f} us each, {left} found after")


def compare(kind: str, count: int, check: Check) -> None:
    """All comparisons on codes of one kind."""
    rng = np.random.default_rng(count)
    codes = KINDS[kind](count, rng)
    say(f"{count:,} codes, {kind}")
    index, times = Hamming(merging=False), list[float]()
    for how in (map, map, threads(), threads()):
        index = Hamming(merging=False)
        times.append(seconds(lambda index=index, how=how: index.add(codes, None, how)))
    say(f"  built in {times[1]:.2f} s by one thread, {times[3]:.2f} s by {os.cpu_count()}; "
        f"{index.size_bytes / count:.1f} bytes a code in memory")
    if count <= PEER_MAX:
        singles(kind, index, codes, rng, check)
    batches(kind, index, codes, rng, check)
    with tempfile.TemporaryDirectory() as folder:
        kept(index, codes, rng, Path(folder))
    changed(index, codes, rng)


def recall(kind: str, check: Check) -> None:
    """Ask for 100,000 planted neighbours, and compare all answers with a flat index's."""
    rng = np.random.default_rng(5)
    codes = KINDS[kind](RECALL_CODES, rng)
    rows = rng.integers(0, len(codes), RECALL_QUERIES)
    asked = turned(codes[rows], rng.integers(0, RADIUS + 1, len(rows)), rng)
    offsets, ids, distances = Hamming.build(codes).near_many(asked, RADIUS, threads())
    flat = faiss.IndexBinaryFlat(256)
    flat.add(codes)
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    planted = missed = found = 0
    for begin in range(0, len(asked), 10_000):
        some = slice(begin, begin + 10_000)
        part = slice(int(offsets[begin]), int(offsets[min(begin + 10_000, len(asked))]))
        mine = split(offsets[begin:begin + 10_001] - offsets[begin], distances[part], ids[part])
        theirs = split(*flat.range_search(asked[some], RADIUS + 1))
        found += sum(len(one) for one in theirs)
        missed += sum(len(set(other) - set(one)) for one, other in zip(mine, theirs, strict=True))
        planted += sum(any(row == number for _, number in one) for one, row in zip(mine, rows[some], strict=True))
        check.same(mine, theirs)
    check.fine = check.fine and planted == len(asked)
    say(f"recall, {kind}: {planted:,} of {len(asked):,} planted neighbours found among {len(codes):,} codes; "
        f"of {found:,} hits of a flat index {missed} missed")


def main() -> None:
    """Measure all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--codes", type=int, action="append")
    parser.add_argument("--kind", choices=KINDS, action="append")
    given = parser.parse_args()
    check, began = Check(), time.perf_counter()
    for count in given.codes or [1_000_000, 10_000_000]:
        for kind in given.kind or (KINDS if count <= PEER_MAX else ["uniform"]):
            compare(kind, count, check)
    for kind in given.kind or ["uniform", "photographs"]:
        recall(kind, check)
    ratios.keep("index", check.ratios)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    told = "all answers equal" if check.fine else "NOT ALL ANSWERS EQUAL"
    say(f"{time.perf_counter() - began:.0f} s in all, peak memory {peak:.1f} GB, {told}")
    sys.exit(not check.fine)


if __name__ == "__main__":
    main()
