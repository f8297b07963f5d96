"""Letters on their way: together where they may, free where they can, and never twice.

What agents write is pushed under a retry key made of the letters' own keys, so that LINE knows a repeat. What the desk
says by itself goes as a reply, which is free, but knows no retry key: a reply whose outcome nobody heard is only
tried again with its own token, which LINE takes once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import aiohttp

from channels.contract import Account, Desk, OutboundMessage, Outcome, Part, Receipt, TryLater, Undeliverable
from channels.line.bubbles import Bubble, compose
from channels.line.errors import Lost, Refused, judged, unheard
from channels.line.platform import Platform, sent_messages
from channels.line.quota import Quotas
from channels.line.rules.limits import MESSAGES
from channels.line.thrift import too_dear

AT_ONCE = MESSAGES
"""Bubbles of one request."""
KEYS = UUID("6f1b6a0e-35d2-5f0a-9a64-0c1d6a0b7e11")
REPEATABLE = timedelta(hours=23, minutes=30)
"""LINE remembers a retry key for 24 hours; what was first tried earlier cannot be repeated safely."""
AT_ONCE_AGAIN = timedelta(seconds=3)
"""A reply that nobody heard of is tried again while its token lives: then the token's refusal means something."""
AFTER_THE_CLAIM = timedelta(minutes=5)
"""A letter that was claimed while its token lived is delivered within this, if it is."""
REFUSED_REPLIES = "refused-replies"
BEHIND = "It waits for the letter before it."


@dataclass(slots=True)
class Post:
    """A letter, its bubbles, and what became of them so far."""

    message: OutboundMessage
    bubbles: list[Bubble]
    outcome: Outcome | None = None
    sent: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class Request:
    """Up to five bubbles that leave together: whole letters, or a part of one that is longer."""

    posts: list[Post]
    bubbles: list[Bubble]
    part: int = 0

    @property
    def key(self) -> str:
        """The retry key: the same for the same letters, at every try."""
        return str(uuid5(KEYS, "|".join(post.message.key for post in self.posts) + f"#{self.part}"))


class Sending:
    """The outgoing half of the channel."""

    def __init__(self, desk: Desk, platform: Platform, quotas: Quotas) -> None:
        self._desk = desk
        self._platform = platform
        self._quotas = quotas

    async def deliver(self, messages: Sequence[OutboundMessage]) -> list[Outcome]:
        """What became of each letter of one line, in their order."""
        posts = [await self._prepare(message) for message in messages]
        able = [post for post in posts if post.outcome is None]
        if able and able[0].message.automatic:
            able = await self._answer(able)
        for post in able:
            post.outcome = await too_dear(self._desk, post.message)
        await self._push([post for post in able if post.outcome is None])
        return [post.outcome or TryLater(BEHIND) for post in posts]

    async def _prepare(self, message: OutboundMessage) -> Post:
        if message.unreachable:
            return Post(message, [], Undeliverable(f"{message.unreachable} Answer by mail instead.", code="blocked"))
        if message.first_tried_at is not None and datetime.now(UTC) - message.first_tried_at > REPEATABLE:
            words = "LINE has not said for a day that it took this. It is not sent again, lest it come twice."
            return Post(message, [], Undeliverable(words, code="lost"))
        try:
            return Post(message, await compose(self._desk, message))
        except Undeliverable as error:
            return Post(message, [], error)

    # ------------------------------------------------------------------------------------------------------- push

    async def _push(self, posts: list[Post]) -> None:
        """One request after the other; where one must wait, all behind it wait, so that their order holds."""
        for request in packed(posts):
            if request.posts[0].outcome is not None:  # its first part failed
                continue
            if not await self._push_one(request):
                break

    async def _push_one(self, request: Request) -> bool:
        """Whether what stands behind may go on."""
        first = request.posts[0].message
        try:
            names = await self._platform.push(first.account, first.to[0].address, request.bubbles, request.key)
            self._quotas.spent(first.account)
        except Refused as error:
            if error.accepted_before:
                names = sent_messages_of(error)
            elif error.status == 400 and error.has_details and len(request.posts) > 1:
                return await self._push_apart(request)
            else:
                return self._end(request, judged(error), first.account)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return self._end(request, unheard(error), first.account)
        except ValueError as error:
            return self._end(request, Undeliverable(str(error), code="settings"), first.account)
        _share(request, names)
        return True

    async def _push_apart(self, request: Request) -> bool:
        """LINE did not like something of one of them, and took none: each alone, so that the others leave."""
        for post in request.posts:
            if not await self._push_one(Request([post], post.bubbles)):
                return False
        return True

    def _end(self, request: Request, outcome: Outcome, account: Account) -> bool:
        if isinstance(outcome, Undeliverable) and outcome.code == "quota":
            self._quotas.exhausted(account)
        for post in request.posts:
            post.outcome = outcome
        return isinstance(outcome, Undeliverable)

    # ------------------------------------------------------------------------------------------------------ reply

    async def _answer(self, posts: list[Post]) -> list[Post]:
        """Say what the desk says by itself with the reply token, while it lives; those left must be pushed."""
        first = posts[0].message
        token, until = first.handles.answer, first.handles.answer_until
        fit: list[Post] = []
        for post in posts:
            if sum(len(one.bubbles) for one in [*fit, post]) > AT_ONCE or post.message.handles != first.handles:
                break
            fit.append(post)
        if not token or until is None or not fit:
            return posts
        tried = first.first_tried_at is not None and first.first_tried_at < until
        if tried and await self._desk.look_up(first.account, REFUSED_REPLIES, first.key):
            return posts
        if not tried and (late := datetime.now(UTC) - until) >= timedelta():
            if late < AFTER_THE_CLAIM:
                await self._never_replied(first)
            return posts
        bubbles = [bubble for post in fit for bubble in post.bubbles]
        outcome: Outcome
        try:
            names = await self._platform.reply(first.account, token, bubbles)
        except Refused as error:
            if not tried and error.status == 400:
                await self._never_replied(first)
                return posts
            outcome = _repeated(until) if tried and error.invalid_reply_token else judged(error)
            if isinstance(outcome, Lost):
                outcome.after = AT_ONCE_AGAIN
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            outcome = unheard(error)
            outcome.after = AT_ONCE_AGAIN
        else:
            _share(Request(fit, bubbles), names)
            return [post for post in posts if post.outcome is None]
        for post in fit:
            post.outcome = outcome
        waits = isinstance(outcome, TryLater)
        return [] if waits else [post for post in posts if post.outcome is None]

    async def _never_replied(self, message: OutboundMessage) -> None:
        """Its reply token was used already, or it was too late: write it down, so that the next try need not wonder."""
        until = datetime.now(UTC) + timedelta(days=4)
        await self._desk.keep(message.account, REFUSED_REPLIES, message.key, True, until=until)


def packed(posts: Sequence[Post]) -> list[Request]:
    """Letters in requests of five bubbles: whole ones together, a longer one by itself in several."""
    found: list[Request] = []
    for post in posts:
        if len(post.bubbles) > AT_ONCE:
            parts = [post.bubbles[at : at + AT_ONCE] for at in range(0, len(post.bubbles), AT_ONCE)]
            found += [Request([post], part, number) for number, part in enumerate(parts)]
        elif found and found[-1].part == 0 and _fits(found[-1], post):
            found[-1].posts.append(post)
            found[-1].bubbles += post.bubbles
        else:
            found.append(Request([post], list(post.bubbles)))
    return found


def _fits(request: Request, post: Post) -> bool:
    whole = len(request.posts[0].bubbles) <= AT_ONCE
    return whole and len(request.bubbles) + len(post.bubbles) <= AT_ONCE


def _share(request: Request, names: list[dict[str, Any]]) -> None:
    """Give each letter what LINE calls its bubbles; delivered when all of them are."""
    rest = list(names)
    for post in request.posts:
        mine = min(len(post.bubbles) - len(post.sent), len(request.bubbles))
        taken, rest = rest[:mine], rest[mine:]
        post.sent += [Part(str(one.get("id", "")), str(one.get("quoteToken") or "")) for one in taken]
        done = len(request.posts) > 1 or (request.part + 1) * AT_ONCE >= len(post.bubbles)
        if done:
            parts = tuple(part for part in post.sent if part.external_id)
            post.outcome = Receipt(parts[0].external_id if parts else None, parts=parts)


def sent_messages_of(refused: Refused) -> list[dict[str, Any]]:
    """What LINE called the bubbles when it took them at an earlier try."""
    found = refused.answer.get("sentMessages") or []
    return [one for one in found if isinstance(one, dict)]


def _repeated(until: datetime) -> Outcome:
    """The token of a reply that was tried before is no longer good: it was taken then, if its time is not over yet."""
    if datetime.now(UTC) < until:
        return Receipt(words="LINE took it at the first try.")
    words = "LINE did not say whether it took this answer. It is not sent again, lest it come twice."
    return Undeliverable(words, code="lost")


async def quietly(work: Any) -> None:
    """Do something nice for the customer (a mark, an animation), which is not worth an error."""
    try:
        await work
    except (Refused, Lost, aiohttp.ClientError, TimeoutError, OSError, ValueError):
        await asyncio.sleep(0)


__all__ = ["AT_ONCE", "Post", "Request", "Sending", "packed", "quietly", "sent_messages"]
