"""What the workbench and the command line write of law: which text of a pack is proposed, approved or taken back.

The methods are those of `work.Work`, which has the transaction, the audit entry and the time.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hashgrade.store import force
from hashgrade.store.force import Text
from hashgrade.store.verdicts import Derivation


class Chamber:
    """The part of a block of work that is about which law judges."""

    at: datetime
    _derived: Derivation
    _notes: dict[str, Any]

    def _changed(self, what: str, things: Sequence[Any]) -> int:
        raise NotImplementedError

    def note(self, **facts: object) -> None:
        raise NotImplementedError

    def begin(self, texts: Sequence[Text], by: str) -> None:
        """Put the first text of each of these packs in force, as the settings name it."""
        for text in texts:
            self._enacted("begun", text)
            self._derived.judged_by(force.begin(text, by, self.at))

    def propose(self, text: Text, by: str, why: str) -> None:
        """Let a text of a pack wait for a second person; see `force.propose`.

        Raises:
            InputError: LAW-05, nothing of the pack is in force.
            Conflict: LAW-06, the text is in force, or proposed.
        """
        self._enacted("proposed", text)
        force.propose(text, by, why, self.at)

    def approve(self, text: Text, by: str, why: str) -> None:
        """Put the proposed text in force, and let it judge every grade on file; see `force.approve`.

        Raises:
            Refused: LAW-01, the person proposed it.
            InputError: LAW-02, nothing is proposed.
            Conflict: LAW-03, another text is proposed than the one approved.
        """
        self._enacted("approved", text)
        self._derived.judged_by(force.approve(text, by, why, self.at))

    def end_proposal(self, text: Text) -> None:
        """Let a proposed text wait no more, whoever proposed it; see `force.end_proposal`.

        Raises:
            InputError: LAW-02, nothing is proposed.
            Conflict: LAW-03, another text is proposed.
        """
        self._enacted("taken back", text)
        force.end_proposal(text, self.at)

    def _enacted(self, act: str, text: Text) -> None:
        self._changed(f"packs {act}", [(act, text.pack_id, text.digest)])
        self.note(packs=[*self._notes.get("packs", []), [text.pack_id, text.pack.version, text.digest]])
