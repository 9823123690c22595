"""Who may do what: the whole table of role and action, and what no table could say."""

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashgrade.access import (
    NOBODY,
    RULES,
    SEE_MEDIA,
    Action,
    Actor,
    Allowed,
    Proof,
    Refusal,
    Role,
    Thing,
    Tie,
    Way,
    clash,
    could,
    may,
    must,
)
from hashgrade.errors import Refused

LETTERS = dict(zip("asdlroum", Role, strict=True))
"""Analyst, Second reader, aDjudicator, Legal, Researcher, Operator, aUditor, adMinistrator."""

WRITTEN = """
sign in                                    -
take up an invitation                      -
report a violation of the content policy   -
sign out                                   -
prove again who one is                     asdlroum
add a second factor                        asdlroum  step
see the first page                         asdlroum
see the status                             asdlroum
monitor the station                        o
see packs of law                           asdlroum
see one's own account                      asdlroum
change one's password                      asdlroum  step
remove or renew a second factor            asdlroum  step
end a session of one's own                 asdlroum  own
change one's keys                          asdl
see the queue                              asd
keep a filter of one's own                 asd
take an item                               as
give an item back                          asd       own
skip an item                               as        own why
reveal an item                             asd       own
reveal a decided item                      dl        why
grade an item                              a         own
read an item second                        s         own apart
correct a reading                          as        own
confirm the members of a stack             as        own
code an item of a study                    as        own
settle an item                             d         apart
see one's own exposure                     asdl      own
pause                                      asdl
tell how long something was in view        asdl      own
deal a skipped item again                  d         why
see whom their pace stops                  d
override a limit on exposure               d         others step why
see the board of agreement                 du
see the history of an item                 dlu
see who did what to an item                du
see one's own drift                        as        own
see somebody's drift                       d         others
search by digest                           asdlo
match a file                               asdlo
import records                             o         why
export records                             o         step why
take media in                              o
see lists                                  dlou
import a list                              o         why
publish a list                             o         step
save an edition of a list                  o         step why
withdraw a member of a list                do        step why
propose a text of a pack                   l         step why
approve a text of a pack                   l         apart step why
take back a proposed text of a pack        l         why
see what a text of a pack would change     dlu
see studies                                dlru
run a study                                r
say that a report is published             r         step why
see the watch                              dr
see the audit trail                        u
sign a checkpoint                          u         step
see accounts                               um
invite somebody                            m         step why
set somebody's roles                       m         others step why
lock or unlock an account                  m         others step why
renew somebody's way in                    m         others step why
end somebody's session                     m         why
"""


def written() -> dict[Action, tuple[str, set[str]]]:
    rows = {}
    for line in WRITTEN.strip().splitlines():
        action, rest = line[:43].strip(), line[43:].split()
        rows[Action(action)] = (rest[0], set(rest[1:]))
    return rows


TABLE = written()
OPEN = {action for action, (roles, _) in TABLE.items() if roles == "-"}


def actor(*roles: Role, name: str = "ada", proof: Proof = Proof.FACTOR, stepped_up: bool = True) -> Actor:
    return Actor(name=name, roles=frozenset(roles), proof=proof, stepped_up=stepped_up)


def fitting(action: Action, name: str = "ada") -> Thing:
    """A thing that Ada is tied to as the action asks."""
    return Thing(owner=name if "own" in TABLE[action][1] else "ben", hands=frozenset({"ben"}))


def test_the_table_lists_every_action() -> None:
    """No action is without a written line, nor without a rule."""
    assert set(TABLE) == set(Action) == set(RULES)


@pytest.mark.parametrize(("role", "action"), [*product(Role, Action)])
def test_every_role_may_do_what_the_table_says_and_nothing_else(role: Role, action: Action) -> None:
    """Each of the pairs of role and action is answered as written down by hand."""
    roles, _ = TABLE[action]
    allowed = roles == "-" or role in {LETTERS[one] for one in roles}
    answer = may(actor(role), action, fitting(action), why="asked to")
    assert bool(answer) == allowed
    assert could(actor(role), action) == allowed
    if isinstance(answer, Refusal):
        assert answer.code == "ACC-02"


@pytest.mark.parametrize("action", Action)
def test_nobody_may_do_anything_but_come_in(action: Action) -> None:
    """Without a session only the four open actions are allowed; the way on is to sign in."""
    answer = may(NOBODY, action, fitting(action), why="asked to")
    assert bool(answer) == could(NOBODY, action) == (action in OPEN)
    if isinstance(answer, Refusal):
        assert (answer.code, answer.way) == ("ACC-01", Way.SIGN_IN)


@pytest.mark.parametrize("action", Action)
def test_without_a_second_factor_one_can_only_add_one(action: Action) -> None:
    """A password alone opens the way to a factor, and nothing else, whatever the roles."""
    answer = may(actor(*Role, proof=Proof.PASSWORD), action, fitting(action), why="asked to")
    assert bool(answer) == (action in OPEN | {Action.STEP_UP, Action.ENROL})
    if isinstance(answer, Refusal):
        assert (answer.code, answer.way) == ("ACC-03", Way.ENROL)


@pytest.mark.parametrize("action", Action)
def test_an_account_without_a_role_can_only_leave(action: Action) -> None:
    """However well it is proved, it may do what nobody may, and nothing else."""
    assert bool(may(actor(), action, fitting(action), why="asked to")) == (action in OPEN)


@pytest.mark.parametrize("action", [one for one, (_, more) in TABLE.items() if "step" in more])
def test_risky_acts_ask_who_is_there(action: Action) -> None:
    """An act marked `step` is refused to a session that was not proved again lately."""
    answer = may(actor(*Role, stepped_up=False), action, fitting(action), why="asked to")
    assert answer == Refusal("ACC-04", f"to {action} needs a fresh proof of who you are", Way.STEP_UP)


@pytest.mark.parametrize("why", ["", " ", "\n\t"])
@pytest.mark.parametrize("action", [one for one, (_, more) in TABLE.items() if "why" in more])
def test_some_acts_ask_why(action: Action, why: str) -> None:
    """An act marked `why` is refused without a reason, blanks being none."""
    answer = may(actor(*Role), action, fitting(action), why=why)
    assert answer == Refusal("ACC-05", f"to {action} needs a reason", Way.SAY_WHY)


@pytest.mark.parametrize(("action", "thing"), [
    (action, thing)
    for action, (_, more) in TABLE.items()
    for tie, thing in [
        ("own", Thing(owner="ben")), ("own", Thing()), ("others", Thing(owner="ada")), ("others", Thing()),
        ("apart", Thing(owner="ada", hands=frozenset({"ada"}))), ("own", None), ("others", None), ("apart", None)]
    if tie in more])
def test_ties_hold_whatever_the_roles(action: Action, thing: Thing | None) -> None:
    """Nobody settles what they read, approves what they proposed, overrides themselves, or takes another's."""
    answer = may(actor(*Role), action, thing, why="asked to")
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.way) == ("ACC-06", Way.NONE)


def test_the_order_of_the_questions_spares_people_vain_ones() -> None:
    """Who lacks the role, or has the wrong tie, is asked for neither a password nor a reason."""
    analyst, supervisor = actor(Role.ANALYST, stepped_up=False), actor(Role.ADJUDICATOR, stepped_up=False)
    lacking = may(analyst, Action.OVERRIDE_PACE, Thing(owner="ben"))
    tied = may(supervisor, Action.OVERRIDE_PACE, Thing(owner="ada"))
    recent = may(supervisor, Action.OVERRIDE_PACE, Thing(owner="ben"))
    assert [one.code for one in (lacking, tied, recent) if isinstance(one, Refusal)] == ["ACC-02", "ACC-06", "ACC-04"]


def test_must_raises_what_may_says() -> None:
    """`must` is silent where `may` allows, and else raises its code and reason."""
    must(actor(Role.AUDITOR), Action.SEE_AUDIT)
    with pytest.raises(Refused, match="to see the audit trail takes the role auditor") as caught:
        must(actor(Role.ANALYST), Action.SEE_AUDIT)
    assert caught.value.code == "ACC-02"


def test_an_administrator_sees_no_media_and_an_auditor_changes_nothing() -> None:
    """The media's actions and the administrator's share no role; of an auditor's, only checkpoints write."""
    watching = {one for one, rule in RULES.items() if Role.AUDITOR in rule.roles and len(rule.roles) < len(Role)}
    assert {one for one in watching if not one.startswith("see ")} == {Action.SIGN_CHECKPOINT}
    media = {Action.REVEAL, Action.REVEAL_DECIDED, Action.GRADE, Action.SECOND_READ, Action.SETTLE, Action.TAKE}
    assert all(Role.ADMINISTRATOR not in RULES[one].roles and RULES[one].roles <= set(SEE_MEDIA) for one in media)


def test_roles_clash_exactly_where_one_checks_or_admits_the_other() -> None:
    """Of all 256 sets: an auditor stands alone; an administrator has no role that sees media; else all go together."""
    for roles in (set(some) for count in range(len(Role) + 1) for some in combinations(Role, count)):
        alone = Role.AUDITOR in roles and roles != {Role.AUDITOR}
        admits = Role.ADMINISTRATOR in roles and bool(roles & set(SEE_MEDIA))
        assert bool(clash(roles)) == (alone or admits), roles


people = st.builds(
    Actor, name=st.sampled_from(["ada", "ben", "cy"]), roles=st.frozensets(st.sampled_from(Role)),
    proof=st.sampled_from(Proof), stepped_up=st.booleans())
things = st.none() | st.builds(
    Thing, owner=st.sampled_from(["", "ada", "ben"]), hands=st.frozensets(st.sampled_from(["ada", "ben", "cy"])))


@given(people, st.sampled_from(Action), things, st.sampled_from(["", "asked to"]))
def test_what_may_allows_keeps_every_clause_of_the_rule(
    who: Actor, action: Action, thing: Thing | None, why: str,
) -> None:
    """A yes means: proved, in role, tied right, fresh and reasoned, each checked here on its own."""
    answer, (roles, more) = may(who, action, thing, why=why), TABLE[action]
    enough = Proof.PASSWORD if action in {Action.STEP_UP, Action.ENROL} else Proof.FACTOR
    clauses = [
        action in OPEN or (who.proof >= enough and bool(who.roles & {LETTERS[one] for one in roles if one != "-"})),
        "own" not in more or (thing is not None and thing.owner == who.name),
        "others" not in more or (thing is not None and thing.owner not in {"", who.name}),
        "apart" not in more or (thing is not None and who.name not in thing.hands),
        "step" not in more or who.stepped_up,
        "why" not in more or bool(why),
    ]
    assert bool(answer) == all(clauses)


@given(people, people, st.sampled_from(Action), things)
def test_more_of_everything_never_takes_a_right_away(
    less: Actor, more: Actor, action: Action, thing: Thing | None,
) -> None:
    """Another role, a better proof or a fresher one only ever adds."""
    both = Actor(name=less.name, roles=less.roles | more.roles, proof=max(less.proof, more.proof),
                 stepped_up=less.stepped_up or more.stepped_up)
    assert may(both, action, thing, why="asked to") or not may(less, action, thing, why="asked to")


@given(people, st.sampled_from(Action), things, st.sampled_from(["", "asked to"]))
def test_what_cannot_be_is_never_allowed(who: Actor, action: Action, thing: Thing | None, why: str) -> None:
    """`could` is no only where `may` is no for every thing and reason: a link left out is no loss."""
    assert could(who, action) or not may(who, action, thing, why=why)


def test_ties_are_those_of_the_table() -> None:
    """Each tie of a rule is written in the table, and the other way round."""
    for action, (_, more) in TABLE.items():
        assert {tie.value for tie in RULES[action].ties} == more & set(Tie), action
    assert may(NOBODY, Action.SIGN_IN) == Allowed()
