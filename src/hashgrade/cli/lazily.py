"""Groups of commands that import a command's module when that command is asked for, and no other's."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any, ClassVar, Final

import typer
from typer.core import TyperCommand, TyperGroup

MARKUP: Final = "markdown"

Table = Mapping[str, tuple[str, str]]
"""By name, where a command is (`module:function`, or `module:group`), and the first paragraph of its help."""


class Lazily(TyperGroup):
    """A group that knows its commands by a table, so that one command does not wait for the imports of all.

    Help, and the nearest name to a misspelt one, need the table only.
    """

    table: ClassVar[Table]

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = {name: TyperCommand(name, callback=None, help=line, rich_markup_mode=MARKUP)
                         for name, (_, line) in self.table.items()}
        lighten(self)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that `args` name, imported, and the words that are its own."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, self.imported(str(name)), rest

    def imported(self, name: str) -> Any:
        """The command itself, of which `commands` has no more than name and line."""
        module, _, attribute = self.table[name][0].partition(":")
        found = getattr(import_module(module), attribute)
        holder = typer.Typer(rich_markup_mode=MARKUP)
        if isinstance(found, typer.Typer):
            holder.add_typer(found, name=name)
        else:
            holder.command(name)(found)
        made = typer.main.get_group(holder).commands[name]
        lighten(made)
        return made


def lighten(command: Any) -> None:
    """Let a command, and those below it, take what needs no reading as it is, and the rest from typer as ever."""
    command.get_params = partial(_light, command.get_params)
    for child in getattr(command, "commands", {}).values():
        lighten(child)


def _light(params: Callable[[Any], list[Any]], ctx: Any) -> list[Any]:
    found = params(ctx)
    for param in found:
        if not isinstance(param.process_value, partial):
            param.process_value = partial(_processed, param, param.process_value)
    return found


def _processed(param: Any, by_typer: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    """What typer makes of a value, but without typer where there is none or it is of its type already.

    Typer reads all values by pydantic, which takes longer to import than `law judge` takes for all of its work.
    """
    described = getattr(param, "type_descriptor", None)
    kind = described.annotation if described and not described.parameter_info.parser else None
    if value is None and not param.required:
        value = () if param.multiple or param.nargs == -1 else None
    elif kind == list[str] and isinstance(value, list | tuple) and value:
        value = list(value)
    elif type(value) is not kind:
        return by_typer(ctx, value)
    return param.callback(ctx, param, value) if param.callback else value
