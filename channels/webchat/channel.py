"""The web chat: one account is one site; visitors talk through a widget or an app, and see their conversation live."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

import msgspec
from aiohttp import web

from channels.contract import (
    Account,
    Arrival,
    Check,
    Desk,
    Embedding,
    Field,
    Inbound,
    OutboundMessage,
    Receipt,
    TryLater,
    Undeliverable,
)
from channels.origin import ClientAddress, by_socket
from channels.webchat import said, site
from channels.webchat.files import FileDoors
from channels.webchat.identity import SHORTEST_KEY
from channels.webchat.manners import Limits
from channels.webchat.namespace import PATH, Widgets
from channels.webchat.pages import Pages
from channels.webchat.site import FILE_TYPES, Hours, always_open
from channels.webchat.sites import Sites
from channels.wording import say


class WebchatChannel:
    """Chats. `hours` says when somebody is there; `client_address` tells whose request it is, behind proxies too."""

    kind: ClassVar[str] = "webchat"
    label: ClassVar[str] = "Web chat"
    rotates: ClassVar[Mapping[str, str]] = {"identity_key": "identity_key_old"}
    reads_at_once: ClassVar[frozenset[str]] = frozenset({said.MEDIA_TYPE})
    most_choices: ClassVar[int] = 13
    longest_choice: ClassVar[int] = 60
    fields: ClassVar[Sequence[Field]] = (
        Field("slug", "Address", required=True, help="The site's name in the snippet: small letters, digits, hyphens"),
        Field(
            "sites",
            "Sites it may stand on",
            "lines",
            default=[],
            help="One a line: https://shop.example or https://*.shop.example",
        ),
        Field("color", "Colour", "color", default="#1f5fbf"),
        Field("title", "Title", "words", default={}),
        Field("greeting", "Greeting", "words", default={}),
        Field("away", "Words when nobody is there", "words", default={}),
        Field(
            "prechat",
            "Fields before the chat",
            "questions",
            default=[],
            help="name, email and phone are the visitor's own; other names are yours, of small letters",
        ),
        Field("consent", "Consent line", "words", default={}, help="Shown before the chat; nothing is sent without it"),
        Field("file_megabytes", "Largest file in MB", "number", default=20, section="Files"),
        Field(
            "file_types",
            "Files it takes",
            "lines",
            default=FILE_TYPES,
            help="One a line: .pdf, image/* or image/png",
            section="Files",
        ),
        Field("read_marks", "Show visitors what agents have read", "boolean", default=True),
        Field("acknowledge", "Acknowledge new tickets", "boolean", default=False, help="By a line in the chat"),
        Field(
            "proactive",
            "Agents may speak to visitors first",
            "boolean",
            default=True,
            help="To visitors whose chat is loaded; their page and cart are shown in the console either way",
        ),
        Field(
            "title_flash",
            "Say in the page's title that there is news",
            "boolean",
            default=False,
            help="While the page is out of sight",
        ),
        Field(
            "continuity_minutes",
            "Minutes until unread answers go by mail",
            "number",
            default=5,
            help="To visitors who left an address",
        ),
        Field(
            "identity_key",
            "Identity key",
            "secret",
            help="Your server signs who is signed in with it (HS256); at least 32 characters",
            section="Identity",
        ),
        Field(
            "identity_key_old",
            "Former identity key",
            "secret",
            help="Still good, until your server uses the new one",
            section="Identity",
        ),
        Field("token_days", "Days until a visitor is forgotten", "number", default=365, section="Identity"),
        Field(
            "tokens_since",
            "Visitors' tokens are void before",
            help="A date like 2026-04-01: everybody from before begins anew",
            section="Identity",
        ),
        Field("team_id", "Team", "number", section="Routing"),
        Field(
            "priority",
            "Priority",
            "choice",
            default="normal",
            choices=(("low", "Low"), ("normal", "Normal"), ("high", "High"), ("urgent", "Urgent")),
            section="Routing",
        ),
        Field("tags", "Tags", "lines", default=[], help="One a line", section="Routing"),
    )

    def __init__(
        self,
        *,
        client_address: ClientAddress = by_socket,
        hours: Hours = always_open,
        limits: Limits | None = None,
    ) -> None:
        self._client_address = client_address
        self._hours = hours
        self._limits = limits or Limits()
        self._desk: Desk | None = None
        self._widgets: Widgets | None = None

    def attach(self, app: web.Application, desk: Desk) -> None:
        """Open the namespace `/widget` at `/chat/socket.io` and the doors under `/chat/`."""
        self._desk = desk
        sites = Sites(desk)
        widgets = self._widgets = Widgets(desk, sites, self._hours, self._limits, self._client_address)
        app.add_routes(Pages(desk, sites).routes())
        app.add_routes(FileDoors(desk, sites, widgets.rooms, self._client_address).routes())
        widgets.server.attach(app, socketio_path=PATH)

        async def closing(_: web.Application) -> AsyncIterator[None]:
            yield
            await widgets.close()

        app.cleanup_ctx.append(closing)

    def read(self, arrival: Arrival) -> Sequence[Inbound]:
        """The one thing that a visitor said or did. Raises `ValueError` for bytes that the channel never wrote."""
        try:
            return [said.read(arrival)]
        except (KeyError, TypeError, msgspec.MsgspecError) as error:
            raise ValueError(f"not of the chat: {error}") from error

    async def deliver(self, message: OutboundMessage) -> Receipt:
        """The message stands in the conversation already; here it is shown to those who watch it.

        Whoever is not there gets it when they come back, by its place; and by mail, if they left an address.
        """
        desk, widgets = self._desk, self._widgets
        if desk is None or widgets is None:
            raise TryLater("the chat is not open yet")
        if message.conversation is None:
            raise Undeliverable("there is no conversation in which this could be shown", code="no-conversation")
        try:
            found = await desk.conversation(message.account, message.conversation, limit=1)
        except Exception as error:
            raise TryLater(f"the conversation cannot be read now: {error}") from error
        if found.ticket is None:
            raise Undeliverable("there is no such conversation", code="no-conversation")
        talk = widgets.rooms.watched(message.account, message.conversation)
        if talk is None:
            return Receipt(words="kept until they come back")
        widgets.rooms.pump(talk)
        return Receipt(words="shown")

    def ticket_changed(self, ticket: int, kind: str, data: Mapping[str, Any]) -> None:
        """Something happened to a ticket."""
        if self._widgets is not None:
            self._widgets.rooms.ticket_changed(ticket, kind, data)

    def attendance_changed(self) -> None:
        """Agents came to the desk or left it."""
        if self._widgets is not None:
            self._widgets.rooms.attendance_changed()

    def hours_changed(self) -> None:
        """The opening hours are others, or one of them began or ended."""
        if self._widgets is not None:
            self._widgets.rooms.hours_changed()

    def agents_look(self, ticket: int, typing: Sequence[str] | None) -> None:
        """Who of those with the ticket on their screen types an answer; None when nobody looks."""
        if self._widgets is not None:
            self._widgets.rooms.agents_look(ticket, typing)

    def embedding(self, settings: Mapping[str, Any], public_url: str) -> Embedding:
        """A queue for commands that are given before the file has come, and the file."""
        loader = f"{public_url}/chat/loader.js"
        return Embedding(
            snippet=(
                "<script>window.madoguchi??=Object.assign((...said)=>madoguchi.q.push(said),{q:[]})</script>\n"
                f'<script async src="{loader}" data-site="{settings.get("slug", "")}"></script>'
            ),
            policy=f"script-src {public_url}; frame-src {public_url}",
        )

    def judge(self, settings: Mapping[str, Any], language: str = "en") -> Mapping[str, str]:
        """What keeps these settings from being a site; the desk asks before it saves them."""
        return {where: say(language, words) for where, words in site.problems(settings).items()}

    def starter(self) -> dict[str, Any]:
        """The settings that a new site begins with."""
        return {
            "slug": "shop",
            "title": {"ja": "チャットでお問い合わせ", "en": "Chat with us"},
            "greeting": {
                "ja": "いらっしゃいませ。ご質問をどうぞお聞かせください。",
                "en": "Welcome. How can we help?",
            },
            "away": {
                "ja": "ただいま席を外しております。メールアドレスをお残しいただければ、追ってご返信いたします。",
                "en": "Nobody is here just now. Leave your mail address and we will get back to you.",
            },
        }

    async def test(self, account: Account) -> Sequence[Check]:
        """Whether the site can be embedded, and identities be signed."""
        wrong = site.problems(account.settings)
        checks = [Check(where, False, words) for where, words in wrong.items()]
        if not wrong:
            sites = site.Site.of(account.settings).sites
            words = ", ".join(sites) or "No site is allowed to embed the chat yet."
            checks.append(Check("sites", bool(sites), words))
        for name in ("identity_key", "identity_key_old"):
            key = account.secrets.get(name, "")
            if key:
                long = len(key) >= SHORTEST_KEY
                checks.append(Check(name, long, "" if long else f"It needs {SHORTEST_KEY} characters or more."))
        return checks
