"""The tables of accounts, invitations and sessions; second factors are allauth's own table."""

import hashlib
import json
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from hashgrade.access import Role, named


class Account(AbstractBaseUser):
    """Somebody who signs in. Never deleted, nor renamed: the records speak of people by this name.

    `roles` is JSON, sorted.
    """

    name = models.CharField(max_length=40, unique=True)
    roles = models.TextField(default="[]")
    locked = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    last_login = None  # the audit trail has it

    USERNAME_FIELD = "name"
    objects: ClassVar[BaseUserManager[Any]] = BaseUserManager()

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether it can sign in."""
        return not self.locked

    @property
    def role_set(self) -> frozenset[Role]:
        """Its roles; one that this version does not know is none."""
        return frozenset(Role(one) for one in json.loads(self.roles) if one in set(Role))

    @property
    def roles_named(self) -> str:
        """Its roles in words."""
        return named(self.role_set)


class Invitation(models.Model):
    """A way in that works once: for a new account, or again for one that lost its factors.

    `digest` is the SHA-256 of the token, which is nowhere on file. `by` is who gave it.
    """

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=40, blank=True)
    roles = models.TextField(default="[]")
    renews = models.BooleanField(default=False)
    by = models.CharField(max_length=200)
    until = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Session(AbstractBaseSession):
    """One browser that is signed in, or about to be. `account` is null until it is."""

    account = models.BigIntegerField(null=True, db_index=True)
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    browser = models.CharField(max_length=200, default="")

    @property
    def handle(self) -> str:
        """What pages call it: the key itself is as good as a password."""
        return hashlib.sha256(self.session_key.encode()).hexdigest()[:16]


class Filter(models.Model):
    """A filter of the queue that somebody keeps under a name, for themselves alone."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, blank=True)
    rule = models.CharField(max_length=200, blank=True)
    stage = models.CharField(max_length=20)

    class Meta:
        """Of each person one filter has a name."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "name"], name="filter_once")]


class Keys(models.Model):
    """The keys that somebody has instead of the station's. `body` is JSON: the key of each act and preset changed."""

    account = models.OneToOneField(Account, models.CASCADE, related_name="+")
    body = models.TextField(default="{}")
