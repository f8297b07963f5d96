"""The reception: who a connection belongs to, what visitors say of themselves, and which conversation is theirs now."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

import msgspec
from msgspec import UNSET

from channels.contract import Account, Desk, ShownConversation
from channels.plain import clean, clean_line
from channels.webchat import forms
from channels.webchat.connected import Owner, Session, Talk
from channels.webchat.forms import Refusal
from channels.webchat.identity import NotSigned, Signed, signed
from channels.webchat.manners import MINUTE, Limits, ask, owner_of, profile_of, stretch, talk_of, who_of
from channels.webchat.rooms import Rooms, Sockets
from channels.webchat.site import Hours, Site
from channels.webchat.sites import Sites
from channels.webchat.visitors import Book, Known, Visit, Visitors
from channels.wording import LANGUAGES

WATCHED = 5


class Reception:
    """The events about the visitor. `sockets` is told whom to let go."""

    def __init__(self, desk: Desk, sites: Sites, rooms: Rooms, hours: Hours, limits: Limits, sockets: Sockets) -> None:
        self._desk = desk
        self._sites = sites
        self._rooms = rooms
        self._hours = hours
        self._limits = limits
        self._sockets = sockets
        self._visitors = Visitors(desk)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def events(self) -> list[forms.Event]:
        """Each event's name, form and handler."""
        return [
            ("hello", forms.Hello, self._hello),
            ("start", forms.Nothing, self._start),
            ("open", forms.Open, self._open),
            ("profile", forms.Profile, self._profile),
            ("context", forms.Context, self._context),
            ("identify", forms.Identify, self._identify),
            ("logout", forms.Nothing, self._logout),
        ]

    async def _hello(self, session: Session, hello: forms.Hello) -> dict[str, Any]:
        if hello.language in LANGUAGES:
            session.language = str(hello.language)
        if hello.v != forms.PROTOCOL:
            raise Refusal("version")
        account, site = self._sites.find(hello.site)
        if session.origin and not self._sites.may(site, session.origin):
            raise Refusal("forbidden")
        who = self._signed(account, hello.jwt) if hello.jwt else None
        lock = self._locks.setdefault(hello.token or session.sid, asyncio.Lock())
        with self._rooms.attentive() as heard:
            async with lock:
                visit = await self._visit(session, account, site, hello)
                known = visit.known
                bucket = f"chat hellos:{account.id}:{known.visitor}"
                if wait := self._desk.allow(bucket, limit=self._limits.events, per=MINUTE):
                    raise Refusal("too_many", after=wait)
                signed_anew = visit.book is None or visit.book.signed != who
                if who is not None and (known.card.member != who.sub or signed_anew):
                    visit = Visit(await self._visitors.join(account, site, known, who))
                owner = await self._enter(session, account, site, visit.known, visit.book)
            if not self._sockets.settled(session):  # gone in between
                self._rooms.leave(session)
                return {}
            context = {"page": msgspec.to_builtins(hello.page)} if hello.page else {}
            owner.context = {**owner.context, **context, **({"tags": hello.tags} if hello.tags else {})}
            if visit.shown is None:
                visit.turn_to(owner.book, hello.conversation, hello.since)
            talk = self._rooms.talk(owner, visit.conversation)
            found = visit.shown
            if found is None or not self._rooms.seat(talk, found, visit.after, heard):
                found = await self._rooms.look(talk, after=visit.after, limit=visit.lines)
        answer = self._standing(session, owner, talk, found)
        self._rooms.present(owner)
        return {**answer, "token": visit.known.token}

    async def _visit(self, session: Session, account: Account, site: Site, hello: forms.Hello) -> Visit:
        if hello.token is not None:
            try:
                return await self._visitors.arrive(account, site, hello.token, hello.conversation, hello.since)
            except Refusal:
                bucket = f"chat wrong tokens:{session.address}"
                if wait := self._desk.allow(bucket, limit=self._limits.wrong_tokens, per=MINUTE):
                    raise Refusal("too_many", after=wait) from None
                raise
        if wait := self._desk.allow(f"chat new:{session.address}", limit=self._limits.new_visitors, per=MINUTE):
            raise Refusal("too_many", after=wait)
        return await self._visitors.begin(account, site)

    async def _enter(
        self, session: Session, account: Account, site: Site, known: Known, book: Book | None = None
    ) -> Owner:
        """A connection becomes somebody's; their book is looked up unless it was found already."""
        self._rooms.leave(session)
        live = self._rooms.owner(account, known.owner)
        if book is None:
            book = await self._visitors.book(account, known.owner)
        if book is None:
            book = live.book if live is not None else Book()
            if not book.current:
                book.begin()
            await self._visitors.keep_book(account, site, known.owner, book)
        live = self._rooms.owner(account, known.owner)
        if live is not None:
            if session.sid not in live.sessions and len(live.sessions) >= self._limits.connections:
                raise Refusal("too_many", after=30.0)
            live.book = book
        session.visitor = known.visitor
        return self._rooms.enter(session, account, site, known.owner, book)

    async def _look(self, session: Session, owner: Owner, conversation: str) -> dict[str, Any]:
        talk = self._rooms.talk(owner, conversation)
        return self._standing(session, owner, talk, await self._rooms.look(talk))

    def _standing(self, session: Session, owner: Owner, talk: Talk, found: ShownConversation) -> dict[str, Any]:
        """Everything a client needs to show where it is."""
        if len(owner.book.talks) > 1:
            self._rooms.spawn(self._watch_others(owner, talk))
        book, site, now = owner.book, owner.site, datetime.now(UTC)
        owner.attended = self._desk.attended(owner.site.team_id)
        owner.hours = self._hours(owner.account, now)
        return {
            "visitor": session.visitor,
            **stretch(self._desk, talk, found),
            "unread": found.unread,
            "identified": book.signed is not None,
            "profile": profile_of(owner),
            "consent": book.profile.consent,
            "hours": msgspec.to_builtins(owner.hours),
            "attended": owner.attended,
            "line": self._desk.elsewhere() is not None,
            "conversations": len(book.talks),
            "limits": {"text": forms.LONGEST_TEXT, "file": site.file_bytes, "types": site.file_types},
            "server": forms.PROTOCOL,
            "now": now.isoformat(),
        }

    async def _watch_others(self, owner: Owner, current: Talk) -> None:
        """Answers in earlier conversations are heard too."""
        for begun in owner.book.talks[-WATCHED:]:
            if begun.id != current.id and begun.id not in owner.talks and owner.sessions:
                await self._rooms.look(self._rooms.talk(owner, begun.id), limit=1)

    async def _start(self, session: Session, _: forms.Nothing) -> dict[str, Any]:
        owner = owner_of(session)
        talk = self._rooms.talk(owner, owner.book.current)
        if talk.ticket is not None:  # an empty one is as good as a new one
            owner.book.begin()
            await self._keep(owner)
        return await self._turn_to(session, owner, owner.book.current)

    async def _open(self, session: Session, form: forms.Open) -> dict[str, Any]:
        owner = owner_of(session)
        if not owner.book.has(form.conversation):
            raise Refusal("not_found")
        owner.book.current = form.conversation
        await self._keep(owner)
        return await self._turn_to(session, owner, form.conversation)

    async def _turn_to(self, session: Session, owner: Owner, conversation: str) -> dict[str, Any]:
        self._rooms.tell(owner, "conversation", {"conversation": conversation}, but=session)
        answer = await self._look(session, owner, conversation)
        self._rooms.present(owner)
        return answer

    async def _profile(self, session: Session, form: forms.Profile) -> dict[str, Any]:
        owner = owner_of(session)
        profile = owner.book.profile
        email = clean_line(form.email).lower() if form.email is not UNSET else profile.email
        if email and not _is_address(email):
            raise Refusal("invalid", fields={"email": "is not an address"})
        left = bool(email) and email != profile.email
        for name in ("name", "phone", "language"):
            if (value := getattr(form, name)) is not UNSET:
                setattr(profile, name, clean_line(value))
        profile.email = email
        if form.consent is not UNSET:
            profile.consent = form.consent
        if form.fields is not UNSET:
            profile.fields |= {clean_line(name): clean(value) for name, value in form.fields.items()}
            profile.fields = dict(list(profile.fields.items())[-20:])
        owner.changed = True
        await self._keep(owner)
        if left and talk_of(self._rooms, owner, None).ticket is not None:
            await ask(self._rooms, self._desk, session, None, "mail", who_of(session).mail)
        told = {"profile": profile_of(owner), "consent": profile.consent, "identified": owner.book.signed is not None}
        self._rooms.tell(owner, "profile", told, but=session)
        self._rooms.present(owner)
        return told

    async def _context(self, session: Session, form: forms.Context) -> dict[str, Any]:
        owner = owner_of(session)
        if form.cart and len(msgspec.json.encode(form.cart)) > 10_000:
            raise Refusal("invalid", fields={"cart": "is too long"})
        for name in ("page", "cart", "order", "tags"):
            if (value := getattr(form, name)) is not UNSET:
                owner.context = {**owner.context, name: msgspec.to_builtins(value)}
        owner.changed = True
        self._rooms.present(owner)
        return {}

    def _signed(self, account: Account, jwt: str) -> Signed:
        keys = [account.secrets.get(name, "") for name in ("identity_key", "identity_key_old")]
        try:
            return signed(jwt, keys, time.time())
        except NotSigned as error:
            raise Refusal("bad_identity", hint=str(error)) from error

    async def _identify(self, session: Session, form: forms.Identify) -> dict[str, Any]:
        owner = owner_of(session)
        account, site, visitor = owner.account, owner.site, session.visitor
        who = self._signed(account, form.jwt)
        if owner.key == f"m:{who.sub}" and owner.book.signed == who:
            return await self._look(session, owner, owner.book.current)
        known = await self._visitors.card_of(account, visitor)
        joined = await self._visitors.join(account, site, known, who)
        new = await self._enter(session, account, site, joined)
        if joined.visitor == visitor and new is not owner:
            for other in list(owner.sessions.values()):
                self._rooms.leave(other)
                self._rooms.enter(other, account, site, joined.owner, new.book)
        answer = await self._look(session, new, new.book.current)
        told = {"profile": profile_of(new), "consent": new.book.profile.consent, "identified": True}
        self._rooms.tell(new, "profile", told, but=session)
        self._rooms.present(new)
        return {**answer, "token": joined.token} if joined.token else answer

    async def _logout(self, session: Session, _: forms.Nothing) -> dict[str, Any]:
        owner = owner_of(session)
        await self._visitors.forget(owner.account, session.visitor)
        gone = [one for one in owner.sessions.values() if one.visitor == session.visitor]
        for one in gone:
            self._rooms.leave(one)
            self._sockets.let_go(one, "logged_out" if one is not session else None)
        return {}

    async def _keep(self, owner: Owner) -> None:
        await self._visitors.keep_book(owner.account, owner.site, owner.key, owner.book)


def _is_address(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(name and at and "." in host.strip(".")) and not any(c.isspace() for c in text) and text.count("@") == 1
