"""Law: the vocabulary, conditions in three values, rule packs, and verdicts with their reasons.

    from hashgrade import law
    verdict = law.judge({"facts": {...}, "children": [...]}, law.load("uk-ew"))
"""

from hashgrade.law import grades
from hashgrade.law.condition import Condition
from hashgrade.law.judge import judge, missing
from hashgrade.law.pack import Pack, load
from hashgrade.law.vocabulary import vocabulary

__all__ = ["Condition", "Pack", "grades", "judge", "load", "missing", "vocabulary"]
