"""What the page shows of the segments of a clip: times, labels, and the question of those that lack them."""

from collections.abc import Iterator
from typing import Any

from hashgrade.grading import keys
from hashgrade.law.segments import unsaid
from hashgrade.law.vocabulary import vocabulary
from hashgrade.nouns import Segment
from hashgrade.serve.grading.answering import Answers
from hashgrade.serve.grading.marking import name_of, time_of


def of(answers: Answers) -> dict[str, Any]:
    """Give the segments as the page shows them, what is asked of them, and when another has begun."""
    begun = answers.marks.begun
    return {"segments": list(_segments(answers)), "segments_asked": [_asked(one) for one in answers.marks.asked],
            "begun": None if begun is None else time_of(begun), "children": range(len(answers.grade.children or ()))}


def _segments(answers: Answers) -> Iterator[dict[str, Any]]:
    against = dict(unsaid(answers.marks.segments, answers.grade))
    fact = vocabulary().facts["activity"]
    for n, one in enumerate(answers.marks.segments):
        yield {"name": name_of(one), "number": n + 1, "from_ms": one.from_ms, "begins": time_of(one.from_ms),
               "ends": time_of(one.to_ms), "child": one.child, "against": n in against,
               "labels": fact.in_words(one.activity)}


def _asked(one: Segment) -> dict[str, Any]:
    fact = vocabulary().facts["activity"]
    return {"name": name_of(one), "begins": time_of(one.from_ms), "ends": time_of(one.to_ms), "child": one.child,
            "answers": [(code, value, fact.in_words(value), keys.key_name(code))
                        for code, value in keys.answers(fact).items()]}
