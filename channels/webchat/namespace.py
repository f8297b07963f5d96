"""The namespace `/widget`: what visitors' clients say, each event answered in one shape. See docs/realtime.md."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

import msgspec
import socketio
from aiohttp import web
from msgspec import UNSET

from channels import fan_out
from channels.contract import Account, Desk, ShownConversation
from channels.origin import ClientAddress
from channels.plain import clean, clean_line
from channels.webchat import forms, said, shown
from channels.webchat.files import Grants
from channels.webchat.forms import Refusal
from channels.webchat.identity import NotSigned, Signed, signed
from channels.webchat.rooms import Owner, Rooms, Session, Talk
from channels.webchat.site import Hours, Site
from channels.webchat.sites import Sites
from channels.webchat.visitors import Book, Known, Visitors
from channels.wording import LANGUAGES, choose

log = logging.getLogger(__name__)

NAMESPACE = "/widget"
PATH = "chat/socket.io"
LARGEST_PACKET = 400_000
STRANGER_SECONDS = 20.0
UNANSWERED = 20
CATCH_UP = 500
WATCHED = 5
LISTED = 20
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a visitor may do, and one address: in a minute, files in ten."""

    lines: int = 30
    files: int = 20
    events: int = 120
    connections: int = 10
    new_visitors: int = 120
    wrong_tokens: int = 60


class Widgets:
    """Every connected widget of this process."""

    def __init__(self, desk: Desk, sites: Sites, hours: Hours, limits: Limits, client_address: ClientAddress) -> None:
        self._desk = desk
        self._sites = sites
        self._hours = hours
        self._limits = limits
        self._client_address = client_address
        self._visitors = Visitors(desk)
        self._grants = Grants(desk)
        self._sessions: dict[str, Session] = {}
        self._strangers: dict[str, asyncio.TimerHandle] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.rooms = Rooms(desk, self._send)
        self.server = socketio.AsyncServer(
            async_mode="aiohttp",
            cors_allowed_origins=lambda origin, environ: sites.embeds(origin, environ.get("HTTP_HOST", "")),
            cors_credentials=False,
            http_compression=False,
            max_http_buffer_size=LARGEST_PACKET,
            logger=False,
            engineio_logger=False,
        )
        fan_out.use_plain_websockets(self.server)
        self._pings = fan_out.own_pings(self.server)
        self.server.on("connect", self._connect, namespace=NAMESPACE)
        self.server.on("disconnect", self._disconnect, namespace=NAMESPACE)
        for event, form, handler in self._events():
            self.server.on(event, self._door(form, handler, event), namespace=NAMESPACE)

    def _events(self) -> list[tuple[str, type[Any], Callable[[Session, Any], Awaitable[dict[str, Any]]]]]:
        return [
            ("hello", forms.Hello, self._hello),
            ("send", forms.Send, self._say),
            ("typing", forms.Typing, self._typing),
            ("read", forms.Read, self._read),
            ("upload", forms.Upload, self._upload),
            ("history", forms.History, self._history),
            ("conversations", forms.Nothing, self._conversations),
            ("start", forms.Nothing, self._start),
            ("open", forms.Open, self._open),
            ("profile", forms.Profile, self._profile),
            ("context", forms.Context, self._context),
            ("identify", forms.Identify, self._identify),
            ("logout", forms.Nothing, self._logout),
            ("end", forms.Which, self._end),
            ("transcript", forms.Which, self._transcript),
        ]

    async def close(self) -> None:
        """Let every widget go; they come back by themselves."""
        self.rooms.close()
        for timer in self._strangers.values():
            timer.cancel()
        await self.server.shutdown()
        for ping in list(self._pings):
            ping.cancel()

    # ------------------------------------------------------------------------------------------- connections

    async def _connect(self, sid: str, environ: dict[str, Any], _auth: Any = None) -> None:
        request: web.Request = environ["aiohttp.request"]
        engine_id = self.server.manager.eio_sid_from_sid(sid, NAMESPACE)
        origin = request.headers.get("Origin", "")
        session = self._sessions[sid] = Session(sid, engine_id, origin, self._client_address(request))
        session.language = choose(request.headers.get("Accept-Language"))
        loop = asyncio.get_running_loop()
        self._strangers[sid] = loop.call_later(STRANGER_SECONDS, self._put_out, sid)

    async def _disconnect(self, sid: str, _reason: str = "") -> None:
        if (timer := self._strangers.pop(sid, None)) is not None:
            timer.cancel()
        if (session := self._sessions.pop(sid, None)) is not None:
            self.rooms.leave(session)

    def _put_out(self, sid: str) -> None:
        self._strangers.pop(sid, None)
        self.rooms.spawn(self.server.disconnect(sid, namespace=NAMESPACE))

    def _send(self, session: Session, event: str, data: bytes) -> None:
        socket = self.server.eio.sockets.get(session.engine_id)
        if socket is None or socket.closed:
            return
        if not fan_out.send(socket, fan_out.PacketForMany(NAMESPACE, event, data)):
            log.info("A visitor's connection reads too slowly and is let go; it will catch up")
            if (direct := getattr(socket, "direct", None)) is not None:
                direct.cut()
            else:
                self.rooms.spawn(socket.close(wait=False, abort=True))

    def _door(self, form: type[Any], handler: Callable[[Session, Any], Awaitable[dict[str, Any]]], event: str) -> Any:
        """Read the payload, ask the handler, answer. Nothing is awaited before the handler's own first await."""

        async def answer(sid: str, *data: Any) -> dict[str, Any]:
            session = self._sessions.get(sid)
            if session is None:
                return {}
            try:
                payload = msgspec.convert(data[0] if data and data[0] is not None else {}, form)
                if session.owner is None and form is not forms.Hello:
                    raise Refusal("hello_first")
                if form not in (forms.Hello, forms.Send):
                    self._allow(session, "events", self._limits.events)
                return await handler(session, payload)
            except Refusal as refusal:
                return refusal.answer(session.language)
            except msgspec.ValidationError as error:
                return forms.misshapen(error).answer(session.language)
            except Exception:
                log.exception("A visitor's %s failed", event)
                return Refusal("unavailable", after=2.0).answer(session.language)

        return answer

    def _allow(self, session: Session, what: str, limit: int, per: timedelta = MINUTE) -> None:
        owner = session.owner
        whose = f"{owner.account.id}:{owner.key}" if owner is not None else session.address
        if wait := self._desk.allow(f"chat {what}:{whose}", limit=limit, per=per):
            raise Refusal("too_many", after=wait)

    # ------------------------------------------------------------------------------------------------- hello

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
        async with lock:
            known = await self._known(session, account, site, hello.token)
            bucket = f"chat hellos:{account.id}:{known.visitor}"
            if wait := self._desk.allow(bucket, limit=self._limits.events, per=MINUTE):
                raise Refusal("too_many", after=wait)
            if who is not None and (known.card.member != who.sub or await self._differs(account, who)):
                known = await self._visitors.join(account, site, known, who)
            owner = await self._enter(session, account, site, known)
        if session.sid not in self._sessions:  # gone in between
            self.rooms.leave(session)
            return {}
        if (timer := self._strangers.pop(session.sid, None)) is not None:
            timer.cancel()
        context = {"page": msgspec.to_builtins(hello.page)} if hello.page else {}
        owner.context = {**owner.context, **context, **({"tags": hello.tags} if hello.tags else {})}
        conversation = hello.conversation or owner.book.current
        if not owner.book.has(conversation):
            conversation, hello = owner.book.current, msgspec.structs.replace(hello, since=None)
        answer = await self._standing(session, owner, conversation, hello.since)
        self.rooms.present(owner)
        return {**answer, "token": known.token}

    async def _known(self, session: Session, account: Account, site: Site, token: str | None) -> Known:
        if token is not None:
            try:
                return await self._visitors.known(account, site, token)
            except Refusal:
                bucket = f"chat wrong tokens:{session.address}"
                if wait := self._desk.allow(bucket, limit=self._limits.wrong_tokens, per=MINUTE):
                    raise Refusal("too_many", after=wait) from None
                raise
        if wait := self._desk.allow(f"chat new:{session.address}", limit=self._limits.new_visitors, per=MINUTE):
            raise Refusal("too_many", after=wait)
        known = self._visitors.new()
        book = Book()
        book.begin()
        await asyncio.gather(
            self._visitors.keep(account, site, known), self._visitors.keep_book(account, site, known.owner, book)
        )
        return known

    async def _differs(self, account: Account, who: Signed) -> bool:
        book = await self._visitors.book(account, f"m:{who.sub}")
        return book is None or book.signed != who

    async def _enter(self, session: Session, account: Account, site: Site, known: Known) -> Owner:
        self.rooms.leave(session)
        live = self.rooms.owner(account, known.owner)
        book = await self._visitors.book(account, known.owner)
        if book is None:
            book = live.book if live is not None else Book()
            if not book.current:
                book.begin()
            await self._visitors.keep_book(account, site, known.owner, book)
        live = self.rooms.owner(account, known.owner)
        if live is not None:
            if session.sid not in live.sessions and len(live.sessions) >= self._limits.connections:
                raise Refusal("too_many", after=30.0)
            live.book = book
        session.visitor = known.visitor
        return self.rooms.enter(session, account, site, known.owner, book)

    async def _standing(
        self, session: Session, owner: Owner, conversation: str, since: int | None = None
    ) -> dict[str, Any]:
        """Everything a client needs to show where it is."""
        talk = self.rooms.talk(owner, conversation)
        found = await self.rooms.look(talk, after=since, limit=CATCH_UP if since is not None else 50)
        self.rooms.spawn(self._watch_others(owner, talk))
        book, site, now = owner.book, owner.site, datetime.now(UTC)
        return {
            "visitor": session.visitor,
            **self._stretch(owner, talk, found),
            "unread": found.unread,
            "identified": book.signed is not None,
            "profile": _profile(owner),
            "consent": book.profile.consent,
            "hours": msgspec.to_builtins(self._hours(owner.account, now)),
            "conversations": len(book.talks),
            "limits": {"text": forms.LONGEST_TEXT, "file": site.file_bytes, "types": site.file_types},
            "server": forms.PROTOCOL,
            "now": now.isoformat(),
        }

    async def _watch_others(self, owner: Owner, current: Talk) -> None:
        """Answers in earlier conversations are heard too."""
        for begun in owner.book.talks[-WATCHED:]:
            if begun.id != current.id and begun.id not in owner.talks and owner.sessions:
                await self.rooms.look(self.rooms.talk(owner, begun.id), limit=1)

    def _stretch(self, owner: Owner, talk: Talk, found: ShownConversation) -> dict[str, Any]:
        return {
            "conversation": talk.id,
            "ticket": found.ticket,
            "open": found.open,
            "messages": [shown.message(self._desk, owner.account, talk.id, one) for one in found.messages],
            "earlier": found.earlier,
            "more": found.more,
            "read": found.read if owner.site.read_marks and found.read else None,
            "seen": found.seen or None,
            "agent": shown.agent(found.agent),
        }

    # ----------------------------------------------------------------------------------------------- talking

    async def _say(self, session: Session, form: forms.Send) -> dict[str, Any]:
        owner = _owner(session)
        if session.unanswered >= UNANSWERED:
            raise Refusal("too_many", after=1.0)
        self._allow(session, "lines", self._limits.lines)
        text = clean(form.text)
        if not text.strip():
            raise Refusal("invalid", fields={"text": "is empty"})
        if len(text) > forms.LONGEST_TEXT:
            raise Refusal("too_long", most=forms.LONGEST_TEXT)
        talk = self._talk(owner, form.conversation)
        line = self._saying(session, talk, form.id, text=text)
        session.unanswered += 1
        talk.in_flight += 1
        try:  # accept stands first: it puts the line on the desk's queue before it waits
            accepted = await self._desk.accept(said.arrival(owner.account, line, session.address))
        finally:
            session.unanswered -= 1
            talk.in_flight -= 1
        self.rooms.landed(talk, accepted.ticket, accepted.message)
        owner.changed = False
        answer = {
            "seq": accepted.message,
            "at": line.at.isoformat(),
            "ticket": accepted.ticket,
            "conversation": talk.id,
        }
        return {**answer, "repeated": True} if accepted.repeated else answer

    def _talk(self, owner: Owner, conversation: str | None) -> Talk:
        wanted = conversation or owner.book.current
        if not owner.book.has(wanted):
            raise Refusal("not_found")
        return self.rooms.talk(owner, wanted)

    def _saying(self, session: Session, talk: Talk, id: str, **more: Any) -> said.Said:
        owner = _owner(session)
        if owner.site.consent and not owner.book.profile.consent:
            raise Refusal("consent")
        first = talk.ticket is None
        fields = self._fields(owner) if first or owner.changed else {}
        return said.Said(
            id=id,
            conversation=talk.id,
            who=_who(session),
            at=datetime.now(UTC),
            first=first,
            fields=fields,
            **more,
        )

    def _fields(self, owner: Owner) -> dict[str, Any]:
        """What agents are shown beside the first message: all of it unconfirmed, but for what was signed."""
        profile, who = owner.book.profile, owner.book.signed
        fields: dict[str, Any] = {**profile.fields}
        for name in ("email", "phone"):
            if value := getattr(profile, name):
                fields[name] = value
        if who is not None:
            fields["signed_id"] = who.sub
            fields |= {f"signed_{name}": value for name in ("email", "phone") if (value := getattr(who, name))}
        for name in ("page", "order", "cart", "tags"):
            if value := owner.context.get(name):
                fields[name] = value
        return fields

    async def _typing(self, session: Session, form: forms.Typing) -> dict[str, Any]:
        self.rooms.typing(_owner(session), form.typing)
        return {}

    async def _read(self, session: Session, form: forms.Read) -> dict[str, Any]:
        owner = _owner(session)
        talk = self._talk(owner, form.conversation)
        if talk.ticket is not None:
            mark = said.Said(
                what="read",
                id=str(form.seq),
                conversation=talk.id,
                who=_who(session),
                at=datetime.now(UTC),
                seq=form.seq,
            )
            await self._desk.accept(said.arrival(owner.account, mark, session.address))
        return {}

    async def _upload(self, session: Session, form: forms.Upload) -> dict[str, Any]:
        owner, site = _owner(session), _owner(session).site
        self._allow(session, "files", self._limits.files, timedelta(minutes=10))
        if form.size > site.file_bytes:
            raise Refusal("too_large", most=f"{site.file_megabytes:g}")
        if not site.takes(form.name, form.type):
            raise Refusal("not_allowed")
        talk = self._talk(owner, form.conversation)
        line = self._saying(session, talk, form.id, what="file", file_name=form.name)
        grant, until = self._grants.give(owner.account, line, form.size)
        return {"url": "/chat/files", "grant": grant, "until": until.isoformat()}

    async def _history(self, session: Session, form: forms.History) -> dict[str, Any]:
        owner = _owner(session)
        talk = self._talk(owner, form.conversation)
        found = await self.rooms.look(talk, after=form.after, before=form.before, limit=form.limit)
        return self._stretch(owner, talk, found)

    # ----------------------------------------------------------------------------------------- conversations

    async def _conversations(self, session: Session, _: forms.Nothing) -> dict[str, Any]:
        owner = _owner(session)
        listed = []
        for begun in reversed(owner.book.talks[-LISTED:]):
            found = await self._desk.conversation(owner.account, begun.id, limit=1)
            last = found.messages[-1] if found.messages else None
            started = datetime.fromtimestamp(begun.at, UTC)
            if last is None and begun.id != owner.book.current:
                continue
            listed.append(
                {
                    "id": begun.id,
                    "ticket": found.ticket,
                    "open": found.open,
                    "started": started.isoformat(),
                    "at": (last.at if last else started).isoformat(),
                    "text": last.text[:200] if last else "",
                    "name": last.name if last else "",
                    "unread": found.unread,
                }
            )
        return {"current": owner.book.current, "conversations": listed}

    async def _start(self, session: Session, _: forms.Nothing) -> dict[str, Any]:
        owner = _owner(session)
        talk = self.rooms.talk(owner, owner.book.current)
        if talk.ticket is not None:  # an empty one is as good as a new one
            owner.book.begin()
            await self._keep(owner)
        return await self._turn_to(session, owner, owner.book.current)

    async def _open(self, session: Session, form: forms.Open) -> dict[str, Any]:
        owner = _owner(session)
        if not owner.book.has(form.conversation):
            raise Refusal("not_found")
        owner.book.current = form.conversation
        await self._keep(owner)
        return await self._turn_to(session, owner, form.conversation)

    async def _turn_to(self, session: Session, owner: Owner, conversation: str) -> dict[str, Any]:
        self.rooms.tell(owner, "conversation", {"conversation": conversation}, but=session)
        answer = await self._standing(session, owner, conversation)
        self.rooms.present(owner)
        return answer

    async def _end(self, session: Session, form: forms.Which) -> dict[str, Any]:
        await self._ask(session, form.conversation, "end")
        return {"open": False}

    async def _transcript(self, session: Session, form: forms.Which) -> dict[str, Any]:
        address = _who(session).mail
        if not address:
            raise Refusal("invalid", fields={"email": "is missing"})
        self._allow(session, "transcripts", 3, timedelta(hours=1))
        await self._ask(session, form.conversation, "transcript", address)
        name, _, host = address.partition("@")
        return {"email": f"{name[0]}***@{host}"}

    async def _ask(self, session: Session, conversation: str | None, what: Any, address: str = "") -> None:
        owner = _owner(session)
        talk = self._talk(owner, conversation)
        wish = said.Said(
            what=what,
            id=secrets.token_hex(8),
            conversation=talk.id,
            who=_who(session),
            at=datetime.now(UTC),
            address=address,
        )
        await self._desk.accept(said.arrival(owner.account, wish, session.address))

    # ------------------------------------------------------------------------------------------- the visitor

    async def _profile(self, session: Session, form: forms.Profile) -> dict[str, Any]:
        owner = _owner(session)
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
        if left and self._talk(owner, None).ticket is not None:
            await self._ask(session, None, "mail", _who(session).mail)
        told = {"profile": _profile(owner), "consent": profile.consent, "identified": owner.book.signed is not None}
        self.rooms.tell(owner, "profile", told, but=session)
        self.rooms.present(owner)
        return told

    async def _context(self, session: Session, form: forms.Context) -> dict[str, Any]:
        owner = _owner(session)
        if form.cart and len(msgspec.json.encode(form.cart)) > 10_000:
            raise Refusal("invalid", fields={"cart": "is too long"})
        for name in ("page", "cart", "order", "tags"):
            if (value := getattr(form, name)) is not UNSET:
                owner.context = {**owner.context, name: msgspec.to_builtins(value)}
        owner.changed = True
        self.rooms.present(owner)
        return {}

    def _signed(self, account: Account, jwt: str) -> Signed:
        keys = [account.secrets.get(name, "") for name in ("identity_key", "identity_key_old")]
        try:
            return signed(jwt, keys, time.time())
        except NotSigned as error:
            raise Refusal("bad_identity", hint=str(error)) from error

    async def _identify(self, session: Session, form: forms.Identify) -> dict[str, Any]:
        owner = _owner(session)
        account, site, visitor = owner.account, owner.site, session.visitor
        who = self._signed(account, form.jwt)
        if owner.key == f"m:{who.sub}" and owner.book.signed == who:
            return await self._standing(session, owner, owner.book.current)
        known = await self._visitors.card_of(account, visitor)
        joined = await self._visitors.join(account, site, known, who)
        new = await self._enter(session, account, site, joined)
        if joined.visitor == visitor and new is not owner:
            for other in list(owner.sessions.values()):
                self.rooms.leave(other)
                self.rooms.enter(other, account, site, joined.owner, new.book)
        answer = await self._standing(session, new, new.book.current)
        told = {"profile": _profile(new), "consent": new.book.profile.consent, "identified": True}
        self.rooms.tell(new, "profile", told, but=session)
        self.rooms.present(new)
        return {**answer, "token": joined.token} if joined.token else answer

    async def _logout(self, session: Session, _: forms.Nothing) -> dict[str, Any]:
        owner = _owner(session)
        await self._visitors.forget(owner.account, session.visitor)
        gone = [one for one in owner.sessions.values() if one.visitor == session.visitor]
        for one in gone:
            if one is not session:
                self._send(one, "gone", b'{"code":"logged_out"}')
            self.rooms.leave(one)
            self.rooms.spawn(self._let_go(one))
        return {}

    async def _let_go(self, session: Session) -> None:
        """Close a connection once its last answer is written."""
        await asyncio.sleep(0.5)
        if session.sid in self._sessions and session.owner is None:
            await self.server.disconnect(session.sid, namespace=NAMESPACE)

    async def _keep(self, owner: Owner) -> None:
        await self._visitors.keep_book(owner.account, owner.site, owner.key, owner.book)


def _owner(session: Session) -> Owner:
    if session.owner is None:
        raise Refusal("hello_first")
    return session.owner


def _who(session: Session) -> said.Who:
    owner = _owner(session)
    profile = owner.book.profile
    return said.Who(
        visitor=session.visitor,
        name=profile.name,
        email=profile.email,
        phone=profile.phone,
        language=profile.language or session.language,
        signed=owner.book.signed,
    )


def _profile(owner: Owner) -> dict[str, Any]:
    profile, who = owner.book.profile, owner.book.signed
    told: dict[str, Any] = msgspec.to_builtins(profile)
    told.pop("consent", None)
    if who is not None:
        told |= {name: value for name in ("name", "email", "phone") if (value := getattr(who, name))}
    return told


def _is_address(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(name and at and "." in host.strip(".")) and not any(c.isspace() for c in text) and text.count("@") == 1
