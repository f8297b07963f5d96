"""The pages of letters: where each stands, what the network said, and sending it again or calling it back."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from server import accounts, delivery, tickets
from server.database import Transaction
from server.delivery import Envelope, LetterRow
from server.errors import DeskError, NotFound
from server.web.admin.frame import agent, database, done, number, page, tried, typed
from server.web.doors import DOORS

STATES = (
    "waiting", "sending", "delivered", "arrived", "delayed", "failed", "bounced", "complained", "held", "recalled",
)  # fmt: skip


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/letters", index),
        web.get("/admin/letters/{id}", show),
        web.post("/admin/letters/{id}", change),
    ]


async def index(request: web.Request) -> web.Response:
    """Letters, newest first, of a state, to an address."""
    await agent(request, "lead")
    asked, recipient = request.query.get("state", ""), request.query.get("to", "").strip()
    state = asked if asked in STATES else None
    found = await database(request).read(
        delivery.letters, state=state, recipient=recipient or None, after=request.query.get("after")
    )
    return await page(request, "letters.html", letters=found, state=state or "", states=STATES, recipient=recipient)


async def show(request: web.Request) -> web.Response:
    """One letter with every try."""
    await agent(request, "lead")
    return await _show(request)


async def change(request: web.Request) -> web.StreamResponse:
    """Send it again, or call it back before it left."""
    lead, data, id = await agent(request, "lead"), await typed(request), number(request)
    act, word = (tickets.take_back, "recalled") if data.get("do") == "recall" else (delivery.resend, "resent")
    _, error = await tried(database(request).write(act, lead, id))
    return await _show(request, error=error) if error else done(f"/admin/letters/{id}", word)


async def _show(request: web.Request, *, error: DeskError | None = None) -> web.Response:
    letter, envelope, tries = await database(request).read(_whole, number(request))
    return await page(
        request,
        "letter.html",
        error=error,
        letter=letter,
        envelope=envelope,
        tries=tries,
        account=(await database(request).read(accounts.view, request.app[DOORS].keys, letter.account)).name,
    )


def _whole(tx: Transaction, id: int) -> tuple[LetterRow, Envelope, Any]:
    """A letter, what is in it, and every try. Raises `NotFound`."""
    rows = delivery.letters(tx, after=str(id + 1), limit=1).items
    if not rows or rows[0].id != id:
        raise NotFound("There is no letter {id}.", id=id)
    body = tx.value("SELECT body FROM letter WHERE id = :id", id=id)
    return rows[0], msgspec.convert(body, Envelope), delivery.tries(tx, id)
