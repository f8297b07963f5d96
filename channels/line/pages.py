"""What the pages have in common on which somebody on LINE, or on their way there, shows who they are."""

from __future__ import annotations

import hmac
from typing import Any

from aiohttp import web

from channels.contract import Account, Desk
from channels.line.settings import Settings
from channels.pages import templates
from channels.wording import choose, say

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'{more}; base-uri 'none';"
    " frame-ancestors 'none'"
)
_templates = templates("line")


def account_of(desk: Desk, request: web.Request) -> Account:
    """The account that the address names. Raises `HTTPNotFound`."""
    for account in desk.accounts("line"):
        if str(account.id) == request.match_info["account"]:
            return account
    raise web.HTTPNotFound


def language_of(request: web.Request) -> str:
    """What the reader's browser asks for."""
    return choose(request.headers.get("Accept-Language"))


async def page(
    desk: Desk, request: web.Request, account: Account, template: str, *, status: int = 200, **context: Any
) -> web.Response:
    """One of `templates/line`, in the reader's language, under the shop's name, kept by nobody."""
    language = language_of(request)
    context = {"trouble": "", "email": "", "order": "", "step": "", "chat": "", "over": False, **context}
    shop = await desk.shop(language) or account.name
    html = _templates.get_template(template).render(
        language=language, shop=shop, say=lambda text, **values: say(language, text, **values), **context
    )
    response = web.Response(text=html, content_type="text/html", charset="utf-8", status=status)
    settings = Settings.of(account)
    more = f" {settings.dialog_base} {settings.link_url.partition('?')[0]}".rstrip()
    response.headers["Content-Security-Policy"] = POLICY.format(more=more)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def same(given: str, right: str) -> bool:
    """Whether a key is the right one, in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())
