"""The words of a kind of notices: written, looked at on real and made-up orders, tried on oneself, taken back; and the
page of all values that they may speak of."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import msgspec
from aiohttp import web

from server.database import now
from server.errors import DeskError
from server.notices import filters, reference, samples, templates, trying, wording
from server.notices.templates import TemplateDraft
from server.notices.trying import About, PreviewView
from server.web.admin.frame import agent, chosen, database, done, page, saw, tried, typed
from server.web.doors import DOORS
from server.web.pages import asset_url, language_of

MOST_TEXT = 20_000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:;"
    " frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Of a previewed letter, which has its styles inline, as mail programs want them. It stands in a frame of its own, and
a mail's HTML in a sandboxed one within."""


class Written(NamedTuple):
    """What became of a form of words: an answer, or what is wrong with what was typed."""

    answer: web.StreamResponse | None
    error: DeskError | None
    draft: TemplateDraft
    about: About


async def write(request: web.Request) -> Written:
    """Write the words, look at what they would make, go back to earlier ones, or send them to oneself."""
    caller, data = await agent(request, "lead"), await typed(request)
    name, (channel, language) = request.match_info["kind"], place(request)
    draft = TemplateDraft(
        subject=str(data.get("subject", ""))[:500],
        text=str(data.get("text", ""))[:MOST_TEXT],
        html=str(data.get("html", ""))[:MOST_TEXT],
        card=str(data.get("card", ""))[:MOST_TEXT],
    )
    about = _about(data)
    store = database(request)
    error: DeskError | None
    match data.get("do"):
        case "look":
            return Written(await _letter(request, draft, about), None, draft, about)
        case "test":
            to = str(data.get("to", "")).strip() or (caller.email if channel == "email" else "")
            _, error = await tried(store.write(trying.send_test, caller, name, channel, language, to, draft, about))
        case "back":
            version = chosen(data.get("version")) or 0
            _, error = await tried(store.write(templates.roll_back, caller, name, channel, language, version))
        case _:
            seen = chosen(data.get("seen")) or 0
            _, error = await tried(store.write(templates.save, caller, name, channel, language, draft, seen=seen))
    if error is not None:
        return Written(None, error, draft, about)
    what = "test-sent" if data.get("do") == "test" else "saved"
    answer = done(f"/admin/notice-kinds/{name}", what, channel=channel, language=language)
    return Written(answer, None, draft, about)


async def letter(request: web.Request) -> web.Response:
    """The letter that the words which are sent now make: what the frame beside the form shows."""
    await agent(request, "lead")
    return await _letter(request, None, _about(request.query))


async def all_values(request: web.Request) -> web.Response:
    """Every value and filter, with an example of each."""
    await agent(request, "lead")
    language = language_of(request)
    return await page(request, "notice_values.html", values=reference.all(language, now()), filters=filters.EXAMPLES)


async def context(
    request: web.Request, *, draft: TemplateDraft | None = None, about: About | None = None
) -> dict[str, Any]:
    """What the form of the words shows. Raises `NotFound` for a kind that there is not."""
    name, (channel, language) = request.match_info["kind"], place(request)
    store = database(request)
    versions = await store.read(templates.versions, name, channel, language)
    newest = versions[0]
    changed = None
    asked = request.query.get("diff", "")
    if asked.isdecimal() and len(asked) < 8:
        older = max((each.version for each in versions if each.version < int(asked)), default=0)
        changed, _ = await tried(store.read(templates.diff, name, channel, language, older, int(asked)))
    return {
        "channel": channel,
        "words_in": language,
        "versions": versions,
        "changed": changed,
        "draft": draft or TemplateDraft(subject=newest.subject, text=newest.text, html=newest.html, card=newest.card),
        "unsaved": draft is not None,
        "about": about or _about(request.query),
        "samples": samples.SAMPLES,
        "layout": name == wording.LAYOUT,
        "channels": ("email",) if name == wording.LAYOUT else wording.CHANNELS,
        "languages": templates.LANGUAGES,
        "line_contacts": await store.read(trying.line_contacts) if channel == "line" else [],
        "built": partial(asset_url, request.app[DOORS]),
    }


async def _letter(request: web.Request, draft: TemplateDraft | None, about: About) -> web.Response:
    """The previewed letter as a page of its own; with what is wrong in the place of what cannot be made."""
    name, (channel, language) = request.match_info["kind"], place(request)
    made: PreviewView | None = None
    error: DeskError | None = None
    if draft is None or draft.text.strip():
        try:
            made = await database(request).read(trying.preview, name, channel, language, draft, about)
        except DeskError as failure:
            error = failure
    if made is not None and made.customer is not None:
        saw(request, await agent(request, "lead"), made.customer)
    response = await page(
        request,
        "notice_letter.html",
        made=made,
        wrong=error,
        card=msgspec.json.encode({"type": "flex", "altText": "…", "contents": made.card}).decode()
        if made is not None and made.card is not None
        else "",
        channel=channel,
        words_in=language,
        about=about,
        built=partial(asset_url, request.app[DOORS]),
    )
    response.headers["Content-Security-Policy"] = POLICY
    return response


def place(request: web.Request) -> tuple[str, str]:
    """The channel and the language whose words a page is about."""
    channel, language = request.query.get("channel", "email"), request.query.get("language", "ja")
    return (
        channel if channel in wording.CHANNELS else "email",
        language if language in templates.LANGUAGES else "ja",
    )


def _about(given: Any) -> About:
    sample = str(given.get("sample", ""))
    return About(
        number=str(given.get("number", "")).strip()[:100],
        sample=sample if sample in samples.SAMPLES else samples.SAMPLES[0],
    )
