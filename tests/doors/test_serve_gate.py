"""The gate: every route, every role, every state of a session, from the URL table itself."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path

from hashgrade.access import Action, Proof, Role
from tests.cast import Clock
from tests.doors.pages import Workbench, workbench
from tests.pure.test_access import LETTERS, OPEN, TABLE

WORDS: dict[str, Any] = {"token": "x", "handle": "0" * 16, "pk": 1, "key": 1, "number": 1, "name": "ben",
                         "digest": "0" * 64, "ref": "0" * 16, "place": "own", "file": "x.csv", "sha256": "0" * 64}
MINE = {Action.SEE_OWN_PACE, Action.SEE_OWN_DRIFT}
"""What is always about whoever asks: no address names anybody."""
RAN = 299
"""What a page answers here once it runs: no page of ours does."""


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any) -> Workbench:
    """A workbench that nobody has an account at yet."""
    return workbench(tmp_path, store, clock, settings)


def patterns() -> list[URLPattern]:
    found = [one for one in get_resolver("hashgrade.serve.urls").url_patterns if not isinstance(one, URLResolver)]
    assert len(found) == len(get_resolver("hashgrade.serve.urls").url_patterns), "a nested table: walk it too"
    return found


def address(one: URLPattern) -> str:
    text = str(one.pattern)
    for name in one.pattern.converters:
        text = text.replace(next(part for part in text.split("/") if part.endswith(f":{name}>")), str(WORDS[name]))
    return f"/{text}"


@pytest.fixture
def probes(settings: Any) -> None:
    """The same URL table, with the same guards, before pages that only say that they ran."""
    from hashgrade.serve.gate import guarded

    def ran(request: HttpRequest, **_: object) -> HttpResponse:
        return HttpResponse(status=RAN)

    table: Any = ModuleType("probes")
    table.urlpatterns = [path(str(one.pattern), guarded(ran, one.callback.acts), name=one.name)  # type: ignore[attr-defined]
                         for one in patterns()]
    settings.ROOT_URLCONF = table


def allowed(method: str, one: URLPattern, role: Role | None, proof: Proof, *, stepped_up: bool) -> bool:
    """What the written table of access says, with the tie as it is here: the account is Ben's, the session nobody's."""
    acts = one.callback.acts  # type: ignore[attr-defined]
    action = acts.see if method == "GET" else acts.do
    if action is None or ("own" in TABLE[action][1] and action not in MINE):
        return False
    if action in OPEN:
        return True
    roles, more = TABLE[action]
    needed = Proof.PASSWORD if action in {Action.ENROL, Action.STEP_UP} else Proof.FACTOR
    return (role in {LETTERS[letter] for letter in roles} and proof >= needed
            and (stepped_up or "step" not in more))


def violations(client: Client, role: Role | None, proof: Proof, *, stepped_up: bool = False) -> list[str]:
    wrong = []
    for one in patterns():
        for method in ("GET", "POST"):
            answer = client.generic(method, address(one), "why=asked", "application/x-www-form-urlencoded")
            ran = answer.status_code == RAN
            if ran != allowed(method, one, role, proof, stepped_up=stepped_up):
                wrong.append(f"{method} {address(one)} {'ran' if ran else 'did not run'} for {role}, {proof.name}")
    return wrong


def test_every_route_has_an_action() -> None:
    """No page of the URL table was made without the guard, nor with one that allows nothing at all."""
    from hashgrade.serve.gate import Acts

    for one in patterns():
        acts = getattr(one.callback, "acts", None)
        assert isinstance(acts, Acts), one
        assert acts.see or acts.do, one


def test_every_action_with_a_tie_is_given_its_thing() -> None:
    """A route whose action depends on the thing says what the thing is."""
    for one in patterns():
        acts = one.callback.acts  # type: ignore[attr-defined]
        for action in filter(None, (acts.see, acts.do)):
            assert acts.of or not {"own", "others", "apart"} & TABLE[action][1], one


STATES = [(Proof.PASSWORD, True), (Proof.FACTOR, True), pytest.param(Proof.PASSWORD, False, marks=pytest.mark.deep),
          pytest.param(Proof.FACTOR, False, marks=pytest.mark.deep)]


@pytest.mark.usefixtures("probes")
@pytest.mark.parametrize(("proof", "stepped_up"), STATES)
@pytest.mark.parametrize("role", Role)
def test_every_route_answers_every_role_as_the_table_says(
    bench: Workbench, role: Role, proof: Proof, stepped_up: bool,
) -> None:
    """Route x role x (without a factor, with one, proved afresh): 0 violations."""
    bench.person("ada", role, factor=False)
    client = bench.as_actor("ada", proof, stepped_up=stepped_up)
    assert violations(client, role, proof, stepped_up=stepped_up) == []


@pytest.mark.usefixtures("probes")
def test_nobody_gets_further_than_the_door(bench: Workbench) -> None:
    """Anonymous, idle for too long, too long at it, locked, or of a session that was ended: 0 violations each."""
    from hashgrade.store.accounts import roll
    from hashgrade.store.accounts.models import Account

    ada = bench.person("ada", Role.ADMINISTRATOR, factor=False)
    bench.person("cy", Role.ADMINISTRATOR, factor=False)
    found = violations(Client(), None, Proof.NONE)
    idle = bench.as_actor("ada")
    bench.clock.forward(901)
    found += violations(idle, None, Proof.NONE)
    long = bench.as_actor("ada")
    for _ in range(37):
        bench.clock.forward(800)
        long.get("/status/")
    found += violations(long, None, Proof.NONE)
    ended = bench.as_actor("ada")
    with bench.station.store.work("cy", "for a test") as work:
        roll.end_sessions(work, ada)
    found += violations(ended, None, Proof.NONE)
    locked = bench.as_actor("ada")
    Account.objects.filter(name="ada").update(locked=True)
    assert found + violations(locked, None, Proof.NONE) == []


@pytest.mark.usefixtures("probes")
def test_the_walk_sees_a_planted_hole(bench: Workbench) -> None:
    """A positive control: with a role that the table does not give, the walk finds routes that ran."""
    bench.person("ada", Role.ADMINISTRATOR, factor=False)
    assert violations(bench.as_actor("ada"), Role.ANALYST, Proof.FACTOR, stepped_up=True)


def test_a_page_without_an_action_is_refused(bench: Workbench, settings: Any) -> None:
    """SRV-03: a URL that was made without `route` answers nobody, an administrator neither."""
    table: Any = ModuleType("forgotten")
    table.urlpatterns = [*patterns(), path("forgotten/", lambda request: HttpResponse("secret"))]
    settings.ROOT_URLCONF = table
    bench.person("ada", Role.ADMINISTRATOR, factor=False)
    answer = bench.as_actor("ada").get("/forgotten/")
    assert answer.status_code == 403
    assert "SRV-03" in answer.content.decode()
    assert "secret" not in answer.content.decode()


@pytest.mark.parametrize(("proof", "address", "leads"), [
    (Proof.NONE, "/status/?a=1", "/sign-in/?next=%2Fstatus%2F%3Fa%3D1"),
    (Proof.PASSWORD, "/status/", "/account/factors/?next=%2Fstatus%2F"),
    (Proof.FACTOR, "/account/password/", "/prove/?next=%2Faccount%2Fpassword%2F"),
])
def test_a_refusal_leads_to_what_mends_it(bench: Workbench, proof: Proof, address: str, leads: str) -> None:
    """Who is not signed in, has no factor or proved it long ago comes to the page for that, and back."""
    bench.person("ada", Role.AUDITOR, factor=False)
    assert bench.as_actor("ada", proof, stepped_up=False).get(address)["Location"] == leads


def test_a_part_that_is_refused_sends_the_whole_page(bench: Workbench) -> None:
    """An htmx request of a session that is over leads the page, not a part of it, to sign in."""
    answer = Client().get("/status/", headers={"HX-Request": "true", "Referer": "http://testserver/status/"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in/?next=%2Fstatus%2F")


def test_a_refusal_without_a_way_says_why(bench: Workbench) -> None:
    """An analyst who asks for the accounts reads which role it takes; ACC-02."""
    bench.person("ada", Role.ANALYST, factor=False)
    answer = bench.as_actor("ada").get("/accounts/")
    assert answer.status_code == 403
    assert "takes the role auditor or administrator" in answer.content.decode()


def test_links_show_only_what_is_open(bench: Workbench) -> None:
    """The navigation of an analyst has no accounts; an administrator's has."""
    bench.person("ada", Role.ANALYST, factor=False)
    bench.person("cy", Role.ADMINISTRATOR, factor=False)
    pages = {name: bench.as_actor(name).get("/").content.decode() for name in ("ada", "cy")}
    assert 'href="/accounts/"' not in pages["ada"]
    assert 'href="/accounts/"' in pages["cy"]
