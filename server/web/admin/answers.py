"""The pages of automatic answers: where they are on, a rehearsal before, when they step back, what is said besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from server.accounts.desk_settings import LANGUAGES, Texts
from server.answers import acknowledging, queries, settings, stepping_back
from server.answers.settings import AnswerSettings, BesideTexts, Policy, SettingsChange
from server.customers import segments
from server.errors import DeskError
from server.faq import queries as articles
from server.web.admin.frame import agent, chosen, database, done, number, page, tried, typed

GROUPS = ("person", "angry", "sensitive")
KINDS = ("email", "form", "line", "webchat")


def routes() -> list[web.RouteDef]:
    """All of them."""
    return [
        web.get("/admin/answers", show),
        web.post("/admin/answers", switch),
        web.post("/admin/answers/manners", behave),
        web.post("/admin/answers/texts", say),
        web.get("/admin/answers/{id}", rehearse),
    ]


async def show(request: web.Request) -> web.Response:
    """Everything on one page."""
    await agent(request)
    return await _show(request)


async def switch(request: web.Request) -> web.StreamResponse:
    """Switch accounts on or off."""
    admin, data = await agent(request), await typed(request)
    before = await database(request).read(settings.read)
    policies = {
        account: msgspec.structs.replace(
            before.policy(int(account)),
            on=data.get(f"on.{account}") == "on",
            when=data.get(f"when.{account}", "always"),
            offer=data.get(f"offer.{account}") == "on",
        )
        for account in data.getall("account", [])
        if account.isdecimal() and len(account) < 18
    }
    return await _save(request, admin, SettingsChange(accounts=policies))


async def behave(request: web.Request) -> web.StreamResponse:
    """When the desk steps back."""
    admin, data = await agent(request), await typed(request)
    words = {
        group: {language: _lines(data.get(f"words.{group}.{language}", "")) for language in LANGUAGES}
        for group in GROUPS
    }
    if data.get("do") == "defaults":
        words = {}
    change = SettingsChange(
        most_in_a_row=chosen(data.get("most_in_a_row")) or 0,
        person_hours=chosen(data.get("person_hours")) or 0,
        least_precision=(chosen(data.get("least_precision")) or 0) / 100,
        segments_never=data.getall("segments_never", []),
        words=words,
    )
    return await _save(request, admin, change)


async def say(request: web.Request) -> web.StreamResponse:
    """What is said when a conversation begins: promises, words outside opening hours, words of one channel alone."""
    admin, data = await agent(request), await typed(request)
    expected = {
        kind: int(minutes)
        for kind in KINDS
        if (minutes := str(data.get(f"expected.{kind}", "")).strip()).isdecimal() and len(minutes) < 7
    }
    letters = {
        language: Texts(str(data.get(f"away_subject.{language}", "")), _text(data.get(f"away_letter.{language}", "")))
        for language in LANGUAGES
    }
    change = SettingsChange(
        away=data.get("away") == "on",
        expected=expected,
        away_letter={
            name: texts for name, texts in letters.items() if texts != acknowledging.AWAY[name] and texts.text
        },
        away_brief=_own(data, "away_brief", acknowledging.AWAY_BRIEF),
        handover=data.get("handover") == "on",
        handover_brief=_own(data, "handover_brief", stepping_back.BRIEF),
        handover_away=_own(data, "handover_away", stepping_back.BRIEF_CLOSED),
        texts={
            kind: {
                language: BesideTexts(
                    acknowledgement=_text(data.get(f"text.{kind}.{language}", "")),
                    away=_text(data.get(f"away.{kind}.{language}", "")),
                )
                for language in LANGUAGES
            }
            for kind in KINDS
        },
    )
    return await _save(request, admin, change)


async def rehearse(request: web.Request) -> web.Response:
    """What an account would have said in the last thirty days."""
    await agent(request)
    store, account = database(request), number(request)
    found = await store.read(queries.rehearsal, account)
    standing = next((one for one in await store.read(queries.standings) if one.account == account), None)
    return await page(request, "answers_rehearsal.html", found=found, standing=standing)


async def _save(request: web.Request, admin: Any, change: SettingsChange) -> web.StreamResponse:
    _, error = await tried(database(request).write(settings.write, admin, change))
    return await _show(request, error) if error else done("/admin/answers", "saved")


async def _show(request: web.Request, error: DeskError | None = None) -> web.Response:
    store = database(request)
    decided: AnswerSettings = await store.read(settings.read)
    return await page(
        request,
        "answers.html",
        error=error,
        decided=decided,
        accounts=await store.read(queries.standings),
        policy=lambda account: decided.accounts.get(str(account), Policy()),
        groups=GROUPS,
        kinds=KINDS,
        languages=LANGUAGES,
        segments=await store.read(segments.all),
        away=acknowledging.AWAY,
        away_brief=acknowledging.AWAY_BRIEF,
        handover=stepping_back.words,
        articles=await store.read(articles.any_live),
    )


def _own(data: Any, name: str, usual: Mapping[str, str]) -> dict[str, str]:
    """Words by language, as far as they are others than those that ship."""
    typed = {language: _text(data.get(f"{name}.{language}", "")) for language in LANGUAGES}
    return {language: text for language, text in typed.items() if text and text != usual[language]}


def _lines(text: Any) -> list[str]:
    return list(dict.fromkeys(line for each in str(text).splitlines() if (line := each.strip())))


def _text(text: Any) -> str:
    return str(text).replace("\r\n", "\n").strip()
