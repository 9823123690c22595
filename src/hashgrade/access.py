"""May somebody do something to something? Pure, and no unless a line of `RULES` says yes.

Every request of the workbench and of its programs is one question to `may`. A refusal carries
its reason and the way on, if there is one: sign in, prove it is you, say why.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final, Literal

from hashgrade.errors import Refused


class Role(StrEnum):
    """What an account is for; one account may have several, as far as `clash` lets it."""

    ANALYST = "analyst"
    SECOND_READER = "second_reader"
    ADJUDICATOR = "adjudicator"
    LEGAL = "legal"
    RESEARCHER = "researcher"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Proof(IntEnum):
    """How far a session has shown whose it is; each includes those before it."""

    NONE = 0
    PASSWORD = 1
    FACTOR = 2


class Tie(StrEnum):
    """What somebody must be, or must not be, to the thing itself.

    `own`: it is theirs: their lease, their session. `others`: it is somebody else's. `apart`: they had no hand in it.
    """

    OWN = "own"
    OTHERS = "others"
    APART = "apart"


class Way(StrEnum):
    """What would turn a refusal into a yes; `none` where only another person can."""

    NONE = "none"
    SIGN_IN = "sign in"
    ENROL = "enrol"
    STEP_UP = "step up"
    SAY_WHY = "say why"


class Action(StrEnum):
    """Everything that can be asked for; the list is closed."""

    SIGN_IN = "sign in"
    JOIN = "take up an invitation"
    REPORT_VIOLATION = "report a violation of the content policy"
    SIGN_OUT = "sign out"
    STEP_UP = "prove again who one is"
    ENROL = "add a second factor"
    SEE_HOME = "see the first page"
    SEE_STATUS = "see the status"
    MONITOR = "monitor the station"
    SEE_PACKS = "see packs of law"
    SEE_OWN_ACCOUNT = "see one's own account"
    CHANGE_PASSWORD = "change one's password"  # noqa: S105 - words for people
    CHANGE_FACTORS = "remove or renew a second factor"
    END_OWN_SESSION = "end a session of one's own"

    CHANGE_KEYS = "change one's keys"

    SEE_QUEUE = "see the queue"
    KEEP_FILTER = "keep a filter of one's own"
    TAKE = "take an item"
    GIVE_BACK = "give an item back"
    SKIP = "skip an item"
    REVEAL = "reveal an item"
    REVEAL_DECIDED = "reveal a decided item"
    GRADE = "grade an item"
    SECOND_READ = "read an item second"
    CORRECT = "correct a reading"
    CONFIRM_STACK = "confirm the members of a stack"
    CODE = "code an item of a study"
    SETTLE = "settle an item"
    SEE_OWN_PACE = "see one's own exposure"
    PAUSE = "pause"
    TELL = "tell how long something was in view"
    DEAL_AGAIN = "deal a skipped item again"
    SEE_STOPPED = "see whom their pace stops"
    OVERRIDE_PACE = "override a limit on exposure"
    SEE_BOARD = "see the board of agreement"
    SEE_HISTORY = "see the history of an item"
    SEE_NAMES = "see who did what to an item"
    SEE_OWN_DRIFT = "see one's own drift"
    SEE_DRIFT = "see somebody's drift"
    SEARCH = "search by digest"
    MATCH_FILE = "match a file"

    IMPORT_RECORDS = "import records"
    EXPORT_RECORDS = "export records"
    TAKE_IN = "take media in"
    SEE_LISTS = "see lists"
    IMPORT_LIST = "import a list"
    PUBLISH_LIST = "publish a list"
    EXPORT_LIST = "save an edition of a list"
    WITHDRAW = "withdraw a member of a list"
    PROPOSE_PACK = "propose a text of a pack"
    APPROVE_PACK = "approve a text of a pack"
    TAKE_BACK_PACK = "take back a proposed text of a pack"
    SEE_EFFECTS = "see what a text of a pack would change"
    SEE_STUDIES = "see studies"
    RUN_STUDY = "run a study"
    RELEASE_REPORT = "say that a report is published"
    SEE_WATCH = "see the watch"
    SEE_AUDIT = "see the audit trail"
    SIGN_CHECKPOINT = "sign a checkpoint"

    SEE_ACCOUNTS = "see accounts"
    INVITE = "invite somebody"
    SET_ROLES = "set somebody's roles"
    LOCK = "lock or unlock an account"
    RENEW = "renew somebody's way in"
    END_SESSION = "end somebody's session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks: the name that stands in the records, their roles, and what this session has proved.

    `stepped_up`: they proved again who they are, a short while ago.
    """

    name: str = ""
    roles: frozenset[Role] = frozenset()
    proof: Proof = Proof.NONE
    stepped_up: bool = False


NOBODY: Final = Actor()


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What it is asked of: whose it is, and who had a hand in it before (its readers, its proposer)."""

    owner: str = ""
    hands: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """What one action takes. No roles and no proof: anybody at all."""

    roles: frozenset[Role]
    proof: Proof = Proof.FACTOR
    ties: frozenset[Tie] = frozenset()
    step_up: bool = False
    why: bool = False


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes."""

    def __bool__(self) -> Literal[True]:
        """It is true."""
        return True


@dataclass(frozen=True, slots=True)
class Refusal:
    """No, with the code and the reason to be told, and the way on."""

    code: str
    reason: str
    way: Way = Way.NONE

    def __bool__(self) -> Literal[False]:
        """It is false."""
        return False


def _rule(*roles: Role, ties: Collection[Tie] = (), step_up: bool = False, why: bool = False) -> Rule:
    return Rule(frozenset(roles), ties=frozenset(ties), step_up=step_up, why=why)


ALL: Final = tuple(Role)
WHY_CHARS_MAX: Final = 500
"""Of a reason: it stands in the records for good."""
READERS: Final = (Role.ANALYST, Role.SECOND_READER)
SEE_MEDIA: Final = (*READERS, Role.ADJUDICATOR, Role.LEGAL)
"""The roles that can ever have a picture before them."""

RULES: Final[Mapping[Action, Rule]] = {
    Action.SIGN_IN: Rule(frozenset(), Proof.NONE),
    Action.JOIN: Rule(frozenset(), Proof.NONE),
    Action.REPORT_VIOLATION: Rule(frozenset(), Proof.NONE),
    Action.SIGN_OUT: Rule(frozenset(), Proof.NONE),
    Action.STEP_UP: Rule(frozenset(ALL), Proof.PASSWORD),
    Action.ENROL: Rule(frozenset(ALL), Proof.PASSWORD, step_up=True),
    Action.SEE_HOME: _rule(*ALL),
    Action.SEE_STATUS: _rule(*ALL),
    Action.MONITOR: _rule(Role.OPERATOR),
    Action.SEE_PACKS: _rule(*ALL),
    Action.SEE_OWN_ACCOUNT: _rule(*ALL),
    Action.CHANGE_PASSWORD: _rule(*ALL, step_up=True),
    Action.CHANGE_FACTORS: _rule(*ALL, step_up=True),
    Action.END_OWN_SESSION: _rule(*ALL, ties=[Tie.OWN]),

    Action.CHANGE_KEYS: _rule(*SEE_MEDIA),

    Action.SEE_QUEUE: _rule(*READERS, Role.ADJUDICATOR),
    Action.KEEP_FILTER: _rule(*READERS, Role.ADJUDICATOR),
    Action.TAKE: _rule(*READERS),
    Action.GIVE_BACK: _rule(*READERS, Role.ADJUDICATOR, ties=[Tie.OWN]),
    Action.SKIP: _rule(*READERS, ties=[Tie.OWN], why=True),
    Action.REVEAL: _rule(*READERS, Role.ADJUDICATOR, ties=[Tie.OWN]),
    Action.REVEAL_DECIDED: _rule(Role.ADJUDICATOR, Role.LEGAL, why=True),
    Action.GRADE: _rule(Role.ANALYST, ties=[Tie.OWN]),
    Action.SECOND_READ: _rule(Role.SECOND_READER, ties=[Tie.OWN, Tie.APART]),
    Action.CORRECT: _rule(*READERS, ties=[Tie.OWN]),
    Action.CONFIRM_STACK: _rule(*READERS, ties=[Tie.OWN]),
    Action.CODE: _rule(*READERS, ties=[Tie.OWN]),
    Action.SETTLE: _rule(Role.ADJUDICATOR, ties=[Tie.APART]),
    Action.SEE_OWN_PACE: _rule(*SEE_MEDIA, ties=[Tie.OWN]),
    Action.PAUSE: _rule(*SEE_MEDIA),
    Action.TELL: _rule(*SEE_MEDIA, ties=[Tie.OWN]),
    Action.DEAL_AGAIN: _rule(Role.ADJUDICATOR, why=True),
    Action.SEE_STOPPED: _rule(Role.ADJUDICATOR),
    Action.OVERRIDE_PACE: _rule(Role.ADJUDICATOR, ties=[Tie.OTHERS], step_up=True, why=True),
    Action.SEE_BOARD: _rule(Role.ADJUDICATOR, Role.AUDITOR),
    Action.SEE_HISTORY: _rule(Role.ADJUDICATOR, Role.LEGAL, Role.AUDITOR),
    Action.SEE_NAMES: _rule(Role.ADJUDICATOR, Role.AUDITOR),
    Action.SEE_OWN_DRIFT: _rule(*READERS, ties=[Tie.OWN]),
    Action.SEE_DRIFT: _rule(Role.ADJUDICATOR, ties=[Tie.OTHERS]),
    Action.SEARCH: _rule(*SEE_MEDIA, Role.OPERATOR),
    Action.MATCH_FILE: _rule(*SEE_MEDIA, Role.OPERATOR),

    Action.IMPORT_RECORDS: _rule(Role.OPERATOR, why=True),
    Action.EXPORT_RECORDS: _rule(Role.OPERATOR, step_up=True, why=True),
    Action.TAKE_IN: _rule(Role.OPERATOR),
    Action.SEE_LISTS: _rule(Role.ADJUDICATOR, Role.LEGAL, Role.OPERATOR, Role.AUDITOR),
    Action.IMPORT_LIST: _rule(Role.OPERATOR, why=True),
    Action.PUBLISH_LIST: _rule(Role.OPERATOR, step_up=True),
    Action.EXPORT_LIST: _rule(Role.OPERATOR, step_up=True, why=True),
    Action.WITHDRAW: _rule(Role.ADJUDICATOR, Role.OPERATOR, step_up=True, why=True),
    Action.PROPOSE_PACK: _rule(Role.LEGAL, step_up=True, why=True),
    Action.APPROVE_PACK: _rule(Role.LEGAL, ties=[Tie.APART], step_up=True, why=True),
    Action.TAKE_BACK_PACK: _rule(Role.LEGAL, why=True),
    Action.SEE_EFFECTS: _rule(Role.ADJUDICATOR, Role.LEGAL, Role.AUDITOR),
    Action.SEE_STUDIES: _rule(Role.ADJUDICATOR, Role.LEGAL, Role.RESEARCHER, Role.AUDITOR),
    Action.RUN_STUDY: _rule(Role.RESEARCHER),
    Action.RELEASE_REPORT: _rule(Role.RESEARCHER, step_up=True, why=True),
    Action.SEE_WATCH: _rule(Role.ADJUDICATOR, Role.RESEARCHER),
    Action.SEE_AUDIT: _rule(Role.AUDITOR),
    Action.SIGN_CHECKPOINT: _rule(Role.AUDITOR, step_up=True),

    Action.SEE_ACCOUNTS: _rule(Role.AUDITOR, Role.ADMINISTRATOR),
    Action.INVITE: _rule(Role.ADMINISTRATOR, step_up=True, why=True),
    Action.SET_ROLES: _rule(Role.ADMINISTRATOR, ties=[Tie.OTHERS], step_up=True, why=True),
    Action.LOCK: _rule(Role.ADMINISTRATOR, ties=[Tie.OTHERS], step_up=True, why=True),
    Action.RENEW: _rule(Role.ADMINISTRATOR, ties=[Tie.OTHERS], step_up=True, why=True),
    Action.END_SESSION: _rule(Role.ADMINISTRATOR, why=True),
}
"""One line an action. An administrator sees no medium and an auditor changes nothing."""


def may(actor: Actor, action: Action, thing: Thing | None = None, *, why: str = "") -> Allowed | Refusal:
    """Decide whether `actor` may do `action` to `thing`; a refusal says why, and what would help.

    Nothing is allowed that `RULES` does not allow. The order of the questions is fixed, so that nobody is asked for
    a reason or a password for what they could never do: who, role, tie, step-up, reason.

    Args:
        actor: Who asks, with what their session has proved.
        action: What they want to do.
        thing: What they want to do it to; an action that asks for a tie is refused without one.
        why: The reason they gave.
    """
    rule = RULES[action]
    found = (_proved(actor, rule), _has_role(actor, action, rule), _tied(actor, action, rule, thing),
             _recent_and_reasoned(actor, action, rule, why))
    return next((one for one in found if one is not None), Allowed())


def could(actor: Actor, action: Action) -> bool:
    """Tell whether there is anything to which `actor` may do `action`, once they prove and say what it takes.

    What is not so needs no link to it.
    """
    rule = RULES[action]
    return _proved(actor, rule) is None and _has_role(actor, action, rule) is None


def must(actor: Actor, action: Action, thing: Thing | None = None, *, why: str = "") -> None:
    """Go on only if `may` allows it.

    Raises:
        Refused: ACC-01 to ACC-06, as `may` says.
    """
    answer = may(actor, action, thing, why=why)
    if isinstance(answer, Refusal):
        raise Refused(answer.code, answer.reason)


def named(roles: Collection[Role], join: str = ", ") -> str:
    """Name roles in words, in the order of their list."""
    return join.join(one.replace("_", " ") for one in Role if one in roles)


def clash(roles: Collection[Role]) -> str | None:
    """Say why no one account can have all of these roles; None if it can.

    Whoever checks the others is none of them, and whoever decides who sees media sees none.
    """
    if Role.AUDITOR in roles and len(set(roles)) > 1:
        return "an auditor has no other role"
    if Role.ADMINISTRATOR in roles and (seeing := [one for one in SEE_MEDIA if one in roles]):
        return f"an administrator sees no media, so cannot be {named(seeing[:1])}"
    return None


def _proved(actor: Actor, rule: Rule) -> Refusal | None:
    if actor.proof >= rule.proof:
        return None
    if actor.proof == Proof.NONE:
        return Refusal("ACC-01", "nobody is signed in", Way.SIGN_IN)
    return Refusal("ACC-03", "a second factor comes before anything else", Way.ENROL)


def _has_role(actor: Actor, action: Action, rule: Rule) -> Refusal | None:
    if rule.proof == Proof.NONE or actor.roles & rule.roles:
        return None
    return Refusal("ACC-02", f"to {action} takes the role {named(rule.roles, ' or ')}" if len(rule.roles) < len(ALL)
                   else f"to {action} takes a role, and this account has none")


def _tied(actor: Actor, action: Action, rule: Rule, thing: Thing | None) -> Refusal | None:
    if not rule.ties:
        return None
    if thing is None or not (thing.owner or rule.ties == {Tie.APART}):
        return Refusal("ACC-06", f"to {action} needs to be told which one")
    if Tie.OWN in rule.ties and thing.owner != actor.name:
        return Refusal("ACC-06", f"to {action} is for whom it belongs to")
    if Tie.OTHERS in rule.ties and thing.owner == actor.name:
        return Refusal("ACC-06", f"to {action} is never for oneself: somebody else has to")
    if Tie.APART in rule.ties and actor.name in thing.hands:
        return Refusal("ACC-06", f"to {action} is for somebody who had no hand in it")
    return None


def _recent_and_reasoned(actor: Actor, action: Action, rule: Rule, why: str) -> Refusal | None:
    if rule.step_up and not actor.stepped_up:
        return Refusal("ACC-04", f"to {action} needs a fresh proof of who you are", Way.STEP_UP)
    if rule.why and not why.strip():
        return Refusal("ACC-05", f"to {action} needs a reason", Way.SAY_WHY)
    if rule.why and len(why) > WHY_CHARS_MAX:
        return Refusal("ACC-05", f"to {action} needs a reason in at most {WHY_CHARS_MAX} characters", Way.SAY_WHY)
    return None
