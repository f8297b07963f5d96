"""Pages on which somebody on LINE becomes somebody the desk knows: by the shop's sign-in, or by mail address and
order number or a code by mail.

They end in LINE's own dialog, which only the person can pass to whom the link token was issued: a page that was
forwarded links nobody. https://developers.line.biz/en/docs/messaging-api/linking-accounts/
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from channels.contract import Account, Desk
from channels.line.errors import Refused
from channels.line.going_on import PROOFS
from channels.line.pages import account_of, language_of, page, same
from channels.line.platform import Platform
from channels.line.settings import Settings
from channels.origin import ClientAddress

CODES = "link-codes"
CODE_LIVES = timedelta(minutes=15)
NONCE_LIVES = timedelta(minutes=15)
MOST_TRIES = 5
MOST_ORDERS = 6
"""Order numbers that one page, or one mail address, may try in an hour."""
LONGEST_ORDER = 80
MAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]+")


class Linking:
    """`/line/link/…` and the nonces of the shop's server."""

    def __init__(self, desk: Desk, platform: Platform, client_address: ClientAddress) -> None:
        self._desk = desk
        self._page = partial(page, desk)
        self._platform = platform
        self._client_address = client_address

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/line/link/{account}/{user}/{key}", self.begin),
            web.post("/line/link/{account}/{user}/{key}", self.go_on),
            web.post("/line/nonces/{account}", self.nonce),
        ]

    def page_of(self, account: Account, user: str) -> str:
        """A person's own page for linking; signed, so that nobody makes one up."""
        return f"{self._desk.public_url}/line/link/{account.id}/{user}/{self._key(account, user)}"

    def _key(self, account: Account, user: str) -> str:
        return self._desk.sign("line-link", f"{account.id}:{user}")

    # ------------------------------------------------------------------------------------- by sign-in or by mail

    async def begin(self, request: web.Request) -> web.Response:
        """What linking is for, and how to begin."""
        account, _ = self._whose(request)
        by_shop = bool(Settings.of(account).link_url)
        return await self._page(request, account, "link.html", step="shop" if by_shop else "mail")

    async def go_on(self, request: web.Request) -> web.Response:
        """To the shop's sign-in; or a mail address, then the code that was mailed there."""
        account, user = self._whose(request)
        if self._desk.allow(f"line-link:{self._client_address(request)}", limit=20, per=timedelta(minutes=10)):
            return await self._page(
                request, account, "link.html", step="mail", trouble="Too many tries. Please wait a while."
            )
        form = await request.post()
        if Settings.of(account).link_url:
            token = await self._link_token(account, user)
            if token is None:
                return await self._page(
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
            return await self._page(request, account, "link.html", step="mail", trouble=words, order=order)
        if order:
            return await self._order(request, account, user, email, order)
        return await self._mail(request, account, user, email)

    async def _order(self, request: web.Request, account: Account, user: str, email: str, order: str) -> web.Response:
        """Address and number are of one customer: on to LINE's dialog. Nobody is told which of the two was wrong."""
        buckets = (f"line-order:{account.id}:{user}", f"line-order-of:{email}")
        waits = [self._desk.allow(bucket, limit=MOST_ORDERS, per=timedelta(hours=1)) for bucket in buckets]
        if any(waits):
            words = "Too many tries. Please wait a while."
            return await self._page(request, account, "link.html", step="mail", trouble=words, email=email, order=order)
        customer = await self._desk.buyer(email, order[:LONGEST_ORDER])
        if customer is None:
            words = (
                "We find no order with this mail address and this number. Please look at both again, or leave the"
                " number empty: then we mail you a code."
            )
            return await self._page(request, account, "link.html", step="mail", trouble=words, email=email, order=order)
        return await self._to_dialog(request, account, user, {"customer": customer})

    async def _mail(self, request: web.Request, account: Account, user: str, email: str) -> web.Response:
        code = f"{secrets.randbelow(1_000_000):06}"
        kept = {"email": email, "code": self._digest(account, user, code), "tries": 0}
        await self._desk.keep(account, CODES, user, kept, until=datetime.now(UTC) + CODE_LIVES)
        if not await self._desk.confirm(account, email, code, language_of(request)):
            words = "The code cannot be sent just now. Please try again later."
            return await self._page(request, account, "link.html", step="mail", trouble=words)
        return await self._page(request, account, "link.html", step="code", email=email)

    async def _check(self, request: web.Request, account: Account, user: str, code: str) -> web.Response:
        kept: dict[str, Any] | None = await self._desk.look_up(account, CODES, user)
        if kept is None or kept["tries"] >= MOST_TRIES:
            words = "This code is no longer good. Please have a new one sent."
            return await self._page(request, account, "link.html", step="mail", trouble=words)
        if not hmac.compare_digest(kept["code"], self._digest(account, user, code)):
            kept["tries"] += 1
            await self._desk.keep(account, CODES, user, kept, until=datetime.now(UTC) + CODE_LIVES)
            words = "This is not the code that we sent."
            return await self._page(request, account, "link.html", step="code", email=kept["email"], trouble=words)
        await self._desk.keep(account, CODES, user, None)
        return await self._to_dialog(request, account, user, {"kind": "email", "address": kept["email"]})

    async def _to_dialog(
        self, request: web.Request, account: Account, user: str, proof: dict[str, Any]
    ) -> web.Response:
        """They have shown who they are; LINE asks them whether they want to link."""
        token = await self._link_token(account, user)
        if token is None:
            return await self._page(
                request, account, "link.html", step="mail", trouble="LINE cannot be reached just now."
            )
        nonce = await self._keep_proof(account, proof)
        raise web.HTTPSeeOther(self._dialog(account, token, nonce))

    def _digest(self, account: Account, user: str, code: str) -> str:
        return hashlib.sha256(f"{self._desk.sign('line-code', f'{account.id}:{user}')}:{code}".encode()).hexdigest()

    async def nonce(self, request: web.Request) -> web.Response:
        """For the shop's server: whoever has signed in there has this mail address, and passed this link token.

        Authorization: Bearer and the account's link key; JSON with `email` and `linkToken`; answers `nonce` and the
        `url` to send the browser to.
        """
        account = account_of(self._desk, request)
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

    def _whose(self, request: web.Request) -> tuple[Account, str]:
        account, user = account_of(self._desk, request), request.match_info["user"]
        if not same(request.match_info["key"], self._key(account, user)):
            raise web.HTTPNotFound
        return account, user
