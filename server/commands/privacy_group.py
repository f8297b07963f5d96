"""The group `madoguchi privacy`: people's requests, disclosure, erasure, retention and the audit log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.commands.output import AsJson
from server.settings import Settings

group = typer.Typer(help="People's rights: disclosure, erasure, retention, the audit log.", no_args_is_help=True)
Customer = Annotated[int, typer.Argument(help="The customer's number.")]
Request = Annotated[int, typer.Argument(help="The request's number, as `privacy requests` shows it.")]


@group.command("disclose")
def disclose(
    customer: Customer,
    archive: Annotated[Path, typer.Argument(help="The ZIP to write.")],
    notes: Annotated[bool, typer.Option("--notes", help="With agents' internal notes.")] = False,
    looks: Annotated[bool, typer.Option("--looks/--no-looks", help="With who looked at the customer.")] = True,
) -> None:
    """Write everything that is kept of a customer into a ZIP, to read and for programs."""
    from server.commands import privacy

    privacy.disclose(Settings(), customer, archive, notes=notes, looks=looks)


@group.command("requests")
def requests(
    state: Annotated[str, typer.Option(help="open, closed or all.")] = "open", as_json: AsJson = False
) -> None:
    """List what people asked of us, the nearest deadline first."""
    from server.commands import privacy

    privacy.listed(Settings(), state, as_json)


@group.command("request")
def request(
    kind: Annotated[str, typer.Argument(help="disclosure, correction, stop or erasure.")],
    customer: Customer,
    identity: Annotated[str, typer.Option(help="How it was checked who they are.")] = "",
    received_by: Annotated[str, typer.Option(help="How it came: mail, phone, letter …")] = "",
    note: Annotated[str, typer.Option(help="What else is to be said.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write down what somebody asks; the day by which it must be answered follows."""
    from server.commands import privacy

    privacy.note(Settings(), kind, customer, identity, received_by, note, as_json)


@group.command("preview")
def preview(customer: Customer, as_json: AsJson = False) -> None:
    """Say what an erasure would take, what would stay and why."""
    from server.commands import privacy

    privacy.preview(Settings(), customer, as_json)


@group.command("erase")
def erase(
    request: Request,
    confirm: Annotated[str, typer.Option(help="The customer's number, once more.", prompt="Customer's number")],
) -> None:
    """Decide an erasure. The desk does it on its day; until then `privacy call-off` stops it."""
    from server.commands import privacy

    privacy.erase(Settings(), request, confirm)


@group.command("call-off")
def call_off(request: Request) -> None:
    """Call an erasure off before its day."""
    from server.commands import privacy

    privacy.call_off(Settings(), request)


@group.command("run")
def run(as_json: AsJson = False) -> None:
    """Do now what is due: erasures whose day has come, and a round of retention by the rules that are on."""
    from server.commands import privacy

    privacy.run(Settings(), as_json)


@group.command("retention")
def retention(as_json: AsJson = False) -> None:
    """Say what each rule of retention would take now."""
    from server.commands import privacy

    privacy.rules_now(Settings(), as_json)


@group.command("audit")
def audit(
    customer: Annotated[int, typer.Option(help="Of this customer; 0: of all.")] = 0,
    agent: Annotated[str, typer.Option(help="Of this agent, by address.")] = "",
    what: Annotated[str, typer.Option(help="look, export, disclosure, erasure …")] = "",
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Say who looked at whom, who took data out, and from where."""
    from server.commands import privacy

    privacy.audited(Settings(), customer, agent, what, limit, as_json)
