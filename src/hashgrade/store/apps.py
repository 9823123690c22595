"""The Django app that holds the records."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Named `store` in the database, so its tables are `store_item` and so on."""

    name = "hashgrade.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
