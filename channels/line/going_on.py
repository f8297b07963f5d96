"""Pages on which a customer of another channel goes on in LINE: by a code that they bring to the chat. They have it
made themselves on the page whose link they were sent (`/line/go/…`), or an agent gave it to them (`/line/continue/…`).
"""

from __future__ import annotations

import io
import math
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import quote

import segno
from aiohttp import web

from channels.contract import ONWARD_LIVES, Account, Desk
from channels.line.pages import account_of, language_of, page, same
from channels.line.reading import CODE
from channels.origin import ClientAddress
from channels.wording import say

GO = r"/line/go/{account}/{customer:[1-9]\d{0,17}}/{issued:[1-9]\d{0,11}}/{key}"
PROOFS = "proofs"
MOST_CODES = 10
"""In ten minutes: codes for one customer, and twice as many for one address of the network."""


class GoingOn:
    """`/line/continue/…` and `/line/go/…`."""

    def __init__(self, desk: Desk, client_address: ClientAddress) -> None:
        self._desk = desk
        self._page = partial(page, desk)
        self._client_address = client_address

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/line/continue/{account}/{code}", self.bring),
            web.get(GO, self.offer),
            web.post(GO, self.go),
        ]

    def continue_at(self, account: Account, code: str) -> str:
        """The page that brings a customer, who was given this code, into the chat."""
        return f"{self._desk.public_url}/line/continue/{account.id}/{code}"

    def go_page(self, account: int, customer: int, issued: datetime) -> str:
        """A customer's own page, good for `ONWARD_LIVES` and until they are on LINE; signed, the same each time."""
        moment = int(issued.timestamp())
        return f"{self._desk.public_url}/line/go/{account}/{customer}/{moment}/{self._key(account, customer, moment)}"

    def _key(self, account: int, customer: int, moment: int) -> str:
        return self._desk.sign("line-go", f"{account}:{customer}:{moment}")

    async def bring(self, request: web.Request) -> web.Response:
        """A code to scan with the phone, and a button on it, that open the chat with the customer's code written."""
        account = account_of(self._desk, request)
        code = request.match_info["code"]
        if not CODE.fullmatch(code) or await self._desk.look_up(account, PROOFS, code) is None:
            return await self._page(request, account, "continue.html", url="", picture="", code="", status=410)
        language = language_of(request)
        words = say(language, "I would like to go on here. {code}", code=code)
        chat = self._chat(account)
        url, out = f"{chat}?{quote(words, safe='')}", io.BytesIO()
        # The bare code: few enough characters for a coarse picture, which every camera reads.
        segno.make(f"{chat}?{code}", error="m").save(out, kind="svg", border=4, xmldecl=False, omitsize=True)
        picture = out.getvalue().decode()
        return await self._page(request, account, "continue.html", url=url, picture=picture, code=code)

    async def offer(self, request: web.Request) -> web.Response:
        """A button. Looking makes no code: programs that look through mails open every link."""
        account, _, issued = self._offered(request)
        return await self._over(request, account) if issued is None else await self._page(request, account, "go.html")

    async def go(self, request: web.Request) -> web.Response:
        """Make a code for the customer, and on to it; who is on LINE already is led to the chat, without one."""
        account, customer, issued = self._offered(request)
        if issued is None:
            return await self._over(request, account)
        buckets = ((f"line-go:{self._client_address(request)}", 2 * MOST_CODES), (f"line-go-of:{customer}", MOST_CODES))
        waits = [self._desk.allow(bucket, limit=limit, per=timedelta(minutes=10)) for bucket, limit in buckets]
        if any(waits):
            words = "Too many tries. Please wait a while."
            response = await self._page(request, account, "go.html", trouble=words, status=429)
            response.headers["Retry-After"] = str(math.ceil(max(waits)))
            return response
        code = await self._desk.invite(account, customer, issued)
        if code is None:
            return await self._over(request, account)
        if not code:
            return await self._page(request, account, "go.html", chat=self._chat(account))
        raise web.HTTPSeeOther(self.continue_at(account, code))

    async def _over(self, request: web.Request, account: Account) -> web.Response:
        return await self._page(request, account, "go.html", over=True, chat=self._chat(account), status=410)

    def _offered(self, request: web.Request) -> tuple[Account, int, datetime | None]:
        """Account, customer, and when the link was given to them; None once its time is over."""
        account, customer = account_of(self._desk, request), int(request.match_info["customer"])
        moment = int(request.match_info["issued"])
        if not same(request.match_info["key"], self._key(account.id, customer, moment)):
            raise web.HTTPNotFound
        issued = datetime.fromtimestamp(moment, UTC)
        return account, customer, issued if datetime.now(UTC) < issued + ONWARD_LIVES else None

    def _chat(self, account: Account) -> str:
        return f"https://line.me/R/oaMessage/{quote(account.address, safe='')}/"
