"""The two sides: what a channel is given, and what it promises, at least and beyond."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

from aiohttp import web

from channels.contract.accounts import Account, Check, Embedding, Field, Health, Limits
from channels.contract.incoming import Accepted, Arrival, Attachment, ContactChanged, Inbound
from channels.contract.outgoing import OutboundMessage, Outcome, Receipt
from channels.contract.raw import Spool
from channels.contract.rich import Choice, Rich
from channels.contract.shown import Present, ShownConversation, ShownMessage

Found = TypeVar("Found")
OFFERS = "offer_elsewhere"
"""A setting, on or off, of accounts whose channel `LinksContacts`: customers of others are offered to go on there."""
ONWARD_LIVES = timedelta(days=30)
"""How long such an offer is good."""


class Reader(Protocol):
    """Looks at what the desk keeps for one account, as it was at one moment."""

    def look_up(self, shelf: str, key: str) -> Any:
        """As `Desk.look_up`."""

    def conversation(
        self, conversation: str, *, after: int | None = None, before: int | None = None, limit: int = 50
    ) -> ShownConversation:
        """As `Desk.conversation`."""


class Desk(Protocol):
    """What a channel is given."""

    @property
    def public_url(self) -> str:
        """Where the desk is seen from outside, without a trailing slash."""

    async def accept(self, arrival: Arrival) -> Accepted:
        """File an arrival. Returning means it is on disk; raising means that it must be offered again."""

    def accounts(self, kind: str) -> Sequence[Account]:
        """The enabled accounts of a kind, as they are now; costs nothing, ask each time."""

    async def accounts_changed(self, kind: str) -> Sequence[Account]:
        """Wait until accounts of this kind were added, changed or removed; gives the new ones."""

    def spool(self) -> AbstractAsyncContextManager[Spool]:
        """A file to receive something large into."""

    async def recall(self, account: Account, name: str) -> Any:
        """What was remembered under this name for the account (JSON), or None."""

    async def remember(self, account: Account, name: str, value: Any) -> None:
        """Keep a small JSON value for the account: a cursor, a token's expiry."""

    async def keep(self, account: Account, shelf: str, key: str, value: Any, *, until: datetime | None = None) -> None:
        """Keep one of many JSON values, each under its key on a shelf of the account; None takes it away.

        Past `until` it is gone.
        """

    async def look_up(self, account: Account, shelf: str, key: str) -> Any:
        """What is kept under this key, or None."""

    async def look_through(self, account: Account, look: Callable[[Reader], Found]) -> Found:
        """Several looks in one read, each by what the one before found. `look` runs in a worker thread.

        What it raises is raised here.
        """

    async def conversation(
        self,
        account: Account,
        conversation: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> ShownConversation:
        """What the customer may see of a conversation: what came after a seq, before one, or the newest."""

    async def file(self, account: Account, conversation: str, file: int) -> Attachment | None:
        """A file of a message that `conversation` shows."""

    async def publish(self, account: Account, name: str, file: Attachment) -> str:
        """A lasting public address of a file, which nobody can guess. The same name again gives the same address."""

    async def confirm(self, account: Account, address: str, code: str, language: str) -> bool:
        """Mail somebody a code with which they show that the address is theirs; False when that cannot be done now."""

    async def buyer(self, address: str, number: str) -> int | None:
        """The customer with this mail address who made an order of this number, in any writing; None: nobody."""

    async def shop(self, language: str) -> str:
        """What customers call the shop; empty where nobody has said it."""

    async def place_of(self, ticket: int) -> tuple[Account, str] | None:
        """The account and the conversation of a ticket; None where it has none, or the account is switched off."""

    async def helps(self, account: Account) -> bool:
        """Whether the shop's articles are offered to those who write here (`POST /help/suggest`)."""

    def elsewhere(self) -> Account | None:
        """The account on which customers of other channels are offered to go on (`OFFERS`); costs nothing."""

    async def way_on(self, account: Account, conversation: str) -> str:
        """A page on which the customer of a conversation goes on there; empty where there is none to be offered."""

    async def invite(self, account: Account, customer: int, issued: datetime) -> str | None:
        """A code that works once, by which whoever shows it at `account` becomes this customer.

        Asked with a link that they were given at `issued`. Empty when the customer has a contact there already; None
        when nobody has this number, or became one there since by such a code: a link is used up by that.
        """

    def show(self, present: Present) -> None:
        """Tell the agents that a customer came, moves, types or went."""

    def opening(self, account: Account, language: str) -> ShownMessage | None:
        """What is said to whoever opens an empty conversation, with seq 0; a tap on one of its choices begins it."""

    def attended(self, team: int | None = None) -> bool:
        """Whether somebody who answers is at the desk now, or somebody of a team; costs nothing, ask each time."""

    async def report(self, account: Account, health: Health) -> None:
        """Say how the account's way in is doing."""

    def allow(self, bucket: str, *, limit: int, per: timedelta) -> float:
        """Rate limit: 0.0 when allowed (and counted), else the seconds to wait."""

    def sign(self, purpose: str, text: str) -> str:
        """A short URL-safe signature of a text, by a key that never leaves the desk."""


class Channel(Protocol):
    """A way to reach the desk."""

    kind: ClassVar[str]
    label: ClassVar[str]
    fields: ClassVar[Sequence[Field]]

    def attach(self, app: web.Application, desk: Desk) -> None:
        """Open the doors: routes, listeners, pollers (as `app.cleanup_ctx`). Called once, before the start."""

    def read(self, arrival: Arrival) -> Sequence[Inbound]:
        """Pure: from raw bytes to messages, in a worker thread; may be asked again at any time."""

    async def deliver(self, message: OutboundMessage) -> Receipt:
        """Hand a letter to the network, or raise `Undeliverable` or `TryLater`."""


@runtime_checkable
class MeetsDesk(Protocol):
    """A channel that wants the desk before and without its doors: a command reads as the server does."""

    def meet(self, desk: Desk) -> None:
        """Called once, when the parts of a process are made."""


@runtime_checkable
class JudgesSending(Protocol):
    """A channel whose accounts can write only when they are set up for it: a mailbox without an SMTP server cannot."""

    def unable(self, settings: Mapping[str, Any]) -> str:
        """Why an account of these settings cannot send, in words for an admin; empty when it can."""


@runtime_checkable
class TestsAccount(Protocol):
    """A channel that can try an account's connection."""

    async def test(self, account: Account) -> Sequence[Check]:
        """Try everything the account needs, each as one line; never raises for a network's failure."""


@runtime_checkable
class SpeaksFromCommands(Protocol):
    """A channel that commands use without opening its doors: it is told the desk first, and closed afterwards."""

    def prepare(self, desk: Desk) -> None:
        """Know the desk."""

    async def close(self) -> None:
        """Let go of every connection."""


@runtime_checkable
class DelaysLetters(Protocol):
    """A channel whose letters wait a little before the first try, so that they can be recalled (undo)."""

    undo_seconds: ClassVar[int]


@runtime_checkable
class ReadsAtOnce(Protocol):
    """A channel some of whose arrivals (by media type) take microseconds and no disk to `read`: a chat's lines.

    They are read where they come in, and stand in the writer's queue before `Desk.accept` first waits, so that they
    keep their order.
    """

    reads_at_once: ClassVar[Collection[str]]


@runtime_checkable
class RotatesSecrets(Protocol):
    """A channel some of whose secrets the desk can make anew: each by its field, to the field that keeps the former."""

    rotates: ClassVar[Mapping[str, str]]


@runtime_checkable
class StandsOnPages(Protocol):
    """A channel that stands on the pages of a shop."""

    def embedding(self, settings: Mapping[str, Any], public_url: str) -> Embedding:
        """What the shop puts there for an account with these settings."""


@runtime_checkable
class ShowsTyping(Protocol):
    """A channel whose customers see that an answer is being written. It is called often and must not wait."""

    def agents_look(self, ticket: int, typing: Sequence[str] | None) -> None:
        """Who of those with the ticket on their screen types an answer, by name; None when nobody looks any more."""


@runtime_checkable
class ShowsTickets(ShowsTyping, Protocol):
    """A channel whose customers watch their conversation as it happens: that somebody joined it, or that it ended."""

    def ticket_changed(self, ticket: int, kind: str, data: Mapping[str, Any]) -> None:
        """A change of the feed (`kind` "message.written", "ticket.changed" …), after its commit, in its order. Called
        often, and must not wait."""


@runtime_checkable
class TellsAttendance(Protocol):
    """A channel that tells its customers whether somebody answers now."""

    def attendance_changed(self) -> None:
        """Agents came or went: `Desk.attended` may answer something else. Must not wait."""


@runtime_checkable
class TellsHours(Protocol):
    """A channel that tells its customers when somebody is there."""

    def hours_changed(self) -> None:
        """The opening hours are others, or one of them began or ended. Must not wait."""


@runtime_checkable
class AnswersElsewhere(Protocol):
    """A channel without a way out (a form, a phone): its customers are answered through an account of this kind."""

    answers_by: ClassVar[str]


@runtime_checkable
class FetchesContent(Protocol):
    """A channel whose network keeps the files of messages for a while, to be fetched."""

    def largest(self, account: Account) -> int:
        """How many bytes a file may have; a larger one is not kept."""

    async def fetch(self, account: Account, ref: str, spool: Spool) -> str:
        """Write a pending file's bytes into `spool`; its media type, or nothing to keep the announced one.

        Raises `TryLater` while the network prepares it, `Undeliverable` when it will never give it.
        """


@runtime_checkable
class KnowsProfile(Protocol):
    """A channel whose network tells who somebody is."""

    async def profile(self, account: Account, ref: str) -> ContactChanged:
        """What it tells now. Raises as `FetchesContent.fetch` does."""


@runtime_checkable
class MarksRead(Protocol):
    """A channel whose network tells a customer that their message was read."""

    async def mark_read(self, account: Account, handle: str) -> None:
        """By the `Handles.read` of the newest message read. A failure is only logged."""


@runtime_checkable
class DeliversTogether(Protocol):
    """A channel that takes several letters of one line at once, so that they cost as one."""

    most_together: ClassVar[int]

    async def deliver_together(self, messages: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        """What became of each, in their order. The same letters are offered together again, until each is settled."""


@runtime_checkable
class DrawsRich(Protocol):
    """A channel whose network draws buttons and cards; customers of the others get the same in words."""

    def draw(self, rich: Rich | None, choices: Sequence[Choice]) -> Sequence[Mapping[str, Any]]:
        """In the network's own format, as it would be sent. Raises `Undeliverable` with what the network would not
        take, in words for whoever wrote it."""


@runtime_checkable
class OffersChoices(Protocol):
    """A channel whose network shows the `choices` of a letter to be tapped, and tells which was."""

    most_choices: ClassVar[int]
    """So many under one message."""
    longest_choice: ClassVar[int]
    """So many characters of a label."""


@runtime_checkable
class HasStickers(Protocol):
    """A channel whose network lets us send some of its stickers. `FetchesContent.fetch` gives the picture of one as
    `sticker:ID`."""

    def stickers(self) -> Mapping[str, range]:
        """The ids that may be sent, by package."""


@runtime_checkable
class LinksContacts(Protocol):
    """A channel whose contacts can show who they are: on a page of their own, or by a code that they were given."""

    def link_page(self, account: Account, address: str) -> str:
        """Where this contact links themselves."""

    def continue_at(self, account: Account, code: str) -> str:
        """Where a customer, for whom the code was kept, goes on with the conversation."""

    def go_page(self, account: int, customer: int, issued: datetime) -> str:
        """A page of a customer, on which they have such a code made, for `ONWARD_LIVES` from `issued` on, and until
        they have a contact there. The same at every call."""


@runtime_checkable
class HasMenu(Protocol):
    """A channel whose network shows a menu under each chat. All three raise `ValueError` with words for an admin."""

    async def put_menu(self, account: Account, definition: Mapping[str, Any], picture: bytes) -> str:
        """Show everybody a menu, made of the network's own definition and a picture; its id."""

    async def take_menu_away(self, account: Account) -> None:
        """Show nobody a menu any more."""

    async def menus(self, account: Account) -> Sequence[Mapping[str, Any]]:
        """What the network knows of, as it tells it."""


@runtime_checkable
class KnowsLimits(Protocol):
    """A channel whose composer should know what a message may hold and how many may still leave."""

    async def limits(self, account: Account) -> Limits:
        """As they are now; asked often, so kept for a while."""
