"""What the workbench and the command line write of law: which text of a pack is proposed, approved or taken back.

The methods are those of `work.Work`, which has the transaction, the audit entry and the time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hashgrade.store import force
from hashgrade.store.force import Text
from hashgrade.store.verdicts import Ahead, Derivation


class Chamber:
    """The part of a block of work that is about which law judges."""

    at: datetime
    _derived: Derivation
    _notes: dict[str, Any]

    def _changed(self, what: str, things: Sequence[Any]) -> int:
        raise NotImplementedError

    def note(self, **facts: object) -> None:
        raise NotImplementedError

    def begin(self, texts: Sequence[Text], by: str, ahead: Mapping[str, Ahead] | None = None) -> None:
        """Put the first text of each of these packs in force, as the settings name it; `ahead` is by digest."""
        for text in texts:
            self._enacted("begun", text)
            self._derived.judged_by(force.begin(text, by, self.at), (ahead or {}).get(text.digest))

    def judge_ahead(self, ahead: Ahead) -> None:
        """Keep what a text makes of grades before it comes into force; until then it counts for nothing."""
        said = [[ahead.text.digest, number, one.outcome, one.at_least] for number, one in ahead.found]
        self._changed("verdicts ahead", said)
        self._name(ahead.text)
        self.note(grades=[number for number, _ in (ahead.found[0], ahead.found[-1])])
        self._derived.judged_ahead(force.keep(ahead.text), ahead)

    def propose(self, text: Text, by: str, why: str) -> None:
        """Let a text of a pack wait for a second person; see `force.propose`.

        Raises:
            InputError: LAW-05, nothing of the pack is in force.
            Conflict: LAW-06, the text is in force, or proposed.
        """
        self._enacted("proposed", text)
        force.propose(text, by, why, self.at)

    def approve(self, text: Text, by: str, why: str, ahead: Ahead | None = None) -> None:
        """Put the proposed text in force, and let it judge every grade on file; see `force.approve`.

        Args:
            text: The text.
            by: Who approves it.
            why: The reason.
            ahead: What it made of grades until now; without, it judges all of them here and now.

        Raises:
            Refused: LAW-01, the person proposed it.
            InputError: LAW-02, nothing is proposed.
            Conflict: LAW-03, another text is proposed than the one approved.
        """
        self._enacted("approved", text)
        self._derived.judged_by(force.approve(text, by, why, self.at), ahead)

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
        self._name(text)

    def _name(self, text: Text) -> None:
        self.note(packs=[*self._notes.get("packs", []), [text.pack_id, text.pack.version, text.digest]])
