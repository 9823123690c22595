"""A bar for commands that take long."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def progress(what: str, *, lines_follow: bool = False) -> Iterator[Progress]:
    """Show how far a long command is, on standard error and on a terminal only.

    Args:
        what: What is being done, in a word or two.
        lines_follow: The command prints a line a thing, so a bar would only cut into them on a terminal.
    """
    console = Console(stderr=True)
    shown = console.is_terminal and not (lines_follow and sys.stdout.isatty())
    columns = SpinnerColumn(), TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    # Left alone, rich would send what is printed to standard output to its own console.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, disable=not shown) as bar:
        yield bar


@contextmanager
def telling(what: str) -> Iterator[Callable[[int, int], None]]:
    """Give what a long act may call with how much is done, of how much (0 while nobody knows), and show it as a bar.

    Args:
        what: What is being done, in a word or two.
    """
    with progress(what) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of or None)
