"""What people choose for themselves: filters of the queue under their own names, and keys; nobody else notices."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from hashgrade.access import Role
from hashgrade.grading.keys import ACTS
from hashgrade.nouns import Kind
from hashgrade.serve import station as serving
from hashgrade.store.due import rules_of
from tests.cast import ADA, BEN, Clock, item
from tests.doors.pages import Workbench, workbench
from tests.doors.test_queue import RULES, rows, text


@pytest.fixture
def bench(tmp_path: Path, store: Any, clock: Clock, settings: Any) -> Workbench:
    """Ada and Ben read; a clip and a picture wait."""
    store.rules = rules_of(RULES, 3600)
    made = workbench(tmp_path, store, clock, settings)
    for name in (ADA, BEN):
        made.person(name, Role.ANALYST)
    with store.work("dee", "a test") as work:
        work.items([item(1, kind=Kind.VIDEO), item(2)])
    return made


CLIPS = {"kind": "video", "rule": "", "stage": "read"}


def keep(client: Client, name: str, status: int = 302, **only: str) -> Any:
    """Keep a filter under a name."""
    answer = client.post("/queue/filters/keep/", {"name": name, **CLIPS, **only})
    assert answer.status_code == status, answer.content
    return answer


def shown(client: Client, address: str = "/queue/") -> list[tuple[str, str, int, bool]]:
    """One's filters as the page has them: name, link, cards, and whether its rule is there."""
    return [(one.title, one.query, one.cards, known) for one, known in client.get(address).context["kept"]]


def test_a_filter_is_kept_used_and_dropped(bench: Workbench) -> None:
    """It stands on the queue as a link with its cards; dropped, it is gone; each once on record."""
    ada = bench.as_actor(ADA)
    assert keep(ada, " Clips  first ")["Location"] == "/queue/?kind=video"
    assert shown(ada) == [("Clips first", "kind=video", 1, True)]
    assert 'href="?kind=video"' in text(ada, "/queue/")
    for _ in range(2):
        assert ada.post("/queue/filters/drop/", {"name": "Clips first"}).status_code == 302
    assert shown(ada) == []
    assert [one for one in bench.acts() if "filter" in str(one)] == ["filter kept", "filter dropped"]


def test_a_filter_sent_twice_is_kept_once(bench: Workbench) -> None:
    """And with another filter under the same name, it is this one."""
    ada = bench.as_actor(ADA)
    for _ in range(2):
        keep(ada, "mine")
    keep(ada, "mine", kind="image")
    assert [one[:2] for one in shown(ada)] == [("mine", "kind=image")]
    assert [one for one in bench.acts() if "filter" in str(one)] == ["filter kept"] * 2


def test_filters_are_for_oneself(bench: Workbench) -> None:
    """Another sees none of them, and drops none."""
    ada, ben = bench.as_actor(ADA), bench.as_actor(BEN)
    keep(ada, "mine")
    ben.post("/queue/filters/drop/", {"name": "mine"})
    assert (len(shown(ada)), shown(ben)) == (1, [])


BAD = [
    ({"name": ""}, "SRV-21"), ({"name": "  "}, "SRV-21"), ({"name": "x" * 41}, "SRV-21"),
    ({"name": "a\u202eb"}, "SRV-21"), ({"name": "a\0b"}, "SRV-21"),
    ({"name": "a", "kind": "x"}, "SRV-20"), ({"name": "a", "stage": "x"}, "SRV-20"),
    ({"name": "a", "rule": "no such"}, "SRV-20"),
]


def test_what_is_no_filter_is_refused(bench: Workbench) -> None:
    """Names that cannot be seen or are too long, and filters that the queue does not have."""
    ada = bench.as_actor(ADA)
    missed = [given for given, code in BAD if code not in keep(ada, status=400, **given).content.decode()]
    assert (missed, shown(ada)) == ([], [])


def test_twenty_filters_are_the_most(bench: Workbench) -> None:
    """SRV-22; the page says so, and one that is kept can still be changed."""
    ada = bench.as_actor(ADA)
    for n in range(20):
        keep(ada, f"n{n}")
    assert "SRV-22" in keep(ada, "one more", 403).content.decode()
    assert "You keep 20 filters" in text(ada, "/queue/")
    keep(ada, "n1", kind="image")


def test_a_filter_whose_rule_is_gone_says_so(bench: Workbench) -> None:
    """The settings may change; the rest of the page stands, and it can be dropped."""
    ada = bench.as_actor(ADA)
    keep(ada, "stacked", kind="", rule="stacks")
    bench.station.store.rules = rules_of([], 3600)
    assert shown(ada)[0][3] is False
    assert "its rule is gone" in text(ada, "/queue/")


def test_a_name_is_only_a_name(bench: Workbench) -> None:
    """Markup in it is shown, never meant; the file of cards has none of it."""
    ada = bench.as_actor(ADA)
    keep(ada, "<b>=1+1")
    assert "&lt;b&gt;=1+1" in text(ada, "/queue/")
    assert rows(ada, "/queue/cards.csv")


def keyed(client: Client, status: int = 302, **given: str) -> Any:
    """Send the form of keys with these changes."""
    form = {act: code for act, (code, _) in ACTS.items()}
    answer = client.post("/account/keys/", {**form, **{name.replace("__", "."): code for name, code in given.items()}})
    assert answer.status_code == status, answer.content
    return answer


def help_of(client: Client) -> dict[str, str]:
    """The keys as the grading page has them."""
    return dict(client.get("/grading/").context["help"]["codes"])


def test_a_key_of_ones_own_is_in_use_at_once(bench: Workbench) -> None:
    """On the grading page, in its help, on the page of keys; for nobody else; and on record."""
    ada, ben = bench.as_actor(ADA), bench.as_actor(BEN)
    keyed(ada, skip="F9")
    assert (help_of(ada)["skip"], help_of(ben)["skip"]) == ("F9", "KeyK")
    assert "<kbd>F9</kbd>" in text(ada, "/grading/")
    assert 'value="F9"' in text(ada, "/account/keys/")
    assert bench.acts()[-1] == "keys changed"


def test_two_keys_change_places_in_one_go(bench: Workbench) -> None:
    """What is refused is only what two things would share at the end."""
    ada = bench.as_actor(ADA)
    keyed(ada, undo="Period", redo="Backspace")
    assert (help_of(ada)["undo"], help_of(ada)["redo"]) == ("Period", "Backspace")


def test_the_station_s_keys_come_back(bench: Workbench) -> None:
    """With one button, whatever the fields say."""
    ada = bench.as_actor(ADA)
    keyed(ada, skip="F9")
    keyed(ada, skip="F4", reset="yes")
    assert help_of(ada)["skip"] == "KeyK"


def test_a_form_sent_twice_is_one_change(bench: Workbench) -> None:
    """The second leaves no entry of a change."""
    ada = bench.as_actor(ADA)
    for _ in range(2):
        keyed(ada, skip="F9")
    assert bench.acts().count("keys changed") == 1


CLASHES = [
    ({"skip": "Period"}, ["<kbd>.</kbd>", "“answer again what was taken back”", "“lay the item aside, with a reason”"]),
    ({"skip": "KeyQ"}, ["<kbd>Q</kbd>", "“lay the item aside, with a reason”", "“two answers at once”"]),
    ({"preset.too small": "KeyK"}, ["<kbd>K</kbd>", "“lay the item aside, with a reason”", "“too small”"]),
    ({"skip": "Digit1"}, ["“an answer”", "“lay the item aside, with a reason”"]),
    ({"skip": "Tab"}, ["`Tab` is no key that a page may have"]),
    ({"skip": "<img src=x>"}, ["no key that a page may have", "&lt;img"]),
    ({"skip": "x" * 5000}, ["no key that a page may have"]),
]


def test_a_collision_is_refused_with_both_names(bench: Workbench) -> None:
    """Nothing is changed, and the page has the fields as they were sent."""
    ada = bench.as_actor(ADA)
    for given, words in CLASHES:
        said = " ".join(keyed(ada, 400, **given).content.decode().split())
        assert [one for one in words if one not in said] == []
    assert help_of(ada)["skip"] == "KeyK"


def test_keys_that_the_station_came_to_clash_with_are_laid_aside(bench: Workbench) -> None:
    """Grading goes on with the station's, and the page of keys says so."""
    ada = bench.as_actor(ADA)
    keyed(ada, skip="F9")
    changed = bench.station.settings.model_copy(update={"keys": {"undo": "F9"}})
    serving.join(replace(bench.station, settings=changed))
    assert (help_of(ada)["undo"], help_of(ada)["skip"]) == ("F9", "KeyK")
    assert "would clash" in text(ada, "/account/keys/")


def test_what_there_is_no_more_has_no_key(bench: Workbench) -> None:
    """A field of another version, or of a preset that is gone, is overlooked."""
    ada = bench.as_actor(ADA)
    keyed(ada, 302, dance="KeyK", preset__gone="KeyK")
    assert bench.acts().count("keys changed") == 0


def test_an_operator_has_no_keys_to_change(bench: Workbench) -> None:
    """Nor a link to them."""
    bench.person("dee", Role.OPERATOR)
    dee = bench.as_actor("dee")
    assert dee.get("/account/keys/").status_code == 403
    assert "/account/keys/" not in text(dee, "/account/")
