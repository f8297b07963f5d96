"""Talking: what visitors say, read, type and send, and the conversations they look back at."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import segno

from channels.contract import Choice, Desk
from channels.plain import clean
from channels.webchat import forms, said, shown
from channels.webchat.connected import Owner, Session, Talk
from channels.webchat.files import Grants
from channels.webchat.forms import Refusal
from channels.webchat.manners import Limits, allow, ask, owner_of, stretch, talk_of, who_of
from channels.webchat.rooms import Rooms

UNANSWERED = 20
LISTED = 20
LINES_PASSED = 5
"""So many of the newest messages are looked at for the last words of a conversation."""


class Talking:
    """The events of a conversation."""

    def __init__(self, desk: Desk, rooms: Rooms, limits: Limits) -> None:
        self._desk = desk
        self._rooms = rooms
        self._limits = limits
        self._grants = Grants(desk)

    def events(self) -> list[forms.Event]:
        """Each event's name, form and handler."""
        return [
            ("send", forms.Send, self._say),
            ("typing", forms.Typing, self._typing),
            ("read", forms.Read, self._read),
            ("upload", forms.Upload, self._upload),
            ("history", forms.History, self._history),
            ("conversations", forms.Nothing, self._conversations),
            ("rate", forms.Rate, self._rate),
            ("end", forms.Which, self._end),
            ("transcript", forms.Which, self._transcript),
            ("line", forms.Which, self._line),
        ]

    async def _say(self, session: Session, form: forms.Send) -> dict[str, Any]:
        owner = owner_of(session)
        if session.unanswered >= UNANSWERED:
            raise Refusal("too_many", after=1.0)
        allow(self._desk, session, "lines", self._limits.lines)
        text = clean(form.text)
        if not text.strip():
            raise Refusal("invalid", fields={"text": "is empty"})
        if len(text) > forms.LONGEST_TEXT:
            raise Refusal("too_long", most=forms.LONGEST_TEXT)
        talk = talk_of(self._rooms, owner, form.conversation)
        choice = await self._choice(talk, form.choice) if form.choice is not None else None
        if choice is None or form.choice is None:
            line = self._saying(session, talk, form.id, text=text)
        else:
            words = choice.text or choice.label
            line = self._saying(session, talk, form.id, text=words, tapped=choice.data or words, seq=form.choice.seq)
        session.unanswered += 1
        talk.in_flight += 1
        try:  # accept stands first: it puts the line on the desk's queue before it waits
            accepted = await self._desk.accept(said.arrival(owner.account, line, session.address))
        finally:
            session.unanswered -= 1
            talk.in_flight -= 1
        self._rooms.landed(talk, accepted.ticket, accepted.message)
        owner.changed = False
        answer = {
            "seq": accepted.message,
            "at": line.at.isoformat(),
            "ticket": accepted.ticket,
            "conversation": talk.id,
        }
        return {**answer, "repeated": True} if accepted.repeated else answer

    async def _choice(self, talk: Talk, tap: forms.Tap) -> Choice | None:
        """What was tapped; None when this conversation offers nothing of the kind."""
        if not tap.seq:
            opening = self._desk.opening(talk.owner.account, talk.owner.language) if talk.ticket is None else None
            choices = opening.choices if opening is not None else ()
            return choices[tap.at] if tap.at < len(choices) else None
        found = await self._desk.conversation(talk.owner.account, talk.id, after=tap.seq - 1, limit=1)
        offered = [choice for one in found.messages if one.seq == tap.seq for choice in one.choices]
        return offered[tap.at] if tap.at < len(offered) and not offered[tap.at].url else None

    def _saying(self, session: Session, talk: Talk, id: str, **more: Any) -> said.Said:
        owner = owner_of(session)
        if owner.site.consent and not owner.book.profile.consent:
            raise Refusal("consent")
        first = talk.ticket is None
        fields = self._fields(owner) if first or owner.changed else {}
        return said.Said(
            id=id,
            conversation=talk.id,
            who=who_of(session),
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
        self._rooms.typing(owner_of(session), form.typing)
        return {}

    async def _read(self, session: Session, form: forms.Read) -> dict[str, Any]:
        owner = owner_of(session)
        talk = talk_of(self._rooms, owner, form.conversation)
        if talk.ticket is not None:
            mark = said.Said(
                what="read",
                id=str(form.seq),
                conversation=talk.id,
                who=who_of(session),
                at=datetime.now(UTC),
                seq=form.seq,
            )
            await self._desk.accept(said.arrival(owner.account, mark, session.address))
        return {}

    async def _upload(self, session: Session, form: forms.Upload) -> dict[str, Any]:
        owner, site = owner_of(session), owner_of(session).site
        allow(self._desk, session, "files", self._limits.files, timedelta(minutes=10))
        if form.size > site.file_bytes:
            raise Refusal("too_large", most=f"{site.file_megabytes:g}")
        if not site.takes(form.name, form.type):
            raise Refusal("not_allowed")
        talk = talk_of(self._rooms, owner, form.conversation)
        line = self._saying(session, talk, form.id, what="file", file_name=form.name)
        grant, until = self._grants.give(owner.account, line, form.size)
        return {"url": "/chat/files", "grant": grant, "until": until.isoformat()}

    async def _history(self, session: Session, form: forms.History) -> dict[str, Any]:
        owner = owner_of(session)
        talk = talk_of(self._rooms, owner, form.conversation)
        found = await self._rooms.look(talk, after=form.after, before=form.before, limit=form.limit)
        return stretch(self._desk, talk, found)

    async def _conversations(self, session: Session, _: forms.Nothing) -> dict[str, Any]:
        owner = owner_of(session)
        listed = []
        for begun in reversed(owner.book.talks[-LISTED:]):
            found = await self._desk.conversation(owner.account, begun.id, limit=LINES_PASSED)
            last = next((one for one in reversed(found.messages) if not one.line), None)
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
                    "text": shown.words(last, owner.language)[:200] if last else "",
                    "name": last.name if last else "",
                    "unread": found.unread,
                }
            )
        return {"current": owner.book.current, "conversations": listed}

    async def _rate(self, session: Session, form: forms.Rate) -> dict[str, Any]:
        owner = owner_of(session)
        rating = said.Said(
            what="rate",
            id=secrets.token_hex(8),
            conversation=talk_of(self._rooms, owner, form.conversation).id,
            who=who_of(session),
            at=datetime.now(UTC),
            seq=form.seq,
            score=form.score,
            text=form.comment,
        )
        await self._desk.accept(said.arrival(owner.account, rating, session.address))
        return {}

    async def _end(self, session: Session, form: forms.Which) -> dict[str, Any]:
        await ask(self._rooms, self._desk, session, form.conversation, "end")
        return {"open": False}

    async def _line(self, session: Session, form: forms.Which) -> dict[str, Any]:
        owner = owner_of(session)
        url = await self._desk.way_on(owner.account, talk_of(self._rooms, owner, form.conversation).id)
        if not url:
            raise Refusal("not_found")
        return {"url": url, "qr": segno.make(url, error="m", micro=False).svg_data_uri(border=4, scale=4, light="#fff")}

    async def _transcript(self, session: Session, form: forms.Which) -> dict[str, Any]:
        address = who_of(session).mail
        if not address:
            raise Refusal("invalid", fields={"email": "is missing"})
        allow(self._desk, session, "transcripts", 3, timedelta(hours=1))
        await ask(self._rooms, self._desk, session, form.conversation, "transcript", address)
        name, _, host = address.partition("@")
        return {"email": f"{name[0]}***@{host}"}
