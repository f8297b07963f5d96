"""Pages on which somebody on LINE becomes somebody the desk knows: by the shop's sign-in, by mail address and order
number or a code by mail, or by a code that the desk gave to a customer, who brings it to the chat. A customer has such
a code made by themselves on the page whose link they were sent (`/line/go/…`).

The first three end in LINE's own dialog, which only the person can pass to whom the link token was issued: a page that
was forwarded links nobody. https://developers.line.biz/en/docs/messaging-api/linking-accounts/
"""

from __future__ import annotations

import hashlib
import hmac
import io
import math
import re
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import jinja2
import segno
from aiohttp import web

from channels.contract import Account, Desk
from channels.line.errors import Refused
from channels.line.platform import Platform
from channels.line.reading import CODE
from channels.line.settings import Settings
from channels.origin import ClientAddress
from channels.wording import choose, say

TEMPLATES = Path(__file__).parents[2] / "templates" / "line"
GO = r"/line/go/{account}/{customer:[1-9]\d{0,17}}/{key}"
PROOFS = "proofs"
CODES = "link-codes"
CODE_LIVES = timedelta(minutes=15)
NONCE_LIVES = timedelta(minutes=15)
MOST_TRIES = 5
MOST_CODES = 10
"""In ten minutes: codes for one customer, and twice as many for one address of the network."""
MOST_ORDERS = 6
"""Order numbers that one page, or one mail address, may try in an hour."""
LONGEST_ORDER = 80
MAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]+")
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'{more}; base-uri 'none';"
    " frame-ancestors 'none'"
)


class Linking:
    """`/line/link/…`, `/line/continue/…` and the nonces of the shop's server."""

    def __init__(self, desk: Desk, platform: Platform, client_address: ClientAddress) -> None:
        self._desk = desk
        self._platform = platform
        self._client_address = client_address
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/line/link/{account}/{user}/{key}", self.begin),
            web.post("/line/link/{account}/{user}/{key}", self.go_on),
            web.post("/line/nonces/{account}", self.nonce),
            web.get("/line/continue/{account}/{code}", self.bring),
            web.get(GO, self.offer),
            web.post(GO, self.go),
        ]

    def page_of(self, account: Account, user: str) -> str:
        """A person's own page for linking; signed, so that nobody makes one up."""
        return f"{self._desk.public_url}/line/link/{account.id}/{user}/{self._key(account, user)}"

    def continue_at(self, account: Account, code: str) -> str:
        """The page that brings a customer, who was given this code, into the chat."""
        return f"{self._desk.public_url}/line/continue/{account.id}/{code}"

    def go_page(self, account: int, customer: int) -> str:
        """A customer's own page, good for as long as they have no LINE; signed, and the same each time."""
        return f"{self._desk.public_url}/line/go/{account}/{customer}/{self._go_key(account, customer)}"

    def _go_key(self, account: int, customer: int) -> str:
        return self._desk.sign("line-go", f"{account}:{customer}")

    def _key(self, account: Account, user: str) -> str:
        return self._desk.sign("line-link", f"{account.id}:{user}")

    # ------------------------------------------------------------------------------------- by sign-in or by mail

    async def begin(self, request: web.Request) -> web.Response:
        """What linking is for, and how to begin."""
        account, _ = self._whose(request)
        by_shop = bool(Settings.of(account).link_url)
        return self._page(request, account, "link.html", step="shop" if by_shop else "mail")

    async def go_on(self, request: web.Request) -> web.Response:
        """To the shop's sign-in; or a mail address, then the code that was mailed there."""
        account, user = self._whose(request)
        if self._desk.allow(f"line-link:{self._client_address(request)}", limit=20, per=timedelta(minutes=10)):
            return self._page(
                request, account, "link.html", step="mail", trouble="Too many tries. Please wait a while."
            )
        form = await request.post()
        if Settings.of(account).link_url:
            token = await self._link_token(account, user)
            if token is None:
                return self._page(
                    request, account, "link.html", step="shop", trouble="LINE cannot be reached just now."
                )
            url = Settings.of(account).link_url
            raise web.HTTPSeeOther(f"{url}{'&' if '?' in url else '?'}{urlencode({'linkToken': token})}")
        if code := str(form.get("code") or "").strip():
            return await self._check(request, account, user, code)
        email = str(form.get("email") or "").strip().lower()
        order = str(form.get("order") or "").strip()
        if not MAIL.fullmatch(email) or len(email) > 254:
            words = "Please enter your mail address, like name@example.jp."
            return self._page(request, account, "link.html", step="mail", trouble=words, order=order)
        if order:
            return await self._order(request, account, user, email, order)
        return await self._mail(request, account, user, email)

    async def _order(self, request: web.Request, account: Account, user: str, email: str, order: str) -> web.Response:
        """Address and number are of one customer: on to LINE's dialog. Nobody is told which of the two was wrong."""
        buckets = (f"line-order:{account.id}:{user}", f"line-order-of:{email}")
        waits = [self._desk.allow(bucket, limit=MOST_ORDERS, per=timedelta(hours=1)) for bucket in buckets]
        if any(waits):
            words = "Too many tries. Please wait a while."
            return self._page(request, account, "link.html", step="mail", trouble=words, email=email, order=order)
        customer = await self._desk.buyer(email, order[:LONGEST_ORDER])
        if customer is None:
            words = (
                "We find no order with this mail address and this number. Please look at both again, or leave the"
                " number empty: then we mail you a code."
            )
            return self._page(request, account, "link.html", step="mail", trouble=words, email=email, order=order)
        return await self._to_dialog(request, account, user, {"customer": customer})

    async def _mail(self, request: web.Request, account: Account, user: str, email: str) -> web.Response:
        code = f"{secrets.randbelow(1_000_000):06}"
        kept = {"email": email, "code": self._digest(account, user, code), "tries": 0}
        await self._desk.keep(account, CODES, user, kept, until=datetime.now(UTC) + CODE_LIVES)
        if not await self._desk.confirm(account, email, code, self._language(request)):
            words = "The code cannot be sent just now. Please try again later."
            return self._page(request, account, "link.html", step="mail", trouble=words)
        return self._page(request, account, "link.html", step="code", email=email)

    async def _check(self, request: web.Request, account: Account, user: str, code: str) -> web.Response:
        kept: dict[str, Any] | None = await self._desk.look_up(account, CODES, user)
        if kept is None or kept["tries"] >= MOST_TRIES:
            words = "This code is no longer good. Please have a new one sent."
            return self._page(request, account, "link.html", step="mail", trouble=words)
        if not hmac.compare_digest(kept["code"], self._digest(account, user, code)):
            kept["tries"] += 1
            await self._desk.keep(account, CODES, user, kept, until=datetime.now(UTC) + CODE_LIVES)
            words = "This is not the code that we sent."
            return self._page(request, account, "link.html", step="code", email=kept["email"], trouble=words)
        await self._desk.keep(account, CODES, user, None)
        return await self._to_dialog(request, account, user, {"kind": "email", "address": kept["email"]})

    async def _to_dialog(
        self, request: web.Request, account: Account, user: str, proof: dict[str, Any]
    ) -> web.Response:
        """They have shown who they are; LINE asks them whether they want to link."""
        token = await self._link_token(account, user)
        if token is None:
            return self._page(request, account, "link.html", step="mail", trouble="LINE cannot be reached just now.")
        nonce = await self._keep_proof(account, proof)
        raise web.HTTPSeeOther(self._dialog(account, token, nonce))

    def _digest(self, account: Account, user: str, code: str) -> str:
        return hashlib.sha256(f"{self._desk.sign('line-code', f'{account.id}:{user}')}:{code}".encode()).hexdigest()

    async def nonce(self, request: web.Request) -> web.Response:
        """For the shop's server: whoever has signed in there has this mail address, and passed this link token.

        Authorization: Bearer and the account's link key; JSON with `email` and `linkToken`; answers `nonce` and the
        `url` to send the browser to.
        """
        account = self._account(request)
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        right = account.secrets.get("link_key", "")
        if not right or scheme.lower() != "bearer" or not hmac.compare_digest(key.strip().encode(), right.encode()):
            raise web.HTTPUnauthorized
        try:
            body = await request.json()
            email, token = str(body["email"]).strip().lower(), str(body["linkToken"])
        except (ValueError, KeyError, TypeError):
            return web.json_response({"error": "email and linkToken are needed"}, status=422)
        if not MAIL.fullmatch(email):
            return web.json_response({"error": "email is not an address"}, status=422)
        nonce = await self._keep_proof(account, {"kind": "email", "address": email})
        return web.json_response({"nonce": nonce, "url": self._dialog(account, token, nonce)})

    async def _keep_proof(self, account: Account, proof: dict[str, Any]) -> str:
        nonce = secrets.token_urlsafe(24)
        await self._desk.keep(account, PROOFS, nonce, proof, until=datetime.now(UTC) + NONCE_LIVES)
        return nonce

    async def _link_token(self, account: Account, user: str) -> str | None:
        try:
            found = await self._platform.call(account, lambda clients: clients.api.issue_link_token(user))
        except (Refused, aiohttp.ClientError, TimeoutError, ValueError):
            return None
        return str(found.link_token)

    def _dialog(self, account: Account, token: str, nonce: str) -> str:
        base = Settings.of(account).dialog_base.rstrip("/")
        return f"{base}/dialog/bot/accountLink?{urlencode({'linkToken': token, 'nonce': nonce})}"

    # ---------------------------------------------------------------------------------------- by a code in the chat

    async def bring(self, request: web.Request) -> web.Response:
        """A code to scan with the phone, and a button on it, that open the chat with the customer's code written."""
        account = self._account(request)
        code = request.match_info["code"]
        if not CODE.fullmatch(code) or await self._desk.look_up(account, PROOFS, code) is None:
            return self._page(request, account, "continue.html", url="", picture="", code="", status=410)
        language = self._language(request)
        words = say(language, "I would like to go on here. {code}", code=code)
        chat = self._chat(account)
        url, out = f"{chat}?{quote(words, safe='')}", io.BytesIO()
        # The bare code: few enough characters for a coarse picture, which every camera reads.
        segno.make(f"{chat}?{code}", error="m").save(out, kind="svg", border=4, xmldecl=False, omitsize=True)
        picture = out.getvalue().decode()
        return self._page(request, account, "continue.html", url=url, picture=picture, code=code)

    async def offer(self, request: web.Request) -> web.Response:
        """A button. Looking makes no code: programs that look through mails open every link."""
        account, _ = self._offered(request)
        return self._page(request, account, "go.html")

    async def go(self, request: web.Request) -> web.Response:
        """Make a code for the customer, and on to it; who is on LINE already is led to the chat, without one."""
        account, customer = self._offered(request)
        buckets = ((f"line-go:{self._client_address(request)}", 2 * MOST_CODES), (f"line-go-of:{customer}", MOST_CODES))
        waits = [self._desk.allow(bucket, limit=limit, per=timedelta(minutes=10)) for bucket, limit in buckets]
        if any(waits):
            words = "Too many tries. Please wait a while."
            response = self._page(request, account, "go.html", trouble=words, status=429)
            response.headers["Retry-After"] = str(math.ceil(max(waits)))
            return response
        code = await self._desk.invite(account, customer)
        if code is None:
            raise web.HTTPNotFound
        if not code:
            return self._page(request, account, "go.html", chat=self._chat(account))
        raise web.HTTPSeeOther(self.continue_at(account, code))

    def _offered(self, request: web.Request) -> tuple[Account, int]:
        account, customer = self._account(request), int(request.match_info["customer"])
        if not _same(request.match_info["key"], self._go_key(account.id, customer)):
            raise web.HTTPNotFound
        return account, customer

    def _chat(self, account: Account) -> str:
        return f"https://line.me/R/oaMessage/{quote(account.address, safe='')}/"

    # --------------------------------------------------------------------------------------------------------- parts

    def _account(self, request: web.Request) -> Account:
        for account in self._desk.accounts("line"):
            if str(account.id) == request.match_info["account"]:
                return account
        raise web.HTTPNotFound

    def _whose(self, request: web.Request) -> tuple[Account, str]:
        account, user = self._account(request), request.match_info["user"]
        if not _same(request.match_info["key"], self._key(account, user)):
            raise web.HTTPNotFound
        return account, user

    def _language(self, request: web.Request) -> str:
        return choose(request.headers.get("Accept-Language"))

    def _page(
        self, request: web.Request, account: Account, template: str, *, status: int = 200, **context: Any
    ) -> web.Response:
        language = self._language(request)
        context = {"trouble": "", "email": "", "order": "", "step": "", "chat": "", **context}
        html = self._templates.get_template(template).render(
            language=language, shop=account.name, say=lambda text, **values: say(language, text, **values), **context
        )
        response = web.Response(text=html, content_type="text/html", charset="utf-8", status=status)
        settings = Settings.of(account)
        more = f" {settings.dialog_base} {settings.link_url.partition('?')[0]}".rstrip()
        response.headers["Content-Security-Policy"] = POLICY.format(more=more)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())
