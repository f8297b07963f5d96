"""A form's doors: its hosted page, the frame on other sites, and the address that any site's own form may post to."""

from __future__ import annotations

import asyncio
import hmac
import time
from datetime import UTC, datetime

from aiohttp import web

from channels.contract import Account, Arrival, Desk, Raw
from channels.form import answers
from channels.form.definition import DefinitionError, FormDefinition
from channels.form.intake import Cut, receive
from channels.form.judging import Judge, Post, Refusal
from channels.form.pages import Pages, script
from channels.form.spam import PageToken
from channels.form.submission import Submission, open_body
from channels.multipart import BodyError
from channels.origin import ClientAddress

# A form without a page of ours has no id; the same words from it within these seconds are one double click.
REPEAT_SECONDS = 600


class Doors:
    """Routes under `/forms/` and what stands behind each."""

    def __init__(self, desk: Desk, client_address: ClientAddress) -> None:
        self.judge = Judge(desk, client_address)
        self._client_address = client_address
        self._desk = desk
        self._pages = Pages()
        self._definitions: dict[int, tuple[Account, FormDefinition]] = {}

    def routes(self) -> list[web.RouteDef]:
        """All of them; no slug has a dot or is called "static", so none hides another."""
        return [
            web.get("/forms/embed.js", self.script),
            web.get("/forms/static/enhance.js", self.script),
            web.get("/forms/static/form.css", self.stylesheet),
            web.get("/forms/{slug}", self.show),
            web.post("/forms/{slug}", self.submit),
            web.get("/forms/{slug}/thanks", self.thanks),
            web.get("/forms/{slug}/theme.css", self.theme),
        ]

    async def script(self, request: web.Request) -> web.Response:
        """`embed.js` for other sites, `enhance.js` for our pages."""
        return await asyncio.to_thread(script, request.path.rpartition("/")[2])

    async def stylesheet(self, request: web.Request) -> web.Response:
        """The stylesheet of all forms."""
        return self._pages.stylesheet()

    async def theme(self, request: web.Request) -> web.Response:
        """A form's colours."""
        found = self._find(request)
        return self._pages.theme(found[1]) if found else answers.missing(self._pages, request)

    async def show(self, request: web.Request) -> web.Response:
        """The form; values for its fields may come in the query (`?order_number=A-1`), but nobody's consent."""
        found = self._find(request)
        if found is None:
            return answers.missing(self._pages, request)
        form = found[1]
        names = {field.name for field in form.fields if field.type not in ("file", "consent")}
        given = {name: tuple(request.query.getall(name)) for name in names & request.query.keys()}
        token = PageToken.new().write(self._desk, form.slug)
        helps = await self._desk.helps(found[0])
        return self._pages.form(form, answers.visit_of(request, form, {}), token, sent=Submission(given), helps=helps)

    async def thanks(self, request: web.Request) -> web.Response:
        """What a customer sees after sending. It is signed, so nobody can make us thank for anything else."""
        found = self._find(request)
        if found is None:
            return answers.missing(self._pages, request)
        form, ticket, mailed = found[1], request.query.get("n", ""), request.query.get("m", "")
        signature = answers.thanks_signature(self._desk, form, ticket, mailed)
        if not hmac.compare_digest(signature.encode(), request.query.get("s", "").encode("utf-8", "replace")):
            return answers.missing(self._pages, request)
        return self._pages.thanks(form, answers.visit_of(request, form, {}), ticket, mailed == "1")

    async def submit(self, request: web.Request) -> web.Response:
        """Take a submission. The body goes to disk as it comes; nothing of a refused one is kept there."""
        found = self._find(request)
        if found is None:
            return answers.missing(self._pages, request)
        account, form = found
        if wait := self.judge.flood(request, account, form):
            return answers.too_many(self._pages, request, wait)
        async with self._desk.spool() as spool:
            cut = await receive(request, spool, form.max_bytes)
            if cut is Cut.GONE:
                return web.Response(status=400)
            raw = await spool.raw()
            try:
                post = await self._open(request, account, form, raw, cut)
            except BodyError as error:
                return answers.unreadable(self._pages, request, error)
            refusal, marks = await self.judge.refuses(post, cut)
            if refusal is not None:
                return answers.refused(self._desk, self._pages, post, refusal)
            return await self._file(post, raw, marks)

    async def _open(
        self, request: web.Request, account: Account, form: FormDefinition, raw: Raw, cut: Cut | None
    ) -> Post:
        header = request.headers.get("Content-Type", "")
        sent = await asyncio.to_thread(open_body, raw.view(), header, form, cut_short=cut is not None)
        token = PageToken.read(self._desk, form.slug, sent.controls.get("_submission", ""))
        return Post(request, account, form, answers.visit_of(request, form, sent.controls), sent, token)

    async def _file(self, post: Post, raw: Raw, marks: tuple[str, ...]) -> web.Response:
        """Hand it to the desk, and only then thank for it."""
        try:
            accepted = await self._desk.accept(_arrival(post, raw, marks, self._client_address(post.request)))
        except Exception:  # whatever went wrong inside, the customer must keep what was written
            post.request.app.logger.exception("a form could not be filed")
            refusal = Refusal(503, "We could not take your message just now. Please send it again in a few minutes.")
            return answers.refused(self._desk, self._pages, post, refusal)
        return answers.thanks(self._desk, post, accepted)

    def _find(self, request: web.Request) -> tuple[Account, FormDefinition] | None:
        """The form of this name. A definition that cannot be one is as good as closed; its admin page says why."""
        slug = request.match_info["slug"]
        for account in self._desk.accounts("form"):
            if account.settings.get("slug") != slug:
                continue
            known = self._definitions.get(account.id)
            if known and known[0].settings == account.settings:
                return account, known[1]
            try:
                definition = FormDefinition.parse(account.settings)
            except DefinitionError as error:
                request.app.logger.warning("the form %s cannot be shown: %s", slug, error)
                return None
            self._definitions[account.id] = (account, definition)
            return account, definition
        return None


def _arrival(post: Post, raw: Raw, marks: tuple[str, ...], address: str) -> Arrival:
    """The body as it came. The same page sent twice with the same words has the same id, whatever wraps it."""
    request, now = post.request, datetime.now(UTC)
    occasion = post.token.id if post.token else f"plain-{int(time.time() // REPEAT_SECONDS)}"
    envelope = {
        "language": post.visit.language,
        "submission": post.token.id if post.token else None,
        "remote": address,
        "user_agent": request.headers.get("User-Agent", "")[:500],
        "referer": request.headers.get("Referer", "")[:1000],
        "origin": request.headers.get("Origin", "")[:300],
        "marks": list(marks),
    }
    return Arrival(
        post.account,
        f"{occasion}:{post.sent.fingerprint}",
        raw,
        request.headers.get("Content-Type", ""),
        now,
        envelope,
    )
