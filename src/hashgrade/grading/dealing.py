"""Skips: nobody has to read what they cannot; a supervisor deals it again, to them or to others."""

from hashgrade.errors import InputError, Refused
from hashgrade.grading.policies import PLAIN, Policies
from hashgrade.nouns import Skip, SkipReason
from hashgrade.store import ledger, queries, unsettled
from hashgrade.store.work import Store

SAID_MAX = 500


def skip(store: Store, reader: str, reason: str, said: str = "", policies: Policies = PLAIN) -> int:
    """Let a reader lay aside the card they hold: it is not dealt to them again, and nobody asks more of them.

    Args:
        store: The records.
        reader: Who skips.
        reason: One of `SkipReason`.
        said: Words of their own; `other` needs some.
        policies: What the station wants.

    Returns:
        How many items were laid aside, 0 if the reader holds none.

    Raises:
        InputError: GRD-09, the reason is not on the list, or `other` says nothing, or too much.
    """
    if reason not in set(SkipReason):
        raise InputError("GRD-09", f"a skip is one of {', '.join(SkipReason)}, not `{reason[:40]}`")
    if len(said) > SAID_MAX or (reason == SkipReason.OTHER and not said.strip()):
        raise InputError("GRD-09", f"`{reason}` needs its reason in at most {SAID_MAX} characters")
    with store.work(reader, "skip a card") as work:
        kept = unsettled.held(reader, work.at)  # which is not theirs to read
        held = [one for one in queries.leased(reader, work.at) if one != kept]
        work.skip(Skip(sha256=name, reader=reader, at=work.at, reason=SkipReason(reason), said=said) for name in held)
    return len(held)


def deal(store: Store, sha256: str, reader: str, by: str, why: str) -> None:
    """Let a reader be dealt again what they skipped, with all that they laid aside together with it.

    What waited for a supervisor goes back to the queue.

    Raises:
        Refused: GRD-13, the supervisor is the reader.
        InputError: GRD-09, there is no reason, or the reader skipped nothing of it; STO-14, it is not on file.
    """
    if by == reader:
        raise Refused("GRD-13", "nobody deals to themselves what they skipped")
    if not why.strip():
        raise InputError("GRD-09", "to deal an item again needs a reason")
    with store.work(by, why) as work:
        if not work.deal(ledger.aside_with(sha256, reader) or [sha256], reader, by, why):
            raise InputError("GRD-09", "the reader has not skipped the item")
