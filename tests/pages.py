"""The reference pages, and the parsed packs, as the code would write them.

`tests/test_docs.py` holds the committed pages equal to these; `make reference` rewrites them.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import typer.main
from pydantic import BaseModel

from hashgrade.cli.lazily import Lazily
from hashgrade.cli.root import commands
from hashgrade.errors import CATALOGUE
from hashgrade.law import Pack, crosswalk, load, vocabulary, yaml
from hashgrade.law.load import DATA, DAY
from hashgrade.law.pack import pack_ids
from hashgrade.settings import Settings
from tests import gallery

DOCS = Path(__file__).parents[1] / "docs"
NOTE = "<!-- Written from the code by `make reference`. -->\n"
ERRORS = """Every error says what is wrong, where, and what to do, with one of these codes. The exit code is 1 for
input that can be mended, 3 for an act refused, 4 where somebody was first, 5 where integrity is gone."""
SETTINGS = """A setting is a line of `hashgrade.toml` in the station, or an environment variable, which wins;
`--station`
wins over both. A name with a point is a key of a table: `[limits]` holds the limits."""
COMMANDS = """Each takes `--station DIR`, before or after its name; without it the station is `HASHGRADE_STATION`, else
`./station`. `--json` prints JSON, one object a line. Errors go to standard error, and the exit code is then not 0."""

FACTS = """Every fact can also be *unanswered*, when nobody was asked, or `cannot_determine`, when somebody was
asked and could not tell. 'Self-generated' never means that the child instigated it."""
SECTIONS = {"fact": "Facts that people answer", "derived": "Facts that follow from others", "field": "What an item has"}
CROSSWALKS = """Our values beside other people's codes. `exact` is sent and read back; `broader` (theirs covers more) is
sent and cannot be read back; `narrower` (theirs covers less) is read back and not sent; `none` has no counterpart."""
PACKS = """A verdict is indicative; legality is for a court. A `draft` has not been reviewed by counsel."""


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def errors() -> str:
    parts = ["# Errors", NOTE, ERRORS]
    for code in sorted(CATALOGUE):
        meaning = CATALOGUE[code]
        parts.append(f"## {code}\n\n*{meaning.kind}.* {meaning.means}\n\n**What to do:** {meaning.to_do}.")
    return "\n\n".join(parts) + "\n"


def settings() -> str:
    rows = list(_settings_rows(Settings, "", "HASHGRADE_"))
    return f"# Settings\n\n{NOTE}\n{SETTINGS}\n\n{table(['setting', 'environment', 'default', 'what it is'], rows)}\n"


def _settings_rows(model: type[BaseModel], prefix: str, variable: str) -> Iterator[list[str]]:
    for name, field in model.model_fields.items():
        default = field.default
        if isinstance(default, BaseModel):
            yield from _settings_rows(type(default), f"{prefix}{name}.", f"{variable}{name.upper()}__")
            continue
        shown = ", ".join(map(str, default)) if isinstance(default, tuple) else str(default)
        yield [f"`{prefix}{name}`", f"`{variable}{name.upper()}`", f"`{shown}`", field.description or ""]


def each_command() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, groups' commands after their group's name."""
    yield from _under("hashgrade", typer.main.get_command(commands))


def _under(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield name, command
        return
    for child in command.commands:
        yield from _under(f"{name} {child}", _imported(command, child))


def _imported(group: Any, name: str) -> Any:
    return group.imported(name) if isinstance(group, Lazily) else group.commands[name]


def command_pages() -> str:
    parts = ["# Commands", NOTE, COMMANDS]
    for name, command in each_command():
        parts.append(f"## {name}\n\n{_paragraphs(command.help or '')}\n\n{_usage(name, command)}")
    return "\n\n".join(parts) + "\n"


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _usage(name: str, command: Any) -> str:
    rows = []
    for param in command.params:
        if param.name == "help":
            continue
        names = param.opts if param.param_type_name == "option" else [param.metavar or param.name.upper()]
        rows.append([", ".join(f"`{name}`" for name in names), getattr(param, "help", None) or ""])
    return table(["argument or option", "what it is"], rows) if rows else "It takes no arguments."


def facts() -> str:
    book = vocabulary()
    parts = ["# Vocabulary", NOTE, f"Version {book.version}. {FACTS}"]
    for section, title in SECTIONS.items():
        rows = [_fact_row(fact) for fact in book.rows() if fact["section"] == section]
        parts.append(f"## {title}\n\n{table(['id', 'of', 'what it asks or says', 'values'], rows)}")
    return "\n\n".join(parts) + "\n"


def _fact_row(fact: Mapping[str, Any]) -> list[str]:
    values = ", ".join(f"`{value}` {name}" if name != value else f"`{value}`" for value, name in fact["values"].items())
    return [f"`{fact['id']}`", "child" if fact["level"] == "C" else "medium", fact["text"], values or fact["kind"]]


def packs() -> str:
    return "\n\n".join(["# Packs", NOTE, PACKS, *(_pack(load(name)) for name in pack_ids())]) + "\n"


def _pack(pack: Pack) -> str:
    row: Mapping[str, Any] = pack.row()
    rules = [[f"`{rule['rule']}`", rule["outcome"], row["sources"][rule["source"]]] for rule in row["rules"]]
    force = f"from {row['from'] or 'a day not established'}" + (f" until {row['until']}" if row["until"] else "")
    return "\n\n".join([
        f"## {pack.id}",
        f"{row['title']}. Version {row['version']}, in force {force}; **{row['review']}**. {row['note'] or ''}".strip(),
        "Outcomes, most severe first: " + ", ".join(f"`{id_}` {name}" for id_, name in row["outcomes"].items()) + ".",
        table(["rule", "outcome", "source"], rules),
        "Asks for: " + ", ".join(f"`{name}`" for name in row["facts"]) + ".",
        "Not modelled:\n\n" + "\n".join(f"- {line}" for line in row["not_modelled"]),
    ])


def crosswalks() -> str:
    return "\n\n".join(["# Crosswalks", NOTE, CROSSWALKS, *(_crosswalk(crosswalk.load(name))
                                                          for name in crosswalk.crosswalk_ids())]) + "\n"


def _crosswalk(one: crosswalk.Crosswalk) -> str:
    source = one.source
    read = f"read on {source.read}" if source.read else "general knowledge, not read"
    rows = [[f"`{ours}`" if ours != "-" else "", relation, theirs if theirs != "-" else "", reason]
            for ours, relation, theirs, reason in one.lines()]
    return "\n\n".join([
        f"## {one.id}", f"{one.title}. Version {one.version}.",
        f"Source: [{source.citation}]({source.link}), {read}. {source.note}",
        table(["ours", "relation", "theirs", "why not exactly"], rows)])


def parsed() -> str:
    """The package's YAML as plain trees, a file a line, for `law/load.py` to take instead of parsing it again."""
    files = [*DATA.glob("vocabulary/*.yaml"), *DATA.glob("packs/*/pack.yaml")]
    lines = [f"{json.dumps(str(path.relative_to(DATA)))}: {_entry(path.read_text())}" for path in sorted(files)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _entry(text: str) -> str:
    entry = {"sha256": sha256(text.encode()).hexdigest(), "tree": yaml.parsed(text).tree}
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"), default=_day)


def _day(value: object) -> dict[str, str]:
    assert type(value) is date, f"{value!r} cannot be written to parsed.json"
    return {DAY: value.isoformat()}


PAGES: dict[Path, Callable[[], str]] = {
    DOCS / "gallery.md": gallery.page,
    DOCS / "errors.md": errors,
    DOCS / "reference" / "settings.md": settings,
    DOCS / "reference" / "commands.md": command_pages,
    DOCS / "reference" / "vocabulary.md": facts,
    DOCS / "reference" / "packs.md": packs,
    DOCS / "reference" / "crosswalks.md": crosswalks,
    DATA / "parsed.json": parsed,
}
