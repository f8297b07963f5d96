"""How a visitor is answered: as a page in their language, or as JSON where a site's own script asks."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from aiohttp import web

from channels.contract import Accepted, Desk
from channels.form.checks import normal
from channels.form.definition import FormDefinition, origin_of
from channels.form.judging import Post, Refusal
from channels.form.pages import Pages, Visit
from channels.form.spam import PageToken
from channels.multipart import BodyError
from channels.wording import LANGUAGES, choose, say


def language_of(request: web.Request, controls: Mapping[str, str]) -> str:
    """The form's own choice, the address's, or the browser's."""
    for wish in (controls.get("_lang"), request.query.get("lang")):
        if wish in LANGUAGES:
            return str(wish)
    return choose(request.headers.get("Accept-Language"))


def visit_of(request: web.Request, form: FormDefinition, controls: Mapping[str, str]) -> Visit:
    """How the form is being looked at. Sites that it may not stand on are as good as not named."""
    origin = controls.get("_origin") or request.query.get("origin", "")
    next_url = controls.get("_next", "")
    return Visit(
        language_of(request, controls),
        (controls.get("_embed") or request.query.get("embed")) == "1",
        origin_of(origin) if form.allows(origin) else "",
        next_url if form.allows(next_url) else "",
    )


def thanks_signature(desk: Desk, form: FormDefinition, ticket: str, mailed: str) -> str:
    """What proves that we wrote the address of a thank-you page."""
    return desk.sign("form-thanks", f"{form.slug}|{ticket}|{mailed}")


def thanks(desk: Desk, post: Post, accepted: Accepted) -> web.Response:
    """On to the thank-you page, the site's own where it names one. A redirect, so that a reload sends nothing."""
    email = post.form.by_role("email")
    mailed = "1" if post.form.acknowledge and email and normal(email, post.sent) else ""
    ticket = "" if accepted.ticket is None else str(accepted.ticket)
    signature = thanks_signature(desk, post.form, ticket, mailed)
    place = f"/forms/{post.form.slug}/thanks?{post.visit.query(n=ticket, m=mailed, s=signature)}"
    if _wants_json(post.request):
        body = {"ticket": accepted.ticket, "thanks_url": desk.public_url + place}
        return _shared(post, _json(202, body))
    return web.Response(status=303, headers={"Location": post.visit.next_url or place, "Cache-Control": "no-store"})


def refused(desk: Desk, pages: Pages, post: Post, refusal: Refusal) -> web.Response:
    """The form again with what was written, what is wrong, and the same page id."""
    notice = say(post.visit.language, refusal.notice, **refusal.values) if refusal.notice else ""
    if _wants_json(post.request):
        errors = [{"field": error.field, "words": error.words} for error in refusal.errors]
        response = _shared(post, _problem(refusal.status, notice or "Some fields need another look.", errors))
    else:
        token = (post.token or PageToken.new()).write(desk, post.form.slug)
        response = pages.form(
            post.form, post.visit, token, sent=post.sent, errors=refusal.errors, notice=notice, status=refusal.status
        )
    if refusal.wait:
        response.headers["Retry-After"] = str(int(refusal.wait) + 1)
    return response


def unreadable(pages: Pages, request: web.Request, error: BodyError) -> web.Response:
    """The body is no form's."""
    if _wants_json(request):
        return _problem(400, str(error))
    words = "The form was sent in a way we do not understand ({why})."
    return pages.problem(language_of(request, {}), 400, "This could not be read", words, why=str(error))


def too_many(pages: Pages, request: web.Request, wait: float) -> web.Response:
    """Before a body was received; the browser still has what was written."""
    language, seconds = language_of(request, {}), int(wait) + 1
    words = "Please wait {seconds} seconds, then use your browser's back button and send again."
    if _wants_json(request):
        response = _problem(429, say(language, words, seconds=seconds))
    else:
        response = pages.problem(language, 429, "Too many messages", words, seconds=seconds)
    response.headers["Retry-After"] = str(seconds)
    return response


def missing(pages: Pages, request: web.Request) -> web.Response:
    """There is no form of this name."""
    words = "This form does not exist, or is closed at present."
    return pages.problem(language_of(request, {}), 404, "There is no such page", words)


def _wants_json(request: web.Request) -> bool:
    accept = request.headers.get("Accept", "")
    return "application/json" in accept and "text/html" not in accept


def _json(status: int, body: object, kind: str = "application/json") -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type=kind)


def _problem(status: int, words: str, errors: object = ()) -> web.Response:
    body = {"type": "about:blank", "title": words, "status": status, **({"errors": errors} if errors else {})}
    return _json(status, body, "application/problem+json")


def _shared(post: Post, response: web.Response) -> web.Response:
    """Let the script of an allowed site read the answer (Fetch §3.2)."""
    origin = post.request.headers.get("Origin", "")
    if post.form.allows(origin):
        response.headers.update({"Access-Control-Allow-Origin": origin, "Vary": "Origin"})
    return response
