"""The group `madoguchi sources`: stores of other systems; what each command does is imported when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.commands.output import AsJson
from server.settings import Settings

group = typer.Typer(help="Sources: stores of other systems that the desk reads.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="As `sources list` shows it.")]
Mapping = Annotated[str, typer.Argument(help="A mapping file (TOML), or the name of a ready-made one.")]
Set = Annotated[list[str], typer.Option("--set", help="name=value of a parameter; =@file reads it from a file.")]
Secrets = Annotated[bool, typer.Option("--secrets", help="Read name=value lines of secrets from standard input.")]


@group.command("list")
def listed(as_json: AsJson = False) -> None:
    """List the sources and how each is doing."""
    from server.commands import sources

    sources.listed(Settings(), as_json)


@group.command("ready")
def ready() -> None:
    """List the ready-made mappings."""
    from server.commands import sources

    sources.ready_made()


@group.command("mapping")
def mapping(name: Annotated[str, typer.Argument(help="A source, or a ready-made mapping.")]) -> None:
    """Print a mapping, to be looked at or changed."""
    from server.commands import sources

    sources.mapping(Settings(), name)


@group.command("add")
def add(
    mapping: Mapping,
    name: Annotated[str, typer.Option(help="What the source is called; the mapping's own name unless said.")] = "",
    given: Set = [],  # noqa: B006
    secrets: Secrets = False,
    every: Annotated[int, typer.Option(help="Minutes between pulls; 0: as the mapping says.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Add a source; the running desk begins to pull it at once."""
    from server.commands import sources

    sources.add(Settings(), mapping, name, given, secrets, every, as_json)


@group.command("set")
def change(
    name: Name,
    mapping: Annotated[Path | None, typer.Option(help="A new mapping file.")] = None,
    given: Set = [],  # noqa: B006
    secrets: Secrets = False,
    every: Annotated[int, typer.Option(help="Minutes between pulls.")] = 0,
    compare_every: Annotated[int, typer.Option(help="Days between comparisons; 0: none by themselves.")] = -1,
    enabled: Annotated[bool | None, typer.Option("--on/--off", help="Whether it is pulled.")] = None,
) -> None:
    """Change a source; what is not said stays."""
    from server.commands import sources

    sources.change(Settings(), name, mapping, given, secrets, every, compare_every, enabled)


@group.command("try")
def attempt(
    mapping: Annotated[str, typer.Argument(help="A mapping file, a ready-made mapping, or a source.")],
    given: Set = [],  # noqa: B006
    secrets: Secrets = False,
    file: Annotated[Path | None, typer.Option(help="For a source of the kind file.")] = None,
    limit: Annotated[int, typer.Option(help="Records of each stream.")] = 20,
    as_json: AsJson = False,
) -> None:
    """A dry run: what would be learned of the first records. Exit status 1 if something is refused."""
    from server.commands import sources

    raise typer.Exit(sources.attempt(Settings(), mapping, given, secrets, file, limit, as_json))


@group.command("pull")
def pull(
    name: Name,
    everything: Annotated[bool, typer.Option("--all", help="Everything, and not only what changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Pull what changed since the last time. Exit status 1 if it broke off."""
    from server.commands import sources

    raise typer.Exit(sources.pull(Settings(), name, everything, as_json))


@group.command("take")
def take(name: Name, file: Path, as_json: AsJson = False) -> None:
    """Give a source of the kind file a CSV, TSV or XLSX."""
    from server.commands import sources

    sources.take(Settings(), name, file, as_json)


@group.command("failures")
def failures(
    name: Name,
    state: Annotated[str, typer.Option(help="open, ignored or all.")] = "open",
    limit: Annotated[int, typer.Option(help="How many, the latest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List records that could not be read, and why."""
    from server.commands import sources

    sources.failures(Settings(), name, state, limit, as_json)


@group.command("retry")
def retry(
    name: Name,
    ids: Annotated[list[int] | None, typer.Argument(help="Failures; none: all that are open.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read failed records again. Exit status 1 if one still cannot be."""
    from server.commands import sources

    raise typer.Exit(sources.retry(Settings(), name, ids or [], as_json))


@group.command("ignore")
def ignore(ids: list[int]) -> None:
    """Look away from failures, until their records can be read."""
    from server.commands import sources

    sources.ignore(Settings(), ids)


@group.command("schemas")
def schemas(
    name: Name,
    accept: Annotated[int, typer.Option(help="Say of this change, and those before it, that it is well.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List what changed in the source's schema."""
    from server.commands import sources

    sources.schemas(Settings(), name, accept, as_json)


@group.command("compare")
def compare(name: Name, as_json: AsJson = False) -> None:
    """Count and compare both sides. Exit status 1 if something differs."""
    from server.commands import sources

    raise typer.Exit(sources.compare(Settings(), name, as_json))


@group.command("remove")
def remove(name: Name) -> None:
    """Take a source away; what was learned from it stays."""
    from server.commands import sources

    sources.remove(Settings(), name)
