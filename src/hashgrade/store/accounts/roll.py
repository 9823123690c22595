"""The roll of accounts: who there is, with which roles, and every change of it as an audit entry.

Each writing function takes the open block of work that the change belongs to:

    with store.work("cy", why) as work:
        token = roll.invite(work, "ada", {Role.ANALYST}, until)
"""

import hashlib
import json
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.core.management import call_command

from hashgrade.access import Role, clash, named
from hashgrade.errors import Conflict, InputError, Refused
from hashgrade.store.accounts.models import Account, Invitation, Session
from hashgrade.store.work import Work

NAME = re.compile(r"[a-z][a-z0-9._-]{0,38}[a-z0-9]")
TAKEN = {"hashgrade", "somebody", "invite"}
"""Names that stand in the audit trail, or in an address, for no person."""

TOKEN_BYTES = 32
SIGN_ON = "allauth.socialaccount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Whom an invitation is for: a name, or none where it may be chosen; and what they will be."""

    name: str
    roles: frozenset[Role]
    renews: bool

    @property
    def roles_named(self) -> str:
        """The roles in words."""
        return named(self.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A passkey (`webauthn`) or an authenticator app (`totp`), when it was added and last used."""

    key: int
    kind: str
    name: str
    added: datetime
    used: datetime | None


def prepare(now: datetime) -> None:
    """Bring the tables of accounts up to date, and forget sessions that ran out before `now`."""
    call_command("migrate", verbosity=0, interactive=False)
    Session.objects.filter(expire_date__lte=now).delete()


def account(name: str) -> Account:
    """Find an account.

    Raises:
        InputError: ACC-07, there is none of this name.
    """
    found: Account | None = Account.objects.filter(name=name).first()
    if found is None:
        raise InputError("ACC-07", "there is no account of this name")
    return found


def exists(name: str) -> bool:
    """Whether there is an account of this name."""
    return Account.objects.filter(name=name).exists()


def accounts() -> Sequence[Account]:
    """Everybody, by name."""
    return list(Account.objects.order_by("name"))


def has_administrator() -> bool:
    """Whether anybody can let others in."""
    return any(Role.ADMINISTRATOR in one.role_set for one in Account.objects.filter(locked=False))


def sessions_of(who: Account) -> Sequence[Session]:
    """Where somebody is signed in, the latest first."""
    return list(Session.objects.filter(account=who.pk).order_by("-seen_at"))


def factors_of(who: Account) -> Sequence[Factor]:
    """Somebody's second factors, the oldest first; recovery codes are no factor of their own."""
    from allauth.mfa.models import Authenticator  # noqa: PLC0415 - its table is allauth's, and it needs ours first

    return [Factor(key=one.pk, kind=one.type, name=one.data.get("name", ""), added=one.created_at,
                   used=one.last_used_at)
            for one in Authenticator.objects.filter(user_id=who.pk).exclude(type="recovery_codes").order_by("pk")]


def linked(who: Account) -> bool:
    """Whether a sign-on elsewhere can stand for somebody's password."""
    return bool(_identities(who))


def unlink(who: Account) -> int:
    """End that, within a block of work that tells it; say how many identities were linked."""
    return sum(one.delete()[0] for one in _identities(who))


def invitations(now: datetime) -> Sequence[Invitation]:
    """The invitations that nobody has taken up yet and that still hold."""
    return list(Invitation.objects.filter(used_at=None, until__gt=now).order_by("until"))


def invited(token: str, now: datetime) -> Invited:
    """Tell whom a token lets in.

    Raises:
        Refused: ACC-08, it is nobody's, was used, or ran out; which of these is not told.
    """
    one = _open(token, now)
    return Invited(name=one.name, roles=_roles(one.roles), renews=one.renews)


def invite(work: Work, name: str, roles: Collection[Role], until: datetime, by: str) -> str:
    """Make an invitation for a new account, and give its token, which is nowhere else.

    Args:
        work: The open block.
        name: The account's name to be; empty, and whoever comes chooses it.
        roles: What they will be.
        until: When it stops working.
        by: Who invites.

    Raises:
        InputError: ACC-09, the name is none an account can have.
        Conflict: ACC-10, there is such an account.
        Refused: ACC-11, the roles do not go together, or there are none.
    """
    if name:
        _check_name(name)
    _check_roles(roles)
    return _invitation(work, Invited(name=name, roles=frozenset(roles), renews=False), until, by)


def renew(work: Work, name: str, until: datetime, by: str) -> str:
    """Make an invitation with which somebody sets a new password and new factors; theirs end, and their sessions.

    Raises:
        InputError: ACC-07, there is no such account.
    """
    one = account(name)
    end_sessions(work, one)
    _drop_factors(work, one)
    one.set_unusable_password()
    one.save(update_fields=["password"])
    return _invitation(work, Invited(name=name, roles=one.role_set, renews=True), until, by)


def end_invitations(work: Work, name: str) -> None:
    """Let the invitations of this name, or those in nobody's name, hold no more."""
    if Invitation.objects.filter(name=name, used_at=None, until__gt=work.at).update(until=work.at):
        _did(work, "invitations ended", name)


def end_invitation(work: Work, key: int) -> None:
    """Let one invitation hold no more."""
    one = Invitation.objects.filter(pk=key, used_at=None, until__gt=work.at).first()
    if one is not None:
        one.until = work.at
        one.save(update_fields=["until"])
        _did(work, "invitations ended", one.name)


def join(work: Work, token: str, name: str, password: str) -> Account:
    """Take an invitation up: make its account, or renew it. Of two who try at once with one token, one does.

    Raises:
        Refused: ACC-08, the token does not hold.
        InputError: ACC-09, the name is none an account can have.
        Conflict: ACC-10, there is such an account.
    """
    one = _open(token, work.at)
    if not Invitation.objects.filter(pk=one.pk, used_at=None).update(used_at=work.at):
        raise Refused("ACC-08", "this invitation holds no more")
    chosen = one.name or name
    if one.renews:
        found = account(chosen)
        found.set_password(password)
        found.save(update_fields=["password"])
    else:
        _check_name(chosen)
        found = Account.objects.create(name=chosen, roles=one.roles, made_at=work.at, password=make_password(password))
    _did(work, "renewed" if one.renews else "made", chosen, roles=sorted(_roles(one.roles)), invited_by=one.by)
    return found


def set_roles(work: Work, name: str, roles: Collection[Role]) -> None:
    """Give somebody exactly these roles; they hold from their next request on.

    Raises:
        InputError: ACC-07, there is no such account.
        Refused: ACC-11, the roles do not go together; ACC-12, nobody would be left to let others in.
    """
    one = account(name)
    _check_roles(roles)
    before, one.roles = one.role_set, _text(roles)
    one.save(update_fields=["roles"])
    _keep_an_administrator()
    _did(work, "given roles", name, roles=sorted(roles), before=sorted(before))


def lock(work: Work, name: str, *, locked: bool) -> None:
    """Lock an account, which ends its sessions in the same transaction, or unlock it.

    Raises:
        InputError: ACC-07, there is no such account.
        Refused: ACC-12, nobody would be left to let others in.
    """
    one = account(name)
    if one.locked == locked:
        return
    one.locked = locked
    one.save(update_fields=["locked"])
    _keep_an_administrator()
    if locked:
        end_sessions(work, one)
    _did(work, "locked" if locked else "unlocked", name)


def end_sessions(work: Work, who: Account, *, handle: str = "", but: str | None = None) -> int:
    """End somebody's sessions: the one with this handle, or all but the one with the key `but`, or all.

    Returns:
        How many ended.
    """
    keys = [one.session_key for one in sessions_of(who) if handle in {"", one.handle} and one.session_key != but]
    ended, _ = Session.objects.filter(session_key__in=keys).delete()
    if ended:
        _did(work, "sessions ended", who.get_username(), count=ended)
    return ended


def did(work: Work, act: str, name: str, **more: object) -> None:
    """Put on record what happened to somebody's account that is changed elsewhere: a factor, a password, a sign-in."""
    _did(work, act, name, **more)


def _invitation(work: Work, invited: Invited, until: datetime, by: str) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    if invited.name:
        end_invitations(work, invited.name)  # the newest alone holds
    Invitation.objects.create(digest=_digest(token), name=invited.name, roles=_text(invited.roles),
                              renews=invited.renews, by=by, until=until)
    _did(work, "to be renewed" if invited.renews else "invited", invited.name, roles=sorted(invited.roles))
    return token


def _identities(who: Account) -> list[Any]:
    if not apps.is_installed(SIGN_ON):
        return []
    from allauth.socialaccount.models import SocialAccount  # noqa: PLC0415 - there only where a provider is named

    return list(SocialAccount.objects.filter(user_id=who.pk))


def _open(token: str, now: datetime) -> Invitation:
    found = Invitation.objects.filter(digest=_digest(token), used_at=None, until__gt=now).first()
    if found is None:
        raise Refused("ACC-08", "this invitation holds no more")
    return found


def _drop_factors(work: Work, who: Account) -> None:
    from allauth.mfa.models import Authenticator  # noqa: PLC0415 - its table is allauth's, and it needs ours first

    unlink(who)
    dropped, _ = Authenticator.objects.filter(user_id=who.pk).delete()
    if dropped:
        _did(work, "factors dropped", who.get_username(), count=dropped)


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name) or name in TAKEN:
        raise InputError("ACC-09", "a name has 2 to 40 of the letters a to z, digits, `.`, `_` and `-`, begins with a "
                                   "letter and ends with a letter or digit")
    if exists(name):
        raise Conflict("ACC-10", "there is an account of this name")


def _check_roles(roles: Collection[Role]) -> None:
    if not roles:
        raise Refused("ACC-11", "an account has at least one role; lock it to keep somebody out")
    if reason := clash(roles):
        raise Refused("ACC-11", reason)


def _keep_an_administrator() -> None:
    if not has_administrator():
        raise Refused("ACC-12", "nobody would be left to let others in")


def _did(work: Work, act: str, name: str, **more: object) -> None:
    # Of this room: what counts and digests a change, before the block closes, is `Work._changed` for every table.
    told = {"act": act, "name": name, **more}
    work._changed("accounts", [["account", told]])
    work.note(accounts_changed=[*work._notes.get("accounts_changed", []), told])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _text(roles: Collection[Role]) -> str:
    return json.dumps(sorted(roles))


def _roles(text: str) -> frozenset[Role]:
    return frozenset(map(Role, json.loads(text)))
