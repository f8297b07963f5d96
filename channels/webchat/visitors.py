"""Who a visitor is: tokens that are kept as hashes, rotated and revoked, and what belongs to a visitor or a member.

A token names a visitor; `Card` holds its hashes. What a visitor said of themselves and their conversations stand in a
`Book`: the visitor's own, or, once the site signed who they are, the member's, which all their devices share.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from channels.contract import Account, Desk, Reader, ShownConversation
from channels.webchat.forms import Refusal
from channels.webchat.identity import Signed
from channels.webchat.site import Site

ROTATE_AFTER = 86_400.0
"""In seconds: a token older than this is replaced when it is next shown."""
GRACE = 3_600.0
"""In seconds: how long a replaced token stays good once its successor was shown."""
MOST_TOKENS = 4
LONGEST_TOKEN = 200
MOST_TALKS = 200
NEWEST, CATCH_UP = 50, 500
"""How many lines are shown at once: of a conversation that is opened, and of what somebody missed."""
CARDS, BOOKS = "visitor", "book"


class Token(msgspec.Struct, omit_defaults=True):
    """A token that was given out: its SHA-256, when, and until when it is good once its successor was shown."""

    hash: str
    at: float
    until: float = 0.0


class Card(msgspec.Struct, omit_defaults=True):
    """A visitor's tokens, newest last, and the member they are, if the site signed it."""

    tokens: list[Token]
    member: str | None = None
    seen: float = 0.0


class Profile(msgspec.Struct, omit_defaults=True):
    """What visitors say of themselves; nobody confirmed it."""

    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    consent: bool = False
    fields: dict[str, str] = {}


class Begun(msgspec.Struct, frozen=True):
    """A conversation and when it began, in seconds since 1970."""

    id: str
    at: float


class Book(msgspec.Struct, omit_defaults=True):
    """A visitor's or a member's conversations, the current one last said so, and their profile."""

    talks: list[Begun] = []
    current: str = ""
    profile: Profile = msgspec.field(default_factory=Profile)
    signed: Signed | None = None

    def begin(self) -> str:
        """A new conversation, from now on the current one."""
        self.current = f"c_{secrets.token_urlsafe(15)}"
        self.talks = [*self.talks, Begun(self.current, time.time())][-MOST_TALKS:]
        return self.current

    def has(self, conversation: str) -> bool:
        """Whether a conversation is one of these."""
        return any(one.id == conversation for one in self.talks)


class Known(msgspec.Struct):
    """A visitor who has shown who they are: id, the token to keep from now on, their card, and whose book counts."""

    visitor: str
    token: str
    card: Card
    new: bool = False

    @property
    def owner(self) -> str:
        """The key of their book."""
        return f"m:{self.card.member}" if self.card.member is not None else f"v:{self.visitor}"


class Visit(msgspec.Struct):
    """Who came, and what was found for them in the same read: their book, and the conversation they look at.

    `after` is the seq after which it is shown, or None: its newest lines. Without a book nothing was found yet.
    """

    known: Known
    book: Book | None = None
    conversation: str = ""
    after: int | None = None
    shown: ShownConversation | None = None

    def turn_to(self, book: Book, wanted: str | None, after: int | None) -> None:
        """The conversation they were at, if it is one of theirs, else their current one."""
        self.book = book
        theirs = not wanted or book.has(wanted)
        self.conversation, self.after = (wanted or book.current, after) if theirs else (book.current, None)

    @property
    def lines(self) -> int:
        """How many lines are shown at once."""
        return NEWEST if self.after is None else CATCH_UP


class Visitors:
    """The visitors of all sites, as the desk keeps them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def arrive(self, account: Account, site: Site, token: str, wanted: str | None, after: int | None) -> Visit:
        """Somebody shows a token: who they are and all they come back to, in one read.

        An old token is replaced. Raises `Refusal` for one that is not, or no longer, good.
        """
        visitor = _visitor_of(token)

        def look(kept: Reader) -> tuple[Visit, Token]:
            known, shown = _recognised(site, token, kept.look_up(CARDS, visitor))
            visit = Visit(known)
            book = _book(kept.look_up(BOOKS, known.owner))
            if book is not None and book.current:
                visit.turn_to(book, wanted, after)
                visit.shown = kept.conversation(visit.conversation, after=visit.after, limit=visit.lines)
            return visit, shown

        visit, shown = await self._desk.look_through(account, look)
        known, now = visit.known, time.time()
        if self._turn(known, shown, now) or now - known.card.seen > ROTATE_AFTER:
            known.card.seen = now
            await self.keep(account, site, known)
        return visit

    async def begin(self, account: Account, site: Site) -> Visit:
        """Somebody who was never here."""
        known, book = self.new(), Book()
        book.begin()
        await asyncio.gather(self.keep(account, site, known), self.keep_book(account, site, known.owner, book))
        return Visit(known, book, book.current, None, ShownConversation())

    def new(self) -> Known:
        """A visitor who was never here. Kept when `keep` is asked to."""
        visitor = f"v_{secrets.token_urlsafe(12)}"
        token, kept = _token(visitor)
        return Known(visitor, token, Card([kept], seen=time.time()), new=True)

    async def peek(self, account: Account, site: Site, token: str) -> Known:
        """Whose token this is, without a trace. Raises `Refusal`."""
        found = await self._desk.look_up(account, CARDS, _visitor_of(token))
        return _recognised(site, token, found)[0]

    async def card_of(self, account: Account, visitor: str) -> Known:
        """A visitor who has shown their token before. Raises `Refusal` when it is void by now."""
        found = await self._desk.look_up(account, CARDS, visitor)
        if found is None:
            raise Refusal("unknown_token")
        return Known(visitor, "", msgspec.convert(found, Card))

    def _turn(self, known: Known, shown: Token, now: float) -> bool:
        """Retire what the shown token replaced, and replace it when it is old; whether anything changed.

        A client that lost the answer with its new token shows the old one again, and gets another.
        """
        card, changed = known.card, False
        for one in card.tokens[: card.tokens.index(shown)]:
            if not one.until:
                one.until, changed = now + GRACE, True
        if not shown.until and now - shown.at > ROTATE_AFTER:
            known.token, kept = _token(known.visitor)
            others = [one for one in card.tokens if one is not shown and (not one.until or one.until > now)]
            card.tokens, changed = [shown, *others[1 - MOST_TOKENS :], kept], True
        return changed

    async def keep(self, account: Account, site: Site, known: Known) -> None:
        """Keep a visitor's card, from now on for as long as the site says."""
        value = msgspec.to_builtins(known.card)
        await self._desk.keep(account, CARDS, known.visitor, value, until=datetime.now(UTC) + site.keeps)

    async def forget(self, account: Account, visitor: str) -> None:
        """Void all tokens of a visitor, and what they said of themselves with them."""
        await self._desk.keep(account, CARDS, visitor, None)
        await self._desk.keep(account, BOOKS, f"v:{visitor}", None)

    async def book(self, account: Account, owner: str) -> Book | None:
        """What belongs to a visitor or a member; None when nothing does."""
        return _book(await self._desk.look_up(account, BOOKS, owner))

    async def keep_book(self, account: Account, site: Site, owner: str, book: Book) -> None:
        """Keep it, for as long as the site says."""
        value = msgspec.to_builtins(book)
        await self._desk.keep(account, BOOKS, owner, value, until=datetime.now(UTC) + site.keeps)

    async def join(self, account: Account, site: Site, known: Known, signed: Signed) -> Known:
        """The site signed who this visitor is: their conversations go on as the member's.

        A visitor who is somebody else already begins afresh, so that nobody finds another's conversations.
        """
        if known.card.member is not None and known.card.member != signed.sub:
            known = self.new()
        book = await self.book(account, f"m:{signed.sub}") or Book()
        own = await self.book(account, f"v:{known.visitor}") if known.card.member is None else None
        if own is not None:
            spoken = [one for one in own.talks if (await self._desk.conversation(account, one.id, limit=1)).ticket]
            book.talks = [*book.talks, *(one for one in spoken if not book.has(one.id))][-MOST_TALKS:]
            if any(one.id == own.current for one in spoken):
                book.current = own.current
            book.profile = _merged(book.profile, own.profile)
        book.signed = signed
        if not book.current:
            book.begin()
        await self.keep_book(account, site, f"m:{signed.sub}", book)
        if known.card.member is None:
            known.card.member = signed.sub
            await self.keep(account, site, known)
            await self._desk.keep(account, BOOKS, f"v:{known.visitor}", None)
        return known


def _visitor_of(token: str) -> str:
    visitor, _, secret = token.partition(".")
    if not visitor or not secret or len(token) >= LONGEST_TOKEN:
        raise Refusal("unknown_token")
    return visitor


def _recognised(site: Site, token: str, kept: Any) -> tuple[Known, Token]:
    """Whose token this is by the card that is kept, and the token on it. Raises `Refusal`."""
    card = msgspec.convert(kept, Card) if kept is not None else Card([])
    given, now = _hash(token), time.time()
    shown = next((one for one in card.tokens if hmac.compare_digest(one.hash, given)), None)
    since = site.valid_since
    if shown is None or (shown.until and shown.until < now) or (since is not None and shown.at < since.timestamp()):
        raise Refusal("unknown_token")
    return Known(_visitor_of(token), token, card), shown


def _book(kept: Any) -> Book | None:
    return msgspec.convert(kept, Book) if kept is not None else None


def _merged(older: Profile, newer: Profile) -> Profile:
    return Profile(
        name=newer.name or older.name,
        email=newer.email or older.email,
        phone=newer.phone or older.phone,
        language=newer.language or older.language,
        consent=newer.consent or older.consent,
        fields={**older.fields, **newer.fields},
    )


def _token(visitor: str) -> tuple[str, Token]:
    token = f"{visitor}.{secrets.token_urlsafe(32)}"
    return token, Token(_hash(token), time.time())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
