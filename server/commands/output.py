"""How commands answer: tables for people, JSON for programs, errors in one line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from server.errors import DeskError, Invalid

console = Console()
errors = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def show(value: Any, *, as_json: bool, columns: Sequence[str] = (), title: str = "") -> None:
    """Print a list of views as a table with these columns, or anything as JSON."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
        return
    table = Table(title=title or None, title_justify="left")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in value:
        table.add_row(*(_cell(getattr(row, column)) for column in columns))
    console.print(table)


def say(text: str) -> None:
    """One line for a person."""
    console.print(text, highlight=False)


def fail(error: DeskError) -> int:
    """What went wrong, and the exit status."""
    if isinstance(error, Invalid) and error.fields:
        for name, words in error.fields.items():
            errors.print(f"[red]{name}[/]: {words}", highlight=False)
    else:
        errors.print(f"[red]{error}[/]", highlight=False)
    return 1


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.strftime("%Y-%m-%d %H:%M:%S") if hasattr(value, "strftime") else str(value)
