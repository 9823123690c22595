"""`python -m tests.golden.law.rewrite`: write the explanations again; review the diff as English.

They are of an invented country's pack, so that no amendment of a real one changes them.
"""

from pathlib import Path

from hashgrade.law import judge, load
from hashgrade.law.check import cases
from hashgrade.law.explain import explain

FOLDER = Path(__file__).parent
EXPLANATIONS = FOLDER / "explanations.md"


def page() -> str:
    """Every case of the pack as a heading, and the paragraph that explains its verdict."""
    pack = load("zz", None, FOLDER)
    return "\n\n".join(f"## {case.name}\n\n{explain(judge(case.grade, case.pack), case.grade, case.pack)}"
                       for case in cases(pack, FOLDER)) + "\n"


if __name__ == "__main__":
    EXPLANATIONS.write_text(page(), encoding="utf-8")
