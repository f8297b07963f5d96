"""Commands about outgoing webhooks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from server import webhooks
from server.accounts import desk_settings
from server.agents import DESK
from server.app import Parts, assemble
from server.commands.output import console, say, show
from server.commands.upkeep import needs
from server.errors import Invalid
from server.settings import Settings
from server.webhooks import DeliveryDetail, WebhookDraft


class _Kind(NamedTuple):
    kind: str
    words: str


def listed(settings: Settings, as_json: bool) -> None:
    """Every webhook."""
    found = _parts(settings).database.read_now(webhooks.all)
    show(found, as_json=as_json, columns=("id", "name", "url", "state", "words", "waiting", "failed", "delivered_at"))


def kinds(as_json: bool) -> None:
    """Every kind of event."""
    show([_Kind(*one) for one in webhooks.KINDS.items()], as_json=as_json, columns=("kind", "words"))


def add(settings: Settings, url: str, name: str, chosen: list[str], full: bool, skip: list[str], as_json: bool) -> None:
    """Add one; its secret."""
    parts = _parts(settings)
    draft = WebhookDraft(
        name=name or urlsplit(url).hostname or url, url=url, kinds=chosen, full=full, skip_sources=skip
    )
    made = parts.database.write_now(webhooks.add, DESK, draft, keys=parts.keys)
    if as_json:
        show(made, as_json=True)
        return
    say(f"Webhook {made.id} was added. Try it: madoguchi webhooks test {made.id}")
    say(f"Its secret, shown this once: {made.secret}")


def test(settings: Settings, id: int, as_json: bool) -> int:
    """Send a test; the exit status."""
    tested = asyncio.run(_test(_parts(settings), id))
    arrived = tested.state == "delivered"
    if as_json:
        show(tested, as_json=True)
    else:
        say(f"{'[green]✓[/]' if arrived else '[red]✗[/]'} {tested.words} ({tested.tries[0].milliseconds} ms)")
        if tested.tries[0].answer:
            console.print(tested.tries[0].answer, markup=False, highlight=False)
    return 0 if arrived else 1


async def _test(parts: Parts, id: int) -> DeliveryDetail:
    try:
        return await parts.webhooks.test(id)
    finally:
        await parts.webhooks.close()
        await parts.desk.close()
        await parts.database.close()


def log(settings: Settings, id: int, state: str, kind: str, q: str, limit: int, as_json: bool) -> None:
    """What was sent, newest first."""
    page = _parts(settings).database.read_now(webhooks.log, id, state=state, kind=kind, q=q, limit=limit)
    show(
        page.items,
        as_json=as_json,
        columns=("id", "at", "kind", "subject", "state", "attempts", "status", "words", "next_at"),
    )


def message(settings: Settings, id: int) -> None:
    """One message, as JSON."""
    show(_parts(settings).database.read_now(webhooks.delivery, id), as_json=True)


def replay(settings: Settings, id: int, since: datetime | None, message: int | None, failed: bool) -> None:
    """Send one message again, or what happened since a moment. Raises `Invalid` when neither is said, or both."""
    if (since is None) == (message is None):
        raise Invalid("Say --since or --message.")
    database = _parts(settings).database
    if message is not None:
        if database.read_now(webhooks.delivery, message).webhook != id:
            raise Invalid("Message {message} is not one of webhook {id}.", message=message, id=id)
        database.write_now(webhooks.replay, DESK, message)
        say("It is being sent again.")
        return
    assert since is not None
    moment = since.replace(tzinfo=since.tzinfo or database.read_now(desk_settings.read).zone).astimezone(UTC)
    again = database.write_now(webhooks.replay_since, DESK, id, moment, failed_only=failed)
    say(f"{again} messages of the log are sent again" + ("." if failed else ", and what else happened since then."))


def rotate(settings: Settings, id: int, hours: int) -> None:
    """A new secret."""
    parts = _parts(settings)
    overlap = timedelta(hours=max(hours, 0))
    made = parts.database.write_now(webhooks.renew_secret, DESK, id, keys=parts.keys, overlap=overlap)
    say(f"The new secret, shown this once: {made.secret}")
    if made.former_secret_until is not None:
        say(f"The former one signs as well until {made.former_secret_until:%Y-%m-%d %H:%M} UTC.")


def pause(settings: Settings, id: int) -> None:
    """Rest."""
    _parts(settings).database.write_now(webhooks.pause, DESK, id)
    say("It rests now. Nothing is lost.")


def resume(settings: Settings, id: int, skip: bool) -> None:
    """Go on."""
    _parts(settings).database.write_now(webhooks.resume, DESK, id, skip=skip)
    say("It goes on.")


def remove(settings: Settings, id: int) -> None:
    """Take it away."""
    _parts(settings).database.write_now(webhooks.remove, DESK, id)
    say("It was removed.")


def _parts(settings: Settings) -> Parts:
    parts = assemble(settings)
    needs(parts)
    return parts
