"""The table of what is not a record yet; apart from those that are, which nothing but `work` writes."""

from typing import ClassVar

from django.db import models
from django.db.models import Index, UniqueConstraint


class Draft(models.Model):
    """What somebody has answered of an item and not saved yet, or has saved; kept for undo, and of no account."""

    item = models.ForeignKey("store.Item", models.PROTECT, related_name="+")
    reader = models.CharField(max_length=200)
    ref = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
    version = models.IntegerField(default=0)
    body = models.TextField(default="{}")
    read_at = models.DateTimeField(null=True)

    class Meta:
        """One a reader and item; the last ones of a reader are one indexed question."""

        app_label = "store"
        indexes: ClassVar = [Index(fields=["reader", "read_at"], name="draft_of_a_reader")]
        constraints: ClassVar = [UniqueConstraint(fields=["item", "reader"], name="draft_once")]
