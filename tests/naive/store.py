"""The store's rules, slowly and in memory: who may read and settle, and what hangs together."""

from collections.abc import Iterable

from hashgrade.nouns import Reading, Settlement


class NaiveStore:
    """Readings and settlements in two lists, looked through from the start each time."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.settlements: list[Settlement] = []

    def read(self, one: Reading) -> bool:
        """Take a reading; False if it is not allowed or not new."""
        mine = [old for old in self.readings if (old.sha256, old.reader) == (one.sha256, one.reader)]
        settled = any((old.sha256, old.by) == (one.sha256, one.reader) for old in self.settlements)
        newest = mine[-1].at if mine else None
        allowed = one.supersedes == newest and (newest is None or one.at > newest)
        if settled or not allowed:
            return False
        self.readings.append(one)
        return True

    def settle(self, one: Settlement) -> bool:
        """Take a settlement; False if it is not allowed or not new."""
        read = any((old.sha256, old.reader) == (one.sha256, one.by) for old in self.readings)
        known = any((old.sha256, old.by, old.at) == (one.sha256, one.by, one.at) for old in self.settlements)
        if read or known:
            return False
        self.settlements.append(one)
        return True

    def current(self, sha256: str) -> list[Reading]:
        """The readings of an item that no other supersedes."""
        mine = [one for one in self.readings if one.sha256 == sha256]
        return [one for one in mine if not any(
            other.reader == one.reader and other.supersedes == one.at for other in mine)]

    def newest(self, sha256: str) -> Settlement | None:
        """The settlement of an item with the latest time; of two at one time, the later name's."""
        mine = [one for one in self.settlements if one.sha256 == sha256]
        return max(mine, key=lambda one: (one.at, one.by), default=None)


def clusters(things: Iterable[int], pairs: Iterable[tuple[int, int]]) -> set[frozenset[int]]:
    """Group what is joined by pairs, by joining groups until nothing changes."""
    groups = {frozenset([one]) for one in things}
    for one, other in pairs:
        touched = {group for group in groups if one in group or other in group}
        groups = (groups - touched) | {frozenset().union(*touched)}
    return groups
