"""What one version of a pack changed of the one before: its rules in words, and media that come out otherwise."""

from collections.abc import Iterator
from typing import Any

from hashgrade.law.compare import changes
from hashgrade.law.pack import Pack
from hashgrade.law.wording import brief, quoted
from hashgrade.lawbook.outline import Node, Outline, in_words, sentence

Model = dict[str, Any]


def amended(old: Outline, new: Outline) -> Iterator[Model]:
    """Every difference between two versions, each with how it was and how it is now; none where they say the same.

    Two conditions are the same when they read the same, with all that their readings say.

    Args:
        old: The version before, read aloud.
        new: The one that took its place.
    """
    scopes = old.of(old.pack.scope), new.of(new.pack.scope)
    if str(scopes[0]) != str(scopes[1]):
        yield _change("Every rule asks first", *scopes)
    yield from _rules(old, new)
    for name in {**new.pack.parameters, **old.pack.parameters}:
        before, now = old.meaning(name), new.meaning(name)
        if str(before) != str(now):
            yield _change(f"The reading {quoted(in_words(name))}", before, now)


def moved(old: Pack, new: Pack) -> Iterator[Model]:
    """A medium for each kind of change: from which outcome to which. None proves that every child comes out alike."""
    for (was, now), grade in changes(old, new).meetings.items():
        yield {"facts": brief(grade), "was": old.labels[was], "now": new.labels[now]}


def _rules(old: Outline, new: Outline) -> Iterator[Model]:
    were = {rule.id: rule for rule in old.pack.rules}
    for rule in new.pack.rules:
        was = were.pop(rule.id, None)
        now, label = new.of(rule.written), new.pack.labels[rule.outcome]
        if was is None:
            yield _change(f"New: {rule.article}", None, now, label=label)
        elif (was.outcome, str(old.of(was.written))) != (rule.outcome, str(now)):
            yield _change(rule.article, old.of(was.written), now, was=old.pack.labels[was.outcome], label=label)
        elif was.article != rule.article:
            yield _change(f"{was.article} is now {rule.article}")
    for was in were.values():
        yield _change(f"Gone: {was.article}", old.of(was.written), was=old.pack.labels[was.outcome])


def _change(said: str, before: Node | None = None, now: Node | None = None, *, was: str = "", label: str = "") -> Model:
    return {"said": sentence(said), "before": before and before.as_model(), "now": now and now.as_model(),
            "was": was, "label": label}
