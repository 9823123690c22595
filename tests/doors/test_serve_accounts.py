"""Accounts: coming in, second factors, what administrators do; and that each change is on record."""

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from hashgrade.access import Proof, Role
from hashgrade.errors import Broken, Conflict, HashgradeError, InputError, Refused
from tests.cast import Clock
from tests.doors.pages import PASSWORD, Workbench, code, workbench

NEW = {"password": PASSWORD, "again": PASSWORD}


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any) -> Workbench:
    """A workbench that nobody has an account at yet."""
    return workbench(tmp_path, store, clock, settings)


def invitation(bench: Workbench, name: str = "", *roles: Role, lasts_s: int = 3600) -> str:
    from hashgrade.store.accounts import roll

    with bench.station.store.work("cy", "for a test") as work:
        return roll.invite(work, name, roles or (Role.ANALYST,), bench.clock.at + timedelta(seconds=lasts_s), "cy")


def post(client: Client, address: str, **said: Any) -> tuple[int, str]:
    answer = client.post(address, said)
    return answer.status_code, answer.content.decode() or answer.get("Location", "")


def changing(bench: Workbench, act: Any) -> None:
    with bench.station.store.work("cy", "for a test") as work:
        act(work)


def test_the_first_administrator_comes_by_a_link_and_leaves_with_codes(bench: Workbench) -> None:
    """Token, name, password, authenticator app, recovery codes, first page; each step is on record."""
    from hashgrade.serve.running import first_link

    token, client = first_link(bench.station, "root"), Client()
    assert "Whoever started" in client.get("/welcome/").content.decode()
    assert post(client, "/welcome/", token=f"http://localhost/welcome/{token}/") == (302, f"/welcome/{token}/")
    assert post(client, f"/welcome/{token}/", name="cy", **NEW) == (302, "/account/factors/")
    assert client.get("/status/")["Location"].startswith("/account/factors/")
    page = client.get("/account/factors/app/").content.decode()
    secret = re.search(r'id="totp-secret"[^>]*>([A-Z2-7]+)<', page)
    assert secret
    assert post(client, "/account/factors/app/", code=code(secret=secret[1])) == (302, "/account/codes/")
    assert len(re.findall(r"<li><code>\d+</code>", client.get("/account/codes/").content.decode())) == 10
    assert "codes are left" in client.get("/account/codes/").content.decode()
    assert client.get("/").status_code == 200
    assert bench.acts() == ["invited", "made", "signed in", "factor added"]
    assert first_link(bench.station, "root") == ""


def test_each_start_makes_the_only_link_that_works(bench: Workbench) -> None:
    """A second start of the server ends the first one's link."""
    from hashgrade.serve.running import first_link

    old, new = first_link(bench.station, "root"), first_link(bench.station, "root")
    assert [Client().get(f"/welcome/{one}/").status_code for one in (old, new)] == [403, 200]


def test_an_invitation_works_once_and_not_for_ever(bench: Workbench) -> None:
    """ACC-08 for a token that was used, that ran out, and that never was, in the same words."""
    used, late = invitation(bench), invitation(bench, lasts_s=10)
    assert post(Client(), f"/welcome/{used}/", name="ada", **NEW)[0] == 302
    bench.clock.forward(11)
    found = [post(Client(), f"/welcome/{one}/", name="eve", **NEW) for one in (used, late, "guessed")]
    assert all(status == 403 and "ACC-08" in page for status, page in found)
    from hashgrade.store.accounts import roll

    assert not roll.exists("eve")


def test_an_invitation_that_went_astray_is_ended(bench: Workbench) -> None:
    """An administrator ends it, with a reason, and its link holds no more."""
    from hashgrade.store.accounts import roll

    bench.person("cy", Role.ADMINISTRATOR)
    token = invitation(bench)
    out = roll.invitations(bench.clock.at)[0]
    assert f"/accounts/invitations/{out.pk}/end/" in bench.as_actor("cy").get("/accounts/").content.decode()
    assert post(bench.as_actor("cy"), f"/accounts/invitations/{out.pk}/end/", why="sent to the wrong Eve")[0] == 302
    assert Client().get(f"/welcome/{token}/").status_code == 403
    assert bench.acts()[-1] == "invitations ended"


def test_the_machines_operator_renews_an_administrator_who_lost_their_factors(bench: Workbench) -> None:
    """With nobody left to let them in, the terminal gives the link; the trail says who was there."""
    from hashgrade.serve.running import renewal_link

    bench.person("cy", Role.ADMINISTRATOR)
    token, client = renewal_link(bench.station, "root", "cy"), Client()
    assert post(client, f"/welcome/{token}/", **NEW)[0] == 302
    assert ("root", "to be renewed") in [(actor, change["act"]) for actor, _, change in bench.entries()]
    with pytest.raises(InputError) as caught:
        renewal_link(bench.station, "root", "eve")
    assert caught.value.code == "ACC-07"


def test_of_two_who_take_one_token_one_gets_it(bench: Workbench) -> None:
    """ACC-08 for an invitation that another took up between the look and the act, by the statement that takes it."""
    from hashgrade.store.accounts import roll
    from hashgrade.store.accounts.models import Invitation

    token = invitation(bench)
    seen = roll._open(token, bench.clock.at)
    changing(bench, lambda work: roll.join(work, token, "ada", PASSWORD))
    assert not Invitation.objects.filter(pk=seen.pk, used_at=None).exists()
    with pytest.raises(Refused) as caught:
        changing(bench, lambda work: roll.join(work, token, "ben", PASSWORD))
    assert caught.value.code == "ACC-08"


@pytest.mark.parametrize(("said", "words"), [
    ({"name": "ada", "password": "short", "again": "short"}, "too short"),
    ({"name": "ada", "password": "password1234", "again": "password1234"}, "too common"),
    ({"name": "adalovelace", "password": "adalovelace1", "again": "adalovelace1"}, "too similar"),
    ({"name": "ada", "password": PASSWORD, "again": "another"}, "differ"),
    ({"name": "Ada Lovelace", **NEW}, "letters a to z"),
    ({"name": "hashgrade", **NEW}, "letters a to z"),
    ({"name": "ben", **NEW}, "There is an account of this name"),
])
def test_a_bad_name_or_password_is_said_beside_its_field(bench: Workbench, said: dict[str, str], words: str) -> None:
    """Nothing is made, and the token still works."""
    bench.person("ben", Role.ANALYST, factor=False)
    token, client = invitation(bench), Client()
    status, page = post(client, f"/welcome/{token}/", **said)
    assert (status, words in page) == (200, True)
    assert post(client, f"/welcome/{token}/", name="ada", **NEW)[0] == 302


def test_a_password_and_a_code_let_in_and_a_password_alone_does_not(bench: Workbench) -> None:
    """After the password the session is still nobody's; after the code it is Ada's, on record with how."""
    bench.person("ada", Role.ANALYST)
    client = Client()
    assert post(client, "/sign-in/", login="ada", password=PASSWORD) == (302, "/sign-in/factor/")
    assert client.get("/")["Location"].startswith("/sign-in/")
    assert post(client, "/sign-in/factor/", code=code()) == (302, "/")
    assert client.get("/").status_code == 200
    assert bench.entries()[-1] == ("ada", "signs in", {"act": "signed in", "name": "ada", "by": ["password", "totp"]})


def test_failures_to_sign_in_are_on_record_without_what_was_typed(bench: Workbench) -> None:
    """A wrong password and a wrong code name the account; a name that is no account's is not told."""
    bench.person("ada", Role.ANALYST)
    client = Client()
    post(client, "/sign-in/", login="ada", password="wrong")
    post(client, "/sign-in/", login="my secret typed into the wrong field", password="x")
    post(client, "/sign-in/", login="ada", password=PASSWORD)
    post(client, "/sign-in/factor/", code="000000")
    told = [(actor, change["name"], change["by"]) for actor, _, change in bench.entries()
            if change["act"] == "sign-in failed"]
    assert told == [("somebody", "ada", "password"), ("somebody", "", "password"), ("somebody", "ada", "totp")]


def test_signing_in_leads_nowhere_else(bench: Workbench) -> None:
    """An address of another site as the next page is ignored."""
    bench.person("ada", Role.ANALYST)
    for away in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        client = Client()
        post(client, "/sign-in/", login="ada", password=PASSWORD, next=away)
        assert post(client, "/sign-in/factor/", code=code()) == (302, "/")


def test_passwords_cannot_be_tried_for_long(bench: Workbench) -> None:
    """After five wrong ones the right one is refused too, until minutes have passed."""
    bench.person("ada", Role.ANALYST)
    client = Client()
    for _ in range(5):
        post(client, "/sign-in/", login="ada", password="wrong")
    assert "Too many failed" in post(client, "/sign-in/", login="ada", password=PASSWORD)[1]
    assert bench.acts().count("sign-in failed") == 5


def test_codes_cannot_be_tried_for_long(bench: Workbench) -> None:
    """After five wrong codes the right one is refused too."""
    bench.person("ada", Role.ANALYST)
    right, client = code(), Client()
    post(client, "/sign-in/", login="ada", password=PASSWORD)
    for _ in range(5):
        post(client, "/sign-in/factor/", code="000000")
    assert post(client, "/sign-in/factor/", code=right)[0] == 200
    assert client.get("/").status_code == 302


def test_a_code_works_once(bench: Workbench) -> None:
    """A code that was seen over a shoulder lets nobody in after it was used."""
    bench.person("ada", Role.ANALYST)
    shown = code()
    for client, status in [(Client(), 302), (Client(), 200)]:
        post(client, "/sign-in/", login="ada", password=PASSWORD)
        assert post(client, "/sign-in/factor/", code=shown)[0] == status


def test_a_code_that_was_taken_early_is_not_taken_again_late(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A code is right for 90 seconds, and remembered for longer: half a minute later it still lets nobody in."""
    bench.person("ada", Role.ANALYST)
    shown, start = code(1), time.time()
    for later, status, typed in [(0, 302, shown), (31, 200, shown), (45, 200, f" {shown[:3]} {shown[3:]}")]:
        monkeypatch.setattr(time, "time", lambda later=later: start + later)
        client = Client()
        post(client, "/sign-in/", login="ada", password=PASSWORD)
        assert post(client, "/sign-in/factor/", code=typed)[0] == status


def test_a_recovery_code_works_once(bench: Workbench) -> None:
    """It stands in for the app, once; the trail says that it was one."""
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    ada = bench.person("ada", Role.ANALYST)
    kept = RecoveryCodes.activate(ada).get_unused_codes()[0]
    for client, status in [(Client(), 302), (Client(), 200)]:
        post(client, "/sign-in/", login="ada", password=PASSWORD)
        assert post(client, "/sign-in/factor/", code=kept)[0] == status
    assert ["password", "recovery_codes"] in [change.get("by") for _, _, change in bench.entries()]


def test_a_factors_secret_is_sealed_in_the_records(bench: Workbench) -> None:
    """What is on file is not the secret, and a changed one is ACC-13, not a wrong code."""
    from allauth.mfa.models import Authenticator

    from tests.doors.pages import SECRET

    ada = bench.person("ada", Role.ANALYST)
    kept = Authenticator.objects.get(user_id=ada.pk)
    assert SECRET not in str(kept.data)
    with pytest.raises(Broken) as caught:
        bench.station.vault.unsealed(bench.station.vault.sealed(b"x", b"factor"), b"another")
    assert caught.value.code == "ACC-13"


def test_a_locked_account_is_out_at_once(bench: Workbench) -> None:
    """Its session is over with the lock, and its right password leads to a page that says so."""
    bench.person("cy", Role.ADMINISTRATOR)
    bench.person("ada", Role.ANALYST)
    ada, cy = bench.signed_in("ada"), bench.as_actor("cy")
    assert ada.get("/").status_code == 200
    for _ in range(2):  # a form that is sent twice
        assert post(cy, "/accounts/ada/lock/", why="left the hotline", locked="yes")[0] == 302
    assert ada.get("/")["Location"].startswith("/sign-in/")
    assert post(ada, "/sign-in/", login="ada", password=PASSWORD) == (302, "/sign-in/locked/")
    assert "locked" in ada.get("/sign-in/locked/").content.decode()
    assert ("cy", "left the hotline", {"act": "locked", "name": "ada"}) in bench.entries()
    assert bench.acts().count("locked") == 1
    assert post(cy, "/accounts/ada/lock/", why="is back", locked="no")[0] == 302
    assert bench.signed_in("ada").get("/").status_code == 200


def test_roles_hold_from_the_next_request_on(bench: Workbench) -> None:
    """Ada becomes an auditor while she is signed in."""
    bench.person("cy", Role.ADMINISTRATOR)
    bench.person("ada", Role.ANALYST)
    ada = bench.as_actor("ada")
    assert ada.get("/accounts/").status_code == 403
    assert post(bench.as_actor("cy"), "/accounts/ada/roles/", roles=["auditor"], why="changes jobs")[0] == 302
    assert ada.get("/accounts/").status_code == 200
    assert bench.entries()[-1][2] == {"act": "given roles", "name": "ada", "roles": ["auditor"], "before": ["analyst"]}


@pytest.mark.parametrize(("roles", "code_"), [
    (["auditor", "analyst"], "ACC-11"), (["administrator", "analyst"], "ACC-11")])
def test_roles_that_clash_are_refused(bench: Workbench, roles: list[str], code_: str) -> None:
    """ACC-11, as a page and beside the field of an invitation; nothing changes."""
    bench.person("cy", Role.ADMINISTRATOR)
    bench.person("ada", Role.ANALYST)
    cy = bench.as_actor("cy")
    status, page = post(cy, "/accounts/ada/roles/", roles=roles, why="x")
    assert (status, code_ in page) == (403, True)
    assert post(cy, "/accounts/invite/", roles=roles, why="x", name="eve")[0] == 200
    assert post(cy, "/accounts/ada/roles/", roles=[], why="x")[0] == 400


@pytest.mark.parametrize("act", ["roles", "lock", "renew"])
def test_nobody_changes_their_own_account_as_an_administrator(bench: Workbench, act: str) -> None:
    """ACC-06 for one's own name, whatever one's roles."""
    bench.person("cy", Role.ADMINISTRATOR)
    status, page = post(bench.as_actor("cy"), f"/accounts/cy/{act}/", roles=["administrator"], why="I can")
    assert (status, "ACC-06" in page) == (403, True)


@pytest.mark.parametrize("act", ["roles", "lock", "renew", "sessions/end"])
def test_what_administrators_do_needs_a_reason(bench: Workbench, act: str) -> None:
    """ACC-05 without one."""
    bench.person("cy", Role.ADMINISTRATOR)
    bench.person("ada", Role.ANALYST)
    status, page = post(bench.as_actor("cy"), f"/accounts/ada/{act}/", roles=["analyst"], why=" ")
    assert (status, "ACC-05" in page) == (403, True)


def test_the_last_administrator_stays(bench: Workbench) -> None:
    """ACC-12: locking the only one, or giving them another role, would leave nobody to let others in."""
    from hashgrade.store.accounts import roll

    bench.person("cy", Role.ADMINISTRATOR)
    for act in (lambda work: roll.lock(work, "cy", locked=True),
                lambda work: roll.set_roles(work, "cy", {Role.OPERATOR})):
        with pytest.raises(Refused) as caught:
            changing(bench, act)
        assert caught.value.code == "ACC-12"
    assert roll.has_administrator()


@pytest.mark.parametrize(("act", "kind", "code_"), [
    (lambda roll, work: roll.lock(work, "eve", locked=True), InputError, "ACC-07"),
    (lambda roll, work: roll.invite(work, "x y", {Role.ANALYST}, work.at, "cy"), InputError, "ACC-09"),
    (lambda roll, work: roll.invite(work, "ada", {Role.ANALYST}, work.at, "cy"), Conflict, "ACC-10"),
    (lambda roll, work: roll.invite(work, "ben", set(), work.at, "cy"), Refused, "ACC-11"),
])
def test_the_roll_refuses(bench: Workbench, act: Any, kind: type[HashgradeError], code_: str) -> None:
    """What cannot be is refused with its code, and leaves nothing on record."""
    from hashgrade.store.accounts import roll

    bench.person("ada", Role.ANALYST, factor=False)
    before = bench.acts()
    with pytest.raises(kind) as caught:
        changing(bench, lambda work: act(roll, work))
    assert (caught.value.code, bench.acts()) == (code_, before)


def test_a_renewed_account_has_a_new_password_and_new_factors(bench: Workbench) -> None:
    """Who lost their phone: the old password, factors and session end; the link leads in, and keeps name and roles."""
    bench.person("cy", Role.ADMINISTRATOR)
    bench.person("ada", Role.ANALYST)
    ada = bench.signed_in("ada")
    page = post(bench.as_actor("cy"), "/accounts/ada/renew/", why="lost her phone")[1]
    link = re.search(r'id="link">http://testserver([^<]+)<', page)
    assert link
    assert ada.get("/").status_code == 302
    assert post(Client(), "/sign-in/", login="ada", password=PASSWORD)[0] == 200
    client = Client()
    assert "Welcome back" in client.get(link[1]).content.decode()
    assert post(client, link[1], password="seven new spoons, 2 pots", again="seven new spoons, 2 pots")[0] == 302
    assert client.get("/")["Location"].startswith("/account/factors/")
    assert bench.acts()[-6:] == ["sessions ended", "factors dropped", "to be renewed", "sign-in failed", "renewed",
                                 "signed in"]


def test_the_last_factor_stays(bench: Workbench) -> None:
    """ACC-14 for a passkey, a form that says so for the app: without a factor the account could do nothing."""
    from allauth.mfa.models import Authenticator

    ada = bench.person("ada", Role.ANALYST)
    client = bench.as_actor("ada")
    assert "only second factor" in post(client, "/account/factors/app/remove/")[1]
    Authenticator.objects.filter(user_id=ada.pk).delete()
    key = Authenticator.objects.create(user_id=ada.pk, type="webauthn", data={"name": "Passkey 1"})
    status, page = post(client, f"/account/factors/passkey/{key.pk}/remove/")
    assert (status, "ACC-14" in page) == (403, True)
    assert Authenticator.objects.filter(pk=key.pk).exists()


def test_a_factor_goes_where_another_stays(bench: Workbench) -> None:
    """With a passkey beside it, the app can be removed, on record."""
    from allauth.mfa.models import Authenticator

    ada = bench.person("ada", Role.ANALYST)
    Authenticator.objects.create(user_id=ada.pk, type="webauthn", data={"name": "Passkey 1"})
    assert post(bench.as_actor("ada"), "/account/factors/app/remove/") == (302, "/account/")
    assert bench.entries()[-1][2] == {"act": "factor removed", "name": "ada", "kind": "totp"}


def test_nobody_removes_anothers_passkey(bench: Workbench) -> None:
    """A key of Ben's is not there for Ada."""
    from allauth.mfa.models import Authenticator

    bench.person("ada", Role.ANALYST)
    ben = bench.person("ben", Role.ANALYST)
    key = Authenticator.objects.create(user_id=ben.pk, type="webauthn", data={"name": "Passkey 1"})
    assert post(bench.as_actor("ada"), f"/account/factors/passkey/{key.pk}/remove/")[0] == 404


def test_a_new_password_ends_the_other_sessions(bench: Workbench) -> None:
    """Ada's second browser is out; this one stays."""
    bench.person("ada", Role.ANALYST)
    other, here = bench.as_actor("ada"), bench.as_actor("ada")
    new = {"oldpassword": PASSWORD, "password1": "six green trays, 1 lid", "password2": "six green trays, 1 lid"}
    assert post(here, "/account/password/", **new) == (302, "/account/")
    assert (here.get("/").status_code, other.get("/").status_code) == (200, 302)
    assert "password changed" in bench.acts()


def test_the_first_factor_ends_sessions_that_have_none(bench: Workbench) -> None:
    """A session that somebody else opened by the password alone is over when its owner adds a factor."""
    bench.person("ada", Role.ANALYST, factor=False)
    other, here = bench.as_actor("ada", Proof.PASSWORD), bench.as_actor("ada", Proof.PASSWORD)
    assert other.get("/account/factors/").status_code == 200
    page = here.get("/account/factors/app/").content.decode()
    secret = re.search(r'id="totp-secret"[^>]*>([A-Z2-7]+)<', page)
    assert secret
    assert post(here, "/account/factors/app/", code=code(secret=secret[1]))[0] == 302
    assert other.get("/account/factors/")["Location"].startswith("/sign-in/")


def test_accounts_are_never_deleted_or_renamed(bench: Workbench) -> None:
    """The database holds the line: the records speak of people by these names."""
    from hashgrade.store.accounts.models import Account

    bench.person("ada", Role.ANALYST, factor=False)
    ada = Account.objects.filter(name="ada")
    for act in (ada.delete, lambda: ada.update(name="eve")):
        with pytest.raises(IntegrityError, match="the records speak of it"), transaction.atomic():
            act()


def test_passwords_are_hashed_by_argon2(bench: Workbench, settings: Any) -> None:
    """With the settings as they are shipped, what is on file is an Argon2id hash."""
    from hashgrade.serve import settings as shipped

    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    assert bench.person("ada", Role.ANALYST, factor=False).password.startswith("argon2$argon2id$")


def test_nobody_signs_up(bench: Workbench) -> None:
    """There is no page for it."""
    from django.urls import NoReverseMatch, reverse

    with pytest.raises(NoReverseMatch):
        reverse("account_signup")
    assert Client().get("/sign-up/").status_code == 404


def test_every_change_of_an_account_is_in_the_chain(bench: Workbench) -> None:
    """The entries follow each other, and the log verifies with them in it."""
    from hashgrade import audit
    from hashgrade.store import queries

    bench.person("ada", Role.ANALYST)
    bench.signed_in("ada")
    assert audit.verify(queries.entries()) is not None
    assert bench.acts() == ["invited", "made", "signed in"]
