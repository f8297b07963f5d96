"""Automatic answers: where they are on, what they would have said, how they do, and what was tried on a ticket."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from server.answers import queries, settings
from server.answers.settings import AnswerSettings, SettingsChange
from server.answers.views import AttemptView, Rehearsal, Standing
from server.web.api.shapes import Id
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Query

api = Api()


class RehearsalQuery(Query, frozen=True, kw_only=True):
    """Which account, and how many days are looked back over."""

    account: Id
    days: Annotated[int, Meta(ge=1, le=365)] = 30


@api.get("/answer-settings", "What is decided of automatic answers")
async def decided(call: Call) -> AnswerSettings:
    """Accounts, when the desk steps back, opening hours, and what is said besides answers."""
    return await call.read(settings.read)


@api.patch("/answer-settings", "Decide about automatic answers", scope="admin")
async def decide(call: Call, form: SettingsChange) -> AnswerSettings:
    """What is left out stays, also accounts that are not named. Nothing that came before is answered."""
    return await call.write(settings.write, form)


@api.get("/answer-rehearsal", "What would have been answered")
async def rehearsal(call: Call, query: RehearsalQuery) -> Rehearsal:
    """From the suggestions that were kept: how many, how surely right, the newest of them."""
    return await call.read(queries.rehearsal, query.account, query.days)


@api.get("/answer-standings", "How automatic answers do")
async def standings(call: Call) -> list[Standing]:
    """Account by account, of the last 90 days: answered, solved, wrong, and why others were left to people."""
    return await call.read(queries.standings)


@api.get("/tickets/{number}/attempts", "What was tried on a ticket by itself")
async def attempts(call: Call, number: Number) -> list[AttemptView]:
    """Message by message: answered, offered, or left to people and why; and what the customer said of it."""
    return await call.read(queries.attempts, number)
