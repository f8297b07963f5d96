"""The commands `madoguchi import` and `madoguchi export`: customers and orders as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.commands.output import AsJson
from server.settings import Settings

import_ = typer.Typer(help="Customers and orders out of Excel and CSV files.", no_args_is_help=True)
export = typer.Typer(help="Customers and orders as files for Excel.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="A .csv, .tsv or .xlsx file.")]
What = Annotated[str, typer.Option(help="customers or orders; guessed unless given.")]
Sheet = Annotated[str, typer.Option(help="The sheet of a workbook; the first unless given.")]
Header = Annotated[int, typer.Option(help="The row of the column names; found unless given.")]


@import_.command("look")
def look(file: File, what: What = "", sheet: Sheet = "", header: Header = 0, as_json: AsJson = False) -> None:
    """Show how a file would be read: its character set, what each column is taken for, and examples."""
    from server.commands import exchanging

    exchanging.look(Settings(), file, what, sheet, header, as_json)


@import_.command("fields")
def fields(as_json: AsJson = False) -> None:
    """List what a column can be, for --map."""
    from server.commands import exchanging

    exchanging.fields(Settings(), as_json)


@import_.command("file")
def file(
    file: File,
    what: What = "",
    sheet: Sheet = "",
    header: Header = 0,
    column: Annotated[
        list[str], typer.Option("--map", help="Header=field, as often as needed; Header= leaves out.")
    ] = [],  # noqa: B006
    source: Annotated[str, typer.Option(help="Whose numbers these are: shop, erp …")] = "",
    existing: Annotated[str, typer.Option(help="Known ones: update, fill, skip or new.")] = "",
    twice: Annotated[str, typer.Option(help="What the file has twice: later, first or refuse.")] = "",
    dates: Annotated[str, typer.Option(help="04/05/2025 is ymd (refused), mdy or dmy.")] = "",
    leave: Annotated[bool, typer.Option("--leave", help="Leave out cells that cannot be read.")] = False,
    unverified: Annotated[bool, typer.Option("--unverified", help="Recognise nobody by mail or telephone.")] = False,
    trial: Annotated[bool, typer.Option("--try", help="Only try it: nothing is written.")] = False,
    refused: Annotated[Path | None, typer.Option(help="Write the refused rows here, with their reasons.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take a file in, or try it. Interrupted, it goes on in the running desk. Exit status 1 if rows are refused."""
    from server.commands import exchanging

    chosen = {"source": source, "existing": existing, "twice": twice, "day_order": dates}
    wanted = exchanging.Wanted(
        file=file,
        what=what,
        sheet=sheet,
        header=header,
        columns=column,
        given={name: value for name, value in chosen.items() if value}
        | ({"unreadable": "leave"} if leave else {})
        | ({"verified": False} if unverified else {}),
        trial=trial,
        refused=refused,
    )
    raise typer.Exit(exchanging.take(Settings(), wanted, as_json))


@import_.command("list")
def listed(as_json: AsJson = False) -> None:
    """List the imports, newest first."""
    from server.commands import exchanging

    exchanging.listed(Settings(), as_json)


@import_.command("undo")
def undo(id: Annotated[int, typer.Argument(help="As `import list` shows it.")], as_json: AsJson = False) -> None:
    """Take an import back. What somebody changed since stays, and is listed."""
    from server.commands import exchanging

    exchanging.undo(Settings(), id, as_json)


@import_.command("cancel")
def cancel(id: Annotated[int, typer.Argument(help="As `import list` shows it.")]) -> None:
    """Stop an import that is under way; what was taken in stays."""
    from server.commands import exchanging

    exchanging.cancel(Settings(), id)


@import_.command("go-on")
def go_on(id: Annotated[int, typer.Argument(help="As `import list` shows it.")], as_json: AsJson = False) -> None:
    """Go on with an import that was cancelled or broke off, from where it stopped."""
    from server.commands import exchanging

    raise typer.Exit(exchanging.go_on(Settings(), id, as_json))


Out = Annotated[Path, typer.Argument(help="The file to write: .xlsx, .csv or .tsv.")]
Encoding = Annotated[str, typer.Option(help="Of .csv and .tsv: utf-8 (with BOM) or cp932.")]
Segment = Annotated[str, typer.Option(help="Only the customers of this segment, by name.")]
Search = Annotated[str, typer.Option(help="Only customers whom these words find, at most 200.")]
Language = Annotated[str, typer.Option(help="Of the column names: ja or en.")]


@export.command("customers")
def customers(
    file: Out, encoding: Encoding = "utf-8", segment: Segment = "", search: Search = "", language: Language = "ja"
) -> None:
    """Write customers, without those who are not to be in lists. What does not fit into CP932 is told."""
    from server.commands import exchanging

    exchanging.export(Settings(), "customers", file, encoding, segment, search, language)


@export.command("orders")
def orders(
    file: Out, encoding: Encoding = "utf-8", segment: Segment = "", search: Search = "", language: Language = "ja"
) -> None:
    """Write orders, one line a row. What does not fit into CP932 is told."""
    from server.commands import exchanging

    exchanging.export(Settings(), "orders", file, encoding, segment, search, language)
