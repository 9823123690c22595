"""Sessions in the database, with whose they are, so that anybody's can be listed and ended at once.

Django calls the class `SessionStore` by the name of this module, the setting `SESSION_ENGINE`.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions

if TYPE_CHECKING:
    from hashgrade.store.accounts.models import Session

BEGAN, SEEN, BROWSER = "began", "seen", "browser"
"""What a session's data say of it, as ISO 8601 and words; the row repeats them for lists."""


class SessionStore(DatabaseSessions):
    """One session. Saving one that was ended meanwhile fails, so that no request revives it."""

    @classmethod
    def get_model_class(cls) -> "type[Session]":
        """The table."""
        from hashgrade.store.accounts.models import Session  # noqa: PLC0415 - Django imports this before its apps

        return Session

    def create_model_instance(self, data: dict[str, Any]) -> "Session":
        """The row of this session, with what lists show of it."""
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        row.account = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.began_at, row.seen_at = _time(data.get(BEGAN)), _time(data.get(SEEN))
        row.browser = data.get(BROWSER, "")
        return row


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
