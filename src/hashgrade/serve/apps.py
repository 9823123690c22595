"""The Django app of the pages; it has templates and static files, and no tables."""

from django.apps import AppConfig


class ServeConfig(AppConfig):
    """Named so that its templates come before those of the libraries."""

    name = "hashgrade.serve"
    label = "serve"

    def ready(self) -> None:
        """Hear of sign-ins, which end in the library and belong in the audit trail."""
        from hashgrade.serve import signing  # noqa: PLC0415 - needs the apps

        signing.listen()
