"""The group `madoguchi webhooks`: outgoing webhooks; what each command does is imported when it is asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from server.commands.output import AsJson
from server.settings import Settings

group = typer.Typer(help="Outgoing webhooks: who hears what happens here.", no_args_is_help=True)
Id = Annotated[int, typer.Argument(help="As `webhooks list` shows it.")]


@group.command("list")
def listed(as_json: AsJson = False) -> None:
    """List the webhooks and how each is doing."""
    from server.commands import webhooks

    webhooks.listed(Settings(), as_json)


@group.command("kinds")
def kinds(as_json: AsJson = False) -> None:
    """List the kinds of events that can be heard of."""
    from server.commands import webhooks

    webhooks.kinds(as_json)


@group.command("add")
def add(
    url: Annotated[str, typer.Argument(help="https://…")],
    name: Annotated[str, typer.Option(help="Who hears; the host unless said.")] = "",
    kind: Annotated[list[str], typer.Option("--kind", help="ticket.resolved, order.*, …; all unless said.")] = [],  # noqa: B006
    thin: Annotated[bool, typer.Option("--thin", help="Only say what changed and where it is.")] = False,
    skip: Annotated[list[str], typer.Option("--skip-source", help="Not what came from this source.")] = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Add a webhook, and print its secret, this once."""
    from server.commands import webhooks

    webhooks.add(Settings(), url, name, kind or ["*"], not thin, skip, as_json)


@group.command("test")
def test(id: Id, as_json: AsJson = False) -> None:
    """Send a signed test, and say what came back. Exit status 1 if it did not get through."""
    from server.commands import webhooks

    raise typer.Exit(webhooks.test(Settings(), id, as_json))


@group.command("log")
def log(
    id: Id,
    state: Annotated[str, typer.Option(help="waiting, sending, delivered, failed or skipped.")] = "",
    kind: Annotated[str, typer.Option(help="A kind of event.")] = "",
    q: Annotated[str, typer.Option("--find", help="An id, a subject (ticket:12), words of a body or an answer.")] = "",
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what was sent and what waits."""
    from server.commands import webhooks

    webhooks.log(Settings(), id, state, kind, q, limit, as_json)


@group.command("show")
def show(message: Annotated[int, typer.Argument(help="As `webhooks log` shows it.")]) -> None:
    """Print one message with what was sent and every try, as JSON."""
    from server.commands import webhooks

    webhooks.message(Settings(), message)


@group.command("replay")
def replay(
    id: Id,
    since: Annotated[datetime | None, typer.Option(help="Everything since then, in the desk's time zone.")] = None,
    message: Annotated[int | None, typer.Option(help="Or one message of the log.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what failed.")] = False,
) -> None:
    """Send again under the same ids; the running desk does it."""
    from server.commands import webhooks

    webhooks.replay(Settings(), id, since, message, failed)


@group.command("rotate")
def rotate(id: Id, hours: Annotated[int, typer.Option(help="How long the former secret signs as well.")] = 24) -> None:
    """Make a new secret, and print it, this once."""
    from server.commands import webhooks

    webhooks.rotate(Settings(), id, hours)


@group.command("pause")
def pause(id: Id) -> None:
    """Send nothing until it is resumed; nothing is lost."""
    from server.commands import webhooks

    webhooks.pause(Settings(), id)


@group.command("resume")
def resume(
    id: Id, skip: Annotated[bool, typer.Option("--skip", help="Leave out what waits, and go on from now.")] = False
) -> None:
    """Go on where it stopped."""
    from server.commands import webhooks

    webhooks.resume(Settings(), id, skip)


@group.command("remove")
def remove(id: Id) -> None:
    """Take a webhook away with its log."""
    from server.commands import webhooks

    webhooks.remove(Settings(), id)
