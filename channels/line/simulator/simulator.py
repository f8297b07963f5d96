"""One official account on a LINE platform of one's own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from channels.line.simulator import ids
from channels.line.simulator.bubbles import Bubble, Chat, words_of
from channels.line.simulator.contents import Content
from channels.line.simulator.faults import Fault, Faults
from channels.line.simulator.groups import Group
from channels.line.simulator.linking import Links
from channels.line.simulator.menus import Menus
from channels.line.simulator.people import Person
from channels.line.simulator.sending import Sending
from channels.line.simulator.tokens import Tokens
from channels.line.simulator.webhooks import Attempt, Event, Webhooks


@dataclass
class Account:
    """The official account as people see it."""

    name: str
    user_id: str
    basic_id: str = "@216ru"
    premium_id: str | None = None
    chat_mode: Literal["chat", "bot"] = "bot"
    mark_as_read: Literal["auto", "manual"] = "manual"


@dataclass(frozen=True)
class Call:
    """One request to the API and its answer, as they went over the wire."""

    at: datetime
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes
    answer_headers: dict[str, str]
    route: str = ""


class Simulator:
    """LINE for one account: state, rules and people. `doors` gives it its HTTP side.

    `clock` is what every expiry goes by. With `loopback` plain http addresses of this machine and its private network
    pass where LINE wants https: the demo and the tests have no certificate.
    """

    def __init__(
        self,
        channel_id: str,
        channel_secret: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        name: str = "まどぐち商店",
        loopback: bool = True,
    ) -> None:
        self.channel_id = channel_id
        self.channel_secret = channel_secret
        self.clock = clock
        self.loopback = loopback
        self.account = Account(name, ids.user_id(channel_id))
        self.tokens = Tokens(channel_id, channel_secret, clock)
        self.token = self.tokens.issue_long_lived()
        self.faults = Faults(clock)
        self.webhooks = Webhooks(channel_secret, self.account.user_id, clock)
        self.webhooks.on_change = self.touch
        self.sending = Sending(self)
        self.links = Links(self)
        self.menus = Menus()
        self.contents: dict[str, Content] = {}
        self.content_lives = timedelta(days=14)
        self.transcoding_asks = 0
        self.read_tokens = True
        self.base_url = ""
        self.people: list[Person] = []
        self.groups: list[Group] = []
        self.calls: deque[Call] = deque(maxlen=5000)
        self.version = 0
        self._chats: dict[str, Chat] = {}
        self._message = int(clock().timestamp() * 1_000_000) * 100
        self._stamp = 0
        self._waiting: list[asyncio.Future[None]] = []

    # -- people and groups

    def person(
        self,
        name: str,
        *,
        language: str | None = "ja",
        picture: bytes | None = None,
        status: str | None = None,
        friend: bool = False,
        seed: str | None = None,
    ) -> Person:
        """Somebody new. A friend of the account already, if so told; otherwise let them `follow()` or write.

        The same `seed` gives the same id, for who comes again after a restart.
        """
        person = Person(self, name, language=language, picture=picture, status=status, seed=seed)
        person.friend = friend
        self.people.append(person)
        self._chats[person.id] = person.chat
        return person

    def group(
        self,
        name: str,
        members: Sequence[Person] = (),
        *,
        kind: Literal["group", "room"] = "group",
        inside: bool = True,
        seed: str | None = None,
    ) -> Group:
        """A group chat (or a multi-person chat), with the account in it or not yet."""
        chat_id = ids.group_id(seed) if kind == "group" else ids.room_id(seed)
        group = Group(self, Chat(chat_id, kind, name, list(members), account_inside=inside))
        self.groups.append(group)
        self._chats[chat_id] = group.chat
        return group

    def chat(self, chat_id: str) -> Chat | None:
        """The chat that a push names."""
        return self._chats.get(chat_id)

    def find_person(self, user_id: str) -> Person | None:
        """The person with this id."""
        return next((person for person in self.people if person.id == user_id), None)

    def find_bubble(self, message_id: str) -> tuple[Chat, Bubble]:
        """Where a message stands.

        Raises KeyError.
        """
        for chat in self._chats.values():
            bubble = chat.find(message_id)
            if bubble is not None:
                return chat, bubble
        raise KeyError(message_id)

    # -- what happens

    def next_message_id(self) -> str:
        """Message ids grow, also over a restart."""
        self._message += 1
        return str(self._message)

    def show(self, chat: Chat, person: Person, message: dict[str, Any], *, quotable: bool = False) -> Bubble:
        """Put what a person sent on the screens."""
        bubble = Bubble(
            id=self.next_message_id(),
            at=self.clock(),
            kind=str(message["type"]),
            text=words_of(message),
            message=message,
            person=person,
            quote_token=ids.opaque(48) if quotable else None,
            quotes=message.get("quotedMessageId"),
        )
        chat.bubbles.append(bubble)
        self.touch()
        return bubble

    def happened(
        self, kind: str, more: dict[str, Any], chat: Chat, person: Person | None, *, token: bool = True
    ) -> Event:
        """Make an event and put it on its way. Timestamps never stand still, so that the order can be told."""
        now = self.clock()
        self._stamp = max(int(now.timestamp() * 1000), self._stamp + 1)
        event: Event = {
            "type": kind,
            "mode": "active",
            "timestamp": self._stamp,
            "source": chat.source(person),
            "webhookEventId": ids.ulid(now),
            "deliveryContext": {"isRedelivery": False},
        }
        if token:
            event["replyToken"] = self.sending.reply_token(chat)
        event.update(more)
        if chat.account_inside:
            self.webhooks.send(chat.id, event)
        self.touch()
        return event

    async def settled(self) -> None:
        """Wait until every event has been handed over, or given up."""
        await self.webhooks.settled()

    async def post(self, *events: Event, redelivery: bool = False) -> Attempt:
        """Hand these events over in one webhook, now: in another order, twice, several at once."""
        return await self.webhooks.post(*events, redelivery=redelivery)

    # -- bad days

    def fail_next(
        self,
        status: int | None,
        times: int = 1,
        *,
        path: str = "",
        message: str | None = None,
        details: Sequence[tuple[str, str]] = (),
        after_accepting: bool = False,
        delay: float = 0.0,
        silent: bool = False,
    ) -> Fault:
        """See `Faults.fail_next`."""
        return self.faults.fail_next(
            status,
            times,
            path=path,
            message=message,
            details=details,
            after_accepting=after_accepting,
            delay=delay,
            silent=silent,
        )

    @property
    def quota(self) -> int | None:
        """How many messages may be sent in a month; None for no limit."""
        return self.sending.quota.limit

    @quota.setter
    def quota(self, limit: int | None) -> None:
        self.sending.quota.limit = limit
        self.touch()

    # -- who watches

    def touch(self) -> None:
        """Something changed on a screen."""
        self.version += 1
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def changed(self, after: int, patience: float) -> int:
        """Wait until there is something newer than `after`, or for so many seconds; the version now."""
        if self.version <= after:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await asyncio.wait([future], timeout=patience)
            if not future.done():
                future.cancel()
        return self.version
