"""A damaged index is never believed: whatever happens to its file, an answer is right or is an error.

Each trial does one thing to a file, opens it, asks it everything, and puts it back.
The codes are of clusters, and all of them are in some answer, so that much of what may
be damaged is asked for. Chance comes from seeds.
"""

import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hashgrade.errors import Broken
from hashgrade.index import Exact, Hamming, files

CLUSTERS, EACH = 20, 500
PAGE = files.BLOCK_BYTES


@dataclass(frozen=True)
class Subject:
    """A kind of index: how it is built, opened and asked."""

    build: Callable[[], Hamming | Exact]
    load: Callable[[Path], Hamming | Exact]
    ask: Callable[[Hamming | Exact], tuple[NDArray[np.generic], ...]]


def centres() -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (CLUSTERS, 32), np.uint8)


@cache
def codes() -> NDArray[np.uint8]:
    """Codes around each centre, 0 to 30 bits away."""
    rng = np.random.default_rng(2)
    turned = np.zeros((CLUSTERS * EACH, 256), np.uint8)
    for row, bits in zip(turned, rng.integers(0, 31, len(turned)), strict=True):
        row[rng.choice(256, bits, replace=False)] = 1
    return np.repeat(centres(), EACH, axis=0) ^ np.packbits(turned, axis=1)


def near_all(index: Hamming | Exact) -> tuple[NDArray[np.generic], ...]:
    assert isinstance(index, Hamming)
    return index.near_many(centres())


def find_all(index: Hamming | Exact) -> tuple[NDArray[np.generic], ...]:
    assert isinstance(index, Exact)
    return index.find_many(codes()[::5])


SUBJECTS = {
    "near": Subject(lambda: Hamming.build(codes()), Hamming.load, near_all),
    "exact": Subject(lambda: Exact.build(codes()), Exact.load, find_all),
}


def flipped(whole: bytes, rng: random.Random) -> bytes:
    """One bit is another."""
    place = rng.randrange(len(whole))
    return whole[:place] + bytes([whole[place] ^ 1 << rng.randrange(8)]) + whole[place + 1:]


def swapped(whole: bytes, rng: random.Random) -> bytes:
    """Two pages or two sectors changed places, or one was written over the other, or is lost."""
    size = rng.choice([PAGE, PAGE, 512])
    one, other = (size * rng.randrange(len(whole) // size) for _ in range(2))
    damaged = bytearray(whole)
    damaged[one:one + size] = rng.choice([whole[other:other + size], bytes(size)])
    if rng.random() < 0.5:
        damaged[other:other + size] = whole[one:one + size]
    return bytes(damaged)


def cut(whole: bytes, rng: random.Random) -> bytes:
    """The file ends early, or what is missing was made zeros."""
    place = rng.randrange(len(whole))
    return whole[:place] + bytes(rng.choice([0, 0, len(whole) - place]))


DAMAGES = {"flipped bits": flipped, "swapped pages": swapped, "truncations": cut}


def outcome(subject: Subject, path: Path, expected: tuple[NDArray[np.generic], ...]) -> str:
    """What a file that is not as it was leads to: an error, and when, or answers, and whether they are right."""
    try:
        index = subject.load(path)
    except Broken:
        return "noticed at opening"
    try:
        answers = subject.ask(index)
    except Broken:
        return "noticed before an answer"
    if not all(np.array_equal(one, other) for one, other in zip(answers, expected, strict=True)):
        return "wrong answer"
    try:
        index.verify()
    except Broken:
        return "not asked for, noticed by verify"
    return "never noticed"


def trials(kind: str, damage: str, count: int, path: Path) -> Counter[str]:
    """Damage a file so many times, tell what it led to, and count it."""
    subject = SUBJECTS[kind]
    subject.build().save(path)
    whole, rng, seen = path.read_bytes(), random.Random(count), Counter[str]()
    expected = subject.ask(subject.load(path))
    assert len(expected[1]) > 1_000
    while seen.total() < count:
        damaged = DAMAGES[damage](whole, rng)
        if damaged != whole:
            path.write_bytes(damaged)
            seen[outcome(subject, path, expected)] += 1
    sys.stdout.write(f"{kind}: {count:,} {damage}, seed {count}: {dict(seen)}; no failure in N means at most 3/N\n")
    return seen


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", SUBJECTS)
def test_damage_is_noticed_before_an_answer(kind: str, damage: str, tmp_path: Path) -> None:
    """No damaged file gives a wrong answer, and what no answer rested on is found by `verify`."""
    seen = trials(kind, damage, 30, tmp_path / "damaged.idx")
    assert seen["wrong answer"] == seen["never noticed"] == 0


@pytest.mark.deep
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(("kind", "count"), [("near", 10_000), ("exact", 2_000)])
def test_damage_is_noticed_ten_thousand_times(kind: str, count: int, damage: str, tmp_path: Path) -> None:
    """The same, in 10,000 trials of each, fewer where the index is of digests."""
    seen = trials(kind, damage, count, tmp_path / "damaged.idx")
    assert seen["wrong answer"] == seen["never noticed"] == 0


@pytest.mark.parametrize("kind", SUBJECTS)
def test_the_trials_see_a_wrong_answer(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Positive control: where blocks are believed unchecked, the same damage gives wrong answers unnoticed."""
    def believe(file: files.Blocks, block: int) -> None:
        file.seen[block] = 1

    monkeypatch.setattr(files.Blocks, "_see", believe)
    seen = trials(kind, "flipped bits", 60, tmp_path / "damaged.idx")
    assert seen["wrong answer"] > 0
    assert seen["never noticed"] > 0


def test_a_header_of_chance_is_noticed(tmp_path: Path) -> None:
    """Chance where the header stands is an error at opening."""
    path, rng = tmp_path / "damaged.idx", random.Random(5)
    Hamming.build(codes()[:30]).save(path)
    whole = path.read_bytes()
    for _ in range(300):
        begin = rng.choice([0, 12, 16])
        path.write_bytes(whole[:begin] + rng.randbytes(PAGE - begin) + whole[PAGE:])
        with pytest.raises(Broken, match=r"IDX-0[456]"):
            Hamming.load(path)
