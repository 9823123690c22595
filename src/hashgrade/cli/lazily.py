"""Groups of commands that import a command's module when that command is asked for, and no other's."""

from collections.abc import Mapping
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
        return typer.main.get_group(holder).commands[name]
