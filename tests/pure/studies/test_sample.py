"""Draws are reproducible by anyone and depend on the digests and the seed alone."""

import random
from hashlib import sha256

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.errors import InputError
from hashgrade.studies.sample import draw, place, place_sql

SEED = "it's"
DIGESTS = st.sets(st.integers(0, 10**6).map(lambda n: sha256(str(n).encode()).hexdigest()), min_size=1, max_size=40)


@given(DIGESTS, st.randoms())
def test_order_is_of_no_account(digests: set[str], chance: random.Random) -> None:
    """The same digests in another order give the same sample."""
    shuffled = sorted(digests)
    chance.shuffle(shuffled)
    assert draw(shuffled, len(digests) // 2, "s") == draw(digests, len(digests) // 2, "s")


@given(DIGESTS)
def test_a_smaller_sample_is_the_head_of_a_larger_one(digests: set[str]) -> None:
    """Drawing fewer only drops the last ones drawn."""
    assert draw(digests, len(digests) // 2, 7) == draw(digests, len(digests), 7)[:len(digests) // 2]


def test_the_rule_is_the_published_one() -> None:
    """The place is the SHA-256 of the seed, a colon and the digest in hex."""
    assert place("2023", "ab") == sha256(b"2023:ab").hexdigest()


def test_sql_places_as_python_does() -> None:
    """DuckDB computes the same place, quotes in the seed included."""
    query = f"SELECT {place_sql(SEED, 'd')} FROM (SELECT 'ab' AS d)"
    assert duckdb.connect().execute(query).fetchall() == [(place(SEED, "ab"),)]


def test_a_sample_cannot_exceed_its_stratum() -> None:
    """Asking for more than there is says how many there are."""
    with pytest.raises(InputError, match="a sample of 3 is asked of a stratum of 2") as caught:
        draw(["aa", "bb"], 3, "s")
    assert caught.value.code == "STU-08"
