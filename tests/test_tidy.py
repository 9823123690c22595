"""The style guide, as a test.

Each check is a small function from one parsed module to complaints, so that a check
can itself be tested on a string (see `test_the_checks_bite`).
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "hashgrade"
BODY_LINES_MAX = 60
MODULE_LINES_MAX = 500
PARAMETERS_MAX = 6
PURE = {"law", "fingerprints", "index", "audit", "nouns"}
NAMES_BANNED = {"utils", "helpers", "common", "misc", "manager", "base", "core"}
CALLS_BANNED = {
    "datetime.now": "take `now` as a parameter",
    "datetime.utcnow": "take `now` as a parameter",
    "date.today": "take `now` as a parameter",
    "time.time": "take `now` as a parameter",
    "uuid.uuid4": "take `new_id` as a parameter",
    "random.random": "take a `random.Random`",
    "random.choice": "take a `random.Random`",
    "os.environ.get": "read settings at a door",
    "os.getenv": "read settings at a door",
}
PURE_CALLS_BANNED = {
    "open": "take bytes or a path reader",
    "print": "return a value",
    "input": "take a parameter",
}
MAY_OPEN = {"hashgrade/law/load.py", "hashgrade/index/files.py"}  # package data, memory maps


@dataclass(frozen=True)
class Module:
    """One source text, where it stands, and its tree."""

    where: str
    source: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def room(self) -> str:
        return Path(self.where).parts[1].removesuffix(".py")


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def parameters(function: Function) -> set[str]:
    a = function.args
    return {arg.arg for arg in a.posonlyargs + a.args + a.kwonlyargs} - {"self", "cls"}


def dotted(node: ast.AST) -> str:
    """`datetime.now` for the expression `datetime.now`, else an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return ""


def is_command(function: Function) -> bool:
    """Whether a function's parameters are a command's options, which users count, not readers."""
    decorated = any("command" in dotted(d.func if isinstance(d, ast.Call) else d) for d in function.decorator_list)
    return decorated or "as_json" in parameters(function)


def check_budgets(module: Module) -> Iterator[str]:
    lines = module.source.count("\n")
    if lines > MODULE_LINES_MAX:
        yield f"{module.where}:1: module has {lines} lines, at most {MODULE_LINES_MAX}"
    for f in functions(module.tree):
        doc = ast.get_docstring(f, clean=False)
        body = (f.end_lineno or f.lineno) - f.lineno + 1 - (doc.count("\n") + 1 if doc else 0)
        if body > BODY_LINES_MAX:
            yield f"{module.where}:{f.lineno}: `{f.name}` has {body} lines of code, at most {BODY_LINES_MAX}"
        count = len(parameters(f))
        if count > PARAMETERS_MAX and not is_command(f):
            yield f"{module.where}:{f.lineno}: `{f.name}` takes {count} parameters, at most {PARAMETERS_MAX}"


def check_docstrings(module: Module) -> Iterator[str]:
    tree = module.tree
    if not ast.get_docstring(tree):
        yield f"{module.where}:1: module has no docstring; say what it promises and what it refuses"
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield f"{module.where}:{node.lineno}: public `{node.name}` has no docstring"
    yield from (c for f in functions(tree) for c in check_arguments(module, f))


def check_arguments(module: Module, f: Function) -> Iterator[str]:
    section = re.search(r"^\s*Args:\n(.*?)(?:\n\s*\n|\Z)", ast.get_docstring(f) or "", re.S | re.M)
    told = set(re.findall(r"^\s{4}(\w+):", section[1], re.M)) if section else parameters(f)
    if told != parameters(f):
        extra, omitted = sorted(told - parameters(f)) or "nothing extra", sorted(parameters(f) - told) or "nothing"
        yield f"{module.where}:{f.lineno}: `{f.name}` documents {extra} and omits {omitted}"


def check_calls(module: Module) -> Iterator[str]:
    banned = {} if module.room == "app" else dict(CALLS_BANNED)
    if module.room in PURE and module.where not in MAY_OPEN:
        banned |= PURE_CALLS_BANNED
    for call in (n for n in ast.walk(module.tree) if isinstance(n, ast.Call)):
        name = dotted(call.func)
        for ban, instead in banned.items():
            if name == ban or name.endswith("." + ban):
                yield f"{module.where}:{call.lineno}: `{name}()` is banned here, {instead}"


def check_leftovers(module: Module) -> Iterator[str]:
    for number, line in enumerate(module.source.splitlines(), 1):
        if re.search(r"#.*\b(FIXME|XXX|TODO)\b|\bbreakpoint\(", line):
            yield f"{module.where}:{number}: left-over marker; open an issue and delete it"
    if Path(module.where).stem in NAMES_BANNED:
        yield f"{module.where}:1: `{Path(module.where).stem}` names no idea; name the module after what it hides"


def complaints(module: Module) -> list[str]:
    checks = check_budgets, check_docstrings, check_calls, check_leftovers
    return [complaint for check in checks for complaint in check(module)]


def modules() -> list[Path]:
    found = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
    assert found, f"no modules under {PACKAGE}: the style test would pass on nothing"
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_keeps_the_style(path: Path) -> None:
    """A module is within its budgets, documented, and calls nothing its floor may not."""
    found = complaints(Module(str(path.relative_to(PACKAGE.parent)), path.read_text()))
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(("where", "source", "expected"), [
    ("hashgrade/law/judge.py", '"""D."""\nfrom datetime import datetime\nx = datetime.now()\n', "take `now` as a"),
    ("hashgrade/fingerprints/pdq.py", '"""D."""\nx = open("f")\n', "take bytes or a path reader"),
    ("hashgrade/lookup.py", '"""D."""\n# TODO later\n', "left-over marker"),
    ("hashgrade/grading/helpers.py", '"""D."""\n', "names no idea"),
    ("hashgrade/lookup.py", '"""D."""\ndef f(a, b):\n    """D.\n\n    Args:\n        a: X.\n    """\n', "omits ['b']"),
    ("hashgrade/lookup.py", '"""D."""\ndef f(a, b, c, d, e, g, h):\n    """Do."""\n', "takes 7 parameters"),
    ("hashgrade/lookup.py", '"""D."""\ndef f():\n    """Do."""\n' + "    x = 1\n" * 61, "lines of code"),
    ("hashgrade/lookup.py", "x = 1\n", "module has no docstring"),
    ("hashgrade/lookup.py", '"""D."""\ndef f():\n    return 1\n', "has no docstring"),
])
def test_the_checks_bite(where: str, source: str, expected: str) -> None:
    """Each check finds the fault it is for."""
    assert any(expected in complaint for complaint in complaints(Module(where, source)))
