"""The audit log's hash chain."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.audit import Entry, canonical, chained, digest, verify
from hashgrade.errors import Broken
from tests.cast import ADA, CY, later


def log(length: int = 4) -> list[Entry]:
    """A log of so many entries."""
    entries: list[Entry] = []
    for number in range(length):
        last = entries[-1] if entries else None
        entries.append(chained(last, later(number), ADA, "intake", {"items": number, "lines": [1, 2]}))
    return entries


def test_an_untouched_log_is_whole() -> None:
    """A chain that nobody touched is verified to its last entry."""
    entries = log()
    assert verify(entries) == entries[-1]


def test_an_empty_log_is_whole() -> None:
    """A log without entries has no last one."""
    assert verify([]) is None


@pytest.mark.parametrize("change", [
    {"actor": CY}, {"why": "curiosity"}, {"at": later(99)}, {"did": {"items": 7}}, {"digest": "f" * 64}])
@pytest.mark.parametrize("place", range(4))
def test_a_changed_entry_is_named(change: dict[str, object], place: int) -> None:
    """Whatever an entry says is covered by its digest, and the first changed one is named."""
    entries = log()
    entries[place] = replace(entries[place], **change)  # type: ignore[arg-type]
    with pytest.raises(Broken, match=f"AUD-02.*entry {place + 1} was changed"):
        verify(entries)


@pytest.mark.parametrize("place", range(3))
def test_a_removed_entry_is_missed(place: int) -> None:
    """An entry taken out of the log leaves a gap that is named."""
    entries = log()
    del entries[place]
    with pytest.raises(Broken, match=f"AUD-01.*entry {place + 1} is missing"):
        verify(entries)


def test_a_resealed_entry_breaks_the_chain() -> None:
    """Whoever changes an entry and seals it again breaks the link of the next."""
    entries = log()
    forged = replace(entries[1], why="nothing", digest="")
    entries[1] = replace(forged, digest=digest(forged))
    with pytest.raises(Broken, match=r"AUD-03.*entry 3 does not follow entry 2"):
        verify(entries)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans() | st.none() | st.lists(st.integers())))
def test_equal_things_have_equal_bytes(thing: dict[str, object]) -> None:
    """The order in which keys were added does not show."""
    assert canonical(thing) == canonical(dict(reversed(thing.items())))


def test_what_has_no_spelling_is_refused() -> None:
    """A thing that JSON has no form for is a mistake of the programme, not a guess."""
    with pytest.raises(TypeError, match="no canonical spelling for set"):
        canonical({"x": {1}})
