"""Sending: what a push, a reply or a multicast does once it was understood, and what it costs."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from channels.line.rules import Detail, Refusal, check_messages
from channels.line.simulator import ids
from channels.line.simulator.bubbles import Bubble, Chat, Via, words_of
from channels.line.simulator.refusals import (
    ALREADY_ACCEPTED,
    BAD_RETRY_KEY,
    FAILED_TO_SEND,
    INVALID_REPLY_TOKEN,
    MONTHLY,
    NOT_YOURS,
    invalid_property,
)

if TYPE_CHECKING:
    from channels.line.simulator.simulator import Simulator

REPLY_TOKEN_LIVES = timedelta(minutes=1)
RETRY_KEY_LIVES = timedelta(hours=24)
_JAPAN = ZoneInfo("Asia/Tokyo")


@dataclass
class ReplyToken:
    """The right to one free answer."""

    chat: Chat
    expires: datetime
    used: bool = False


@dataclass(frozen=True)
class Accepted:
    """A request that was accepted under a retry key."""

    request_id: str
    at: datetime
    sent: list[dict[str, str]]


@dataclass
class Quota:
    """What may be sent in a month and what was: one for each person who gets it, however many bubbles it has."""

    limit: int | None = None
    used: Counter[str] = field(default_factory=Counter)


class Sending:
    """The outgoing half of one account."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.quota = Quota()
        self.sent: Counter[tuple[str, str]] = Counter()
        self.broadcast_allowed = False
        self._tokens: dict[str, ReplyToken] = {}
        self._accepted: dict[str, Accepted] = {}

    # -- reply tokens

    def reply_token(self, chat: Chat) -> str:
        """A new token for an event of this chat."""
        value = ids.opaque(32)
        self._tokens[value] = ReplyToken(chat, self._simulator.clock() + REPLY_TOKEN_LIVES)
        return value

    # -- the endpoints

    def reply(self, body: dict[str, Any], request_id: str, retry_key: str | None) -> dict[str, Any]:
        """`POST /v2/bot/message/reply`: free, once, within a minute."""
        if retry_key is not None:
            raise Refusal(400, "The retry key is not supported by this API")
        self._check(body)
        token = self._tokens.get(str(body.get("replyToken", "")))
        if token is None or token.used or token.expires <= self._simulator.clock():
            raise Refusal(400, INVALID_REPLY_TOKEN)
        self._check_quotes(body, token.chat)
        token.used = True
        return {"sentMessages": self._show(token.chat, body, "reply", request_id, None)}

    def push(self, body: dict[str, Any], request_id: str, retry_key: str | None) -> dict[str, Any]:
        """`POST /v2/bot/message/push`: to a person, a group or a room."""
        self._check_key(retry_key)
        self._check(body)
        to = body.get("to")
        if not isinstance(to, str) or not (ids.USER.match(to) or ids.GROUP.match(to) or ids.ROOM.match(to)):
            raise invalid_property("to")
        chat = self._simulator.chat(to)
        if chat is None or not chat.account_inside:
            raise Refusal(400, FAILED_TO_SEND)
        self._check_quotes(body, chat)
        self._spend(self._receivers(chat))
        sent = self._show(chat, body, "push", request_id, retry_key)
        self._accept(retry_key, request_id, sent)
        return {"sentMessages": sent}

    def multicast(self, body: dict[str, Any], request_id: str, retry_key: str | None) -> dict[str, Any]:
        """`POST /v2/bot/message/multicast`: to up to 500 people, never to groups."""
        self._check_key(retry_key)
        self._check(body)
        to = body.get("to")
        if not isinstance(to, list) or not 1 <= len(to) <= 500:
            raise Refusal(400, "The request body has 1 error(s)", (Detail("Size must be between 1 and 500", "to"),))
        if not all(isinstance(each, str) and ids.USER.match(each) for each in to):
            raise invalid_property("to")
        chats = [chat for chat in map(self._simulator.chat, dict.fromkeys(to)) if chat is not None]
        self._spend(sum(map(self._receivers, chats)))
        for chat in chats:
            self._show(chat, body, "multicast", request_id, retry_key)
        self._accept(retry_key, request_id, [])
        return {}

    def broadcast(self, body: dict[str, Any], request_id: str, retry_key: str | None) -> dict[str, Any]:
        """`POST /v2/bot/message/broadcast`, where the account has it switched on."""
        if not self.broadcast_allowed:
            raise Refusal(403, NOT_YOURS)
        self._check_key(retry_key)
        self._check(body)
        chats = [person.chat for person in self._simulator.people if person.friend]
        self._spend(sum(map(self._receivers, chats)))
        for chat in chats:
            self._show(chat, body, "broadcast", request_id, retry_key)
        self._accept(retry_key, request_id, [])
        return {}

    # -- what it costs

    @property
    def used(self) -> int:
        """Messages spent in this month, as the calendar in Japan has it."""
        return self.quota.used[self._month()]

    def delivered_on(self, kind: str, day: str) -> int:
        """How many messages of a kind were sent on a day (yyyyMMdd, in Japan)."""
        return self.sent[(kind, day)]

    def today(self) -> str:
        """The day in Japan, yyyyMMdd."""
        return f"{self._simulator.clock().astimezone(_JAPAN):%Y%m%d}"

    def _month(self) -> str:
        return self.today()[:6]

    def _receivers(self, chat: Chat) -> int:
        if chat.kind == "user":
            return 1 if chat.members[0].reachable else 0
        return len(chat.members)

    def _spend(self, messages: int) -> None:
        limit = self.quota.limit
        if limit is not None and self.used + messages > limit:
            raise Refusal(429, MONTHLY)
        self.quota.used[self._month()] += messages

    # -- within

    def _check(self, body: dict[str, Any]) -> None:
        check_messages(body, loopback=self._simulator.loopback)

    def _check_key(self, retry_key: str | None) -> None:
        if retry_key is None:
            return
        try:
            if str(uuid.UUID(retry_key)) != retry_key.lower():
                raise ValueError
        except ValueError:
            raise Refusal(400, BAD_RETRY_KEY) from None
        accepted = self._accepted.get(retry_key.lower())
        if accepted is not None and self._simulator.clock() - accepted.at < RETRY_KEY_LIVES:
            more = {"sentMessages": accepted.sent} if accepted.sent else {}
            raise Refusal(409, ALREADY_ACCEPTED, (), {"x-line-accepted-request-id": accepted.request_id}, more)

    def _accept(self, retry_key: str | None, request_id: str, sent: list[dict[str, str]]) -> None:
        if retry_key is not None:
            self._accepted[retry_key.lower()] = Accepted(request_id, self._simulator.clock(), sent)

    def _check_quotes(self, body: dict[str, Any], chat: Chat) -> None:
        known = {bubble.quote_token for bubble in chat.bubbles}
        found = [
            Detail("Invalid quote token", f"messages[{index}].quoteToken")
            for index, message in enumerate(body["messages"])
            if message.get("quoteToken") is not None and message["quoteToken"] not in known
        ]
        if found:
            raise Refusal(400, f"The request body has {len(found)} error(s)", tuple(found))

    def _show(
        self, chat: Chat, body: dict[str, Any], via: Via, request_id: str, retry_key: str | None
    ) -> list[dict[str, str]]:
        """Put the bubbles on the screens of those who can be reached. LINE says 200 for the others as well."""
        simulator = self._simulator
        messages = body["messages"]
        self.sent[(via, self.today())] += len(messages) * self._receivers(chat)
        sent = []
        for message in messages:
            bubble = Bubble(
                id=simulator.next_message_id(),
                at=simulator.clock(),
                kind=str(message["type"]),
                text=words_of(message),
                message=message,
                via=via,
                request_id=request_id,
                retry_key=retry_key,
                notified=not body.get("notificationDisabled", False),
                quotes=next((each.id for each in chat.bubbles if each.quote_token == message.get("quoteToken")), None)
                if message.get("quoteToken")
                else None,
            )
            answer = {"id": bubble.id}
            if bubble.kind in ("text", "textV2", "sticker", "image", "video", "template"):
                bubble.quote_token = answer["quoteToken"] = ids.opaque(48)
            sent.append(answer)
            if self._receivers(chat):
                chat.bubbles.append(bubble)
        chat.loading_until = None
        simulator.touch()
        return sent
