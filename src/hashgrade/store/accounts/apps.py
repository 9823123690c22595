"""The Django app that holds accounts."""

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class AccountsConfig(AppConfig):
    """Named `accounts` in the database, so its tables are `accounts_account` and so on."""

    name = "hashgrade.store.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the library's table of factors be made."""
        connection_created.connect(_leave_json_unchecked, dispatch_uid="hashgrade.accounts")


def _leave_json_unchecked(sender: object, connection: Any, **_: object) -> None:
    """Leave out Django's check on JSON columns, of which only the library for accounts has one.

    The records are opened with `trusted_schema=OFF`, so that a planted schema can call nothing. Until 3.41 SQLite
    counts its own JSON functions among what is then forbidden, and that check calls one.
    """
    checks = connection.data_type_check_constraints
    connection.data_type_check_constraints = {kind: one for kind, one in checks.items() if kind != "JSONField"}
