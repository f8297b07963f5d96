"""LINE: one account is one official account; signed webhooks in, free replies and pushes out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from aiohttp import web

from channels.contract import (
    Account,
    Arrival,
    Check,
    Choice,
    ContactChanged,
    Desk,
    Field,
    Inbound,
    Limits,
    OutboundMessage,
    Outcome,
    Receipt,
    Rich,
    Spool,
    TryLater,
)
from channels.line import checks, drawing, fetching, menus, reading
from channels.line.going_on import GoingOn
from channels.line.linking import Linking
from channels.line.platform import Platform
from channels.line.quota import NOTHING_KNOWN, Quotas
from channels.line.rules import limits
from channels.line.rules.stickers import PACKAGES
from channels.line.sending import AT_ONCE, Sending, quietly
from channels.line.settings import FIELDS, Settings, problems
from channels.line.waiting import Waiting
from channels.line.webhook import Webhook
from channels.origin import ClientAddress, by_socket
from channels.wording import say

log = logging.getLogger(__name__)

LOOK_AGAIN = 3600.0
"""In seconds: how often each account's token and quota are looked at."""


class LineChannel:
    """LINE's official accounts."""

    kind: ClassVar[str] = "line"
    label: ClassVar[str] = "LINE"
    fields: ClassVar[Sequence[Field]] = FIELDS
    reads_at_once: ClassVar[frozenset[str]] = frozenset({reading.EVENT})
    most_together: ClassVar[int] = AT_ONCE
    most_choices: ClassVar[int] = limits.QUICK_REPLIES
    longest_choice: ClassVar[int] = limits.LABEL

    def __init__(self, *, client_address: ClientAddress = by_socket) -> None:
        self._client_address = client_address
        self._desk: Desk | None = None
        self._platform: Platform
        self._quotas: Quotas
        self._sending: Sending
        self._waiting: Waiting
        self._linking: Linking
        self._going_on: GoingOn

    def prepare(self, desk: Desk) -> None:
        """Know the desk, without opening a door: for commands, which speak to LINE and hear nothing."""
        self._desk = desk
        self._platform = Platform(desk)
        self._quotas = Quotas(self._platform)
        self._sending = Sending(desk, self._platform, self._quotas)
        self._waiting = Waiting(desk, self._load)
        self._linking = Linking(desk, self._platform, self._client_address)
        self._going_on = GoingOn(desk, self._client_address)

    async def close(self) -> None:
        """Let go of every connection."""
        await self._waiting.close()
        await self._platform.close()

    def attach(self, app: web.Application, desk: Desk) -> None:
        """Open `/line/webhook/{account}` and the pages of linking, and look after the accounts."""
        self.prepare(desk)
        app.router.add_post("/line/webhook/{account}", Webhook(desk, self._waiting).receive)
        app.add_routes([*self._linking.routes(), *self._going_on.routes()])
        app.cleanup_ctx.append(self._open)

    async def _open(self, _: web.Application) -> AsyncIterator[None]:
        watch = asyncio.create_task(self._watch(), name="line accounts")
        yield
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await self.close()

    async def _watch(self) -> None:
        """Say how each account is doing, now and then and when one was changed."""
        assert self._desk is not None
        desk = self._desk
        while True:
            changed = asyncio.ensure_future(desk.accounts_changed(self.kind))
            try:
                for account in desk.accounts(self.kind):
                    try:
                        await desk.report(account, await checks.health(self._platform, self._quotas, account))
                    except Exception:
                        log.exception("The LINE account %d could not be looked at", account.id)
                await asyncio.wait([changed], timeout=LOOK_AGAIN)
            finally:
                changed.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await changed

    # ----------------------------------------------------------------------------------------------------- in, out

    def read(self, arrival: Arrival) -> Sequence[Inbound]:
        """What one event says. Raises `ValueError` for what is no event."""
        return reading.read(arrival)

    async def deliver(self, message: OutboundMessage) -> Receipt:
        """One letter by itself."""
        (outcome,) = await self.deliver_together([message])
        if isinstance(outcome, Receipt):
            return outcome
        raise outcome

    async def deliver_together(self, messages: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        """Letters of one line as few requests as can be."""
        if self._desk is None:
            return [TryLater("LINE is not open yet")] * len(messages)
        return await self._sending.deliver(messages)

    # ------------------------------------------------------------------------------------------------ beyond words

    def largest(self, account: Account) -> int:
        """How large a file may be, in bytes."""
        return int(Settings.of(account).file_megabytes * 1_000_000)

    async def fetch(self, account: Account, ref: str, spool: Spool) -> str:
        """The bytes of something that a customer sent."""
        return await fetching.fetch(self._platform, account, ref, spool)

    async def profile(self, account: Account, ref: str) -> ContactChanged:
        """Who somebody is on LINE."""
        return await fetching.profile(self._platform, account, ref)

    async def limits(self, account: Account) -> Limits:
        """What a message may hold, and how many may still leave this month."""
        return NOTHING_KNOWN if self._desk is None else await self._quotas.limits(account)

    async def mark_read(self, account: Account, handle: str) -> None:
        """Tell a customer that their messages up to this one were read."""
        if not Settings.of(account).read_marks:
            return
        await self._platform.call(
            account,
            lambda clients: clients.api.mark_messages_as_read_by_token(
                clients.sdk.MarkMessagesAsReadByTokenRequest(markAsReadToken=handle)
            ),
        )

    def agents_look(self, ticket: int, typing: Sequence[str] | None) -> None:
        """While an agent writes, the customer sees that an answer is on its way."""
        if typing and self._desk is not None:
            self._waiting.typing(ticket)

    async def _load(self, account: Account, user: str, seconds: int) -> None:
        if not Settings.of(account).typing:
            return
        await quietly(
            self._platform.call(
                account,
                lambda clients: clients.api.show_loading_animation(
                    clients.sdk.ShowLoadingAnimationRequest(chatId=user, loadingSeconds=seconds)
                ),
            )
        )

    def draw(self, rich: Rich | None, choices: Sequence[Choice]) -> Sequence[Mapping[str, Any]]:
        """Buttons, cards and choices as LINE's message objects. Raises `Undeliverable` for what LINE would refuse."""
        local = self._desk is not None and self._desk.public_url.startswith("http://")
        return drawing.draw(rich, choices, loopback=local)

    def stickers(self) -> Mapping[str, range]:
        """Those that bots may send, by package."""
        return {str(package): range(first, last + 1) for package, (first, last) in PACKAGES.items()}

    async def put_menu(self, account: Account, definition: Mapping[str, Any], picture: bytes) -> str:
        """Show everybody a rich menu; its id. Raises `menus.BadMenu`."""
        assert self._desk is not None
        return await menus.in_words(menus.put(self._desk, self._platform, account, dict(definition), picture))

    async def take_menu_away(self, account: Account) -> None:
        """Show nobody a rich menu any more. Raises `menus.BadMenu`."""
        assert self._desk is not None
        await menus.in_words(menus.take_away(self._desk, self._platform, account))

    async def menus(self, account: Account) -> list[dict[str, Any]]:
        """The rich menus that LINE knows of the account. Raises `menus.BadMenu`."""
        return await menus.in_words(menus.shown(self._platform, account))

    def link_page(self, account: Account, address: str) -> str:
        """Where somebody on LINE shows who they are in the shop."""
        return self._linking.page_of(account, address)

    def continue_at(self, account: Account, code: str) -> str:
        """Where somebody whom the desk knows goes on in LINE, with a code that was kept for them."""
        return self._going_on.continue_at(account, code)

    def go_page(self, account: int, customer: int, issued: datetime) -> str:
        """A customer's own page, which leads to such a code when they press its button."""
        return self._going_on.go_page(account, customer, issued)

    # ---------------------------------------------------------------------------------------------------- accounts

    def judge(self, settings: Mapping[str, Any], language: str = "en") -> Mapping[str, str]:
        """What keeps these settings from being an account; the desk asks before it saves them."""
        return {where: say(language, words) for where, words in problems(settings).items()}

    async def test(self, account: Account) -> Sequence[Check]:
        """Token, bot, webhook (set, and tested by LINE), quota."""
        if self._desk is None:
            return [Check("desk", False, "The desk is not running.")]
        return await checks.test(self._desk, self._platform, self._quotas, account)
