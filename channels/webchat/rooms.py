"""Who is connected, and the conversations they watch: each new message goes to all of a visitor's connections, once.

A connection that joins reads what it misses; whatever comes after the place that its room had then is pumped to it.
So nothing is missed, and what is told twice has the same `seq`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from channels.contract import Account, Desk, Present, ShownConversation
from channels.webchat import shown
from channels.webchat.connected import Owner, Session, Talk
from channels.webchat.site import Hours, Opening, Site
from channels.webchat.visitors import Book

log = logging.getLogger(__name__)

AT_ONCE = 200
TRY_AGAIN = 1.0
"""In seconds: when a conversation could not be read, it is read again then, as long as somebody watches."""
TYPING_FADES = 6.0
encode = msgspec.json.Encoder().encode


Send = Callable[[Session, str, bytes], None]


class Sockets(Protocol):
    """The connections themselves."""

    def settled(self, session: Session) -> bool:
        """A connection has said whose it is. False when it is gone."""

    def let_go(self, session: Session, because: str | None) -> None:
        """Close a connection, once its last answer is written."""


class Rooms:
    """Everybody who is connected to this process. `send` writes an event to one connection, `hours` says when
    somebody is there."""

    def __init__(self, desk: Desk, send: Send, hours: Hours) -> None:
        self._desk = desk
        self._send = send
        self._hours = hours
        self._owners: dict[tuple[int, str], Owner] = {}
        self._talks: dict[tuple[int, str], Talk] = {}
        self._by_ticket: dict[int, set[Talk]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._heard = 0
        self._reading = 0
        self._news: dict[int | tuple[int, str], int] = {}

    def close(self) -> None:
        """Stop pumping."""
        for task in list(self._tasks):
            task.cancel()

    # ------------------------------------------------------------------------------------------ coming and going

    def owner(self, account: Account, key: str) -> Owner | None:
        """Somebody who is connected."""
        return self._owners.get((account.id, key))

    def enter(self, session: Session, account: Account, site: Site, key: str, book: Book) -> Owner:
        """A connection becomes somebody's. Those who are connected already share one book."""
        owner = self._owners.get((account.id, key))
        if owner is None:
            owner = self._owners[account.id, key] = Owner(account, site, key, book)
        owner.account, owner.site = account, site
        owner.sessions[session.sid] = session
        session.owner = owner
        return owner

    def leave(self, session: Session) -> None:
        """A connection ended; with the last one its owner and their conversations are let go."""
        owner, session.owner = session.owner, None
        if owner is None:
            return
        owner.sessions.pop(session.sid, None)
        if owner.sessions:
            return
        self._owners.pop((owner.account.id, owner.key), None)
        for talk in owner.talks.values():
            if self._talks.get((owner.account.id, talk.id)) is talk:
                del self._talks[owner.account.id, talk.id]
            self._tell_apart(talk, None)
        if owner.fade is not None:
            owner.fade.cancel()
        self.present(owner, online=False)

    def talk(self, owner: Owner, conversation: str) -> Talk:
        """A conversation of somebody who is connected, from now on watched."""
        talk = owner.talks.get(conversation)
        if talk is None:
            talk = owner.talks[conversation] = self._talks[owner.account.id, conversation] = Talk(conversation, owner)
        return talk

    def watched(self, account: Account, conversation: str) -> Talk | None:
        """A conversation that somebody watches; whoever reads it just now, before they have entered, reads it again."""
        self._hear_of((account.id, conversation))
        return self._talks.get((account.id, conversation))

    def belongs(self, talk: Talk, ticket: int | None) -> None:
        """A conversation stands in a ticket now."""
        if ticket is not None and ticket != talk.ticket:
            self._tell_apart(talk, ticket)
            if talk.id == talk.owner.book.current and talk.owner.sessions:
                self.present(talk.owner)

    def _tell_apart(self, talk: Talk, ticket: int | None) -> None:
        if talk.ticket is not None:
            together = self._by_ticket.get(talk.ticket, set())
            together.discard(talk)
            if not together:
                self._by_ticket.pop(talk.ticket, None)
        talk.ticket = ticket
        if ticket is not None:
            self._by_ticket.setdefault(ticket, set()).add(talk)

    # ------------------------------------------------------------------------------------------ what they hear

    def tell(self, owner: Owner, event: str, payload: Any, *, but: Session | None = None) -> None:
        """An event to all connections of somebody, but the one that caused it."""
        data = encode(payload)
        for session in list(owner.sessions.values()):
            if session is not but:
                self._send(session, event, data)

    @contextmanager
    def attentive(self) -> Iterator[int]:
        """While somebody reads, what is heard of is written down; gives how much had been heard before."""
        self._reading += 1
        try:
            yield self._heard
        finally:
            self._reading -= 1
            if not self._reading:
                self._news.clear()

    def _hear_of(self, what: int | tuple[int, str]) -> None:
        self._heard += 1
        if self._reading:
            self._news[what] = self._heard

    def seat(self, talk: Talk, found: ShownConversation, after: int | None, heard: int) -> bool:
        """Show somebody what was read before they had entered; `heard` is what `attentive` gave before.

        False when the conversation may have gone on since, so that `look` must be asked.
        """
        names = (found.ticket, talk.ticket, (talk.owner.account.id, talk.id))
        reached = found.messages[-1].seq if found.messages else after or 0
        behind = talk.position is not None and talk.position > reached and not found.more
        if behind or talk.again or any(self._news.get(name, 0) > heard for name in names if name is not None):
            return False
        self._settle(talk, found)
        talk.position = reached if talk.position is None else talk.position
        talk.latest = max(talk.latest, reached)
        return True

    async def look(
        self, talk: Talk, *, after: int | None = None, before: int | None = None, limit: int = 50
    ) -> ShownConversation:
        """A stretch of a conversation for one connection. Afterwards the room pumps whatever is newer."""
        with self.attentive() as heard:
            ticket = talk.ticket
            found = await self._desk.conversation(talk.owner.account, talk.id, after=after, before=before, limit=limit)
            self._settle(talk, found)
            if talk.position is None and before is None:
                talk.position = found.messages[-1].seq if found.messages else after or 0
            talk.latest = max(talk.latest, found.messages[-1].seq if found.messages else 0)
            # What was told of its ticket while nobody knew that it is this conversation's, is looked for once more.
            told = found.ticket is not None and self._news.get(found.ticket, 0) > heard
            if talk.again or (talk.ticket != ticket and told):
                self.pump(talk)
            return found

    def pump(self, talk: Talk) -> None:
        """There may be something new in a conversation."""
        if talk.position is None or talk.pumping:
            talk.again = True
            return
        talk.pumping = True
        self.spawn(self._pump(talk))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in the background; a failure of it is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Work for visitors failed", exc_info=error)

    async def _pump(self, talk: Talk) -> None:
        try:
            while talk.owner.sessions:
                talk.again = False
                try:
                    found = await self._desk.conversation(
                        talk.owner.account, talk.id, after=talk.position or 0, limit=AT_ONCE
                    )
                except Exception as error:
                    log.warning("A conversation cannot be read now: %s", error)
                    await asyncio.sleep(TRY_AGAIN)
                    continue
                if found.messages:
                    talk.latest = max(talk.latest, found.messages[-1].seq)
                    talk.position = found.messages[-1].seq
                    said = [
                        shown.message(self._desk, talk.owner.account, talk.id, one, talk.owner.language)
                        for one in found.messages
                    ]
                    self.tell(talk.owner, "messages", {"conversation": talk.id, "messages": said})
                self._stands(talk, found, tell=True)
                if not (talk.again or found.more):
                    return
        finally:
            talk.pumping = False

    def _settle(self, talk: Talk, found: ShownConversation) -> None:
        """One connection has read how a conversation stands. When its room was told something else, all are told."""
        if talk.position is None:
            self._stands(talk, found, tell=False)
            return
        self.belongs(talk, found.ticket)
        knows = (talk.agent, talk.picture, talk.open)
        if knows != (found.agent, found.picture, found.open) or found.read > talk.read:
            self.pump(talk)

    def _stands(self, talk: Talk, found: ShownConversation, *, tell: bool) -> None:
        """How the conversation stands now; what changed is told."""
        self.belongs(talk, found.ticket)
        agent, opened = talk.agent, talk.open
        talk.agent, talk.picture, talk.open = found.agent, found.picture, found.open
        if tell and agent != found.agent:
            told = {"conversation": talk.id, "agent": shown.agent(found.agent, found.picture)}
            self.tell(talk.owner, "agent", told)
        if tell and opened != found.open:
            self.tell(talk.owner, "state", {"conversation": talk.id, "open": found.open})
        self.read(talk, found.read, tell=tell)

    def read(self, talk: Talk, seq: int, *, tell: bool = True) -> None:
        """An agent has seen the conversation up to here."""
        if seq > talk.read:
            talk.read = seq
            if tell and talk.owner.site.read_marks:
                self.tell(talk.owner, "read", {"conversation": talk.id, "seq": seq})

    def landed(self, talk: Talk, ticket: int | None, seq: int | None) -> None:
        """A visitor's own message is on the desk: other tabs hear of it, and what came in between to all."""
        begun = ticket is not None and talk.ticket is None
        self.belongs(talk, ticket)
        if seq is not None:
            talk.position = talk.position if talk.position is not None else seq - 1
            talk.own.add(seq)
            talk.latest = max(talk.latest, seq)
            if talk.looked:
                self.read(talk, seq)
        if begun or len(talk.owner.sessions) > 1:
            self.pump(talk)
        if talk.in_flight == 0:
            if talk.heard - talk.own:
                self.pump(talk)
            talk.heard.clear()
            talk.own.clear()

    # ------------------------------------------------------------------------------------- what the desk tells

    def ticket_changed(self, ticket: int, kind: str, data: Mapping[str, Any]) -> None:
        """Something happened to a ticket; who watches a conversation in it sees it."""
        self._hear_of(ticket)
        for talk in list(self._by_ticket.get(ticket, ())):
            if kind == "message.received" and talk.in_flight and len(talk.owner.sessions) == 1:
                talk.heard.add(data["message"])  # most likely its own, whose acknowledgement is on its way
            elif kind == "message.withdrawn":
                self.tell(talk.owner, "withdrawn", {"conversation": talk.id, "seq": data["message"]})
            elif kind.startswith("message.") or kind in ("ticket.changed", "ticket.merged", "ticket.split"):
                self.pump(talk)
            elif kind == "ticket.seen":
                self.tell(talk.owner, "seen", {"conversation": talk.id, "seq": data["message"]})
            elif kind == "ticket.rated":
                self.spawn(self._tell_again(talk, data["message"]))

    async def _tell_again(self, talk: Talk, seq: int) -> None:
        """A message is not what it was: its question was answered."""
        found = await self._desk.conversation(talk.owner.account, talk.id, after=seq - 1, limit=1)
        said = [
            shown.message(self._desk, talk.owner.account, talk.id, one, talk.owner.language)
            for one in found.messages
            if one.seq == seq
        ]
        if said:
            self.tell(talk.owner, "messages", {"conversation": talk.id, "messages": said})

    def attendance_changed(self) -> None:
        """Whoever is here hears whether somebody answers now, when that is another answer than before."""
        for owner in list(self._owners.values()):
            attended = self._desk.attended(owner.site.team_id)
            if attended != owner.attended:
                owner.attended = attended
                self.tell(owner, "attended", {"attended": attended})

    def hours_changed(self) -> None:
        """Whoever is here hears whether the site is open, when that is another answer than before."""
        moment = datetime.now(UTC)
        found: dict[int, Opening] = {}
        for owner in list(self._owners.values()):
            if owner.account.id not in found:
                found[owner.account.id] = self._hours(owner.account, moment)
            if owner.hours is not None and owner.hours != found[owner.account.id]:
                owner.hours = found[owner.account.id]
                self.tell(owner, "hours", msgspec.to_builtins(owner.hours))

    def _face(self, talk: Talk, name: str) -> dict[str, Any] | None:
        return shown.agent(name, talk.picture if name == talk.agent else "")

    def agents_look(self, ticket: int, typing: Sequence[str] | None) -> None:
        """Who of the agents with the ticket on their screen types; None when nobody looks."""
        for talk in list(self._by_ticket.get(ticket, ())):
            talk.looked = typing is not None
            if talk.looked:
                self.read(talk, talk.latest)
            names = tuple(typing or ())
            for name in names:
                told = {"conversation": talk.id, "agent": self._face(talk, name), "typing": True}
                self.tell(talk.owner, "typing", told)
            for name in set(talk.typing) - set(names):
                told = {"conversation": talk.id, "agent": self._face(talk, name), "typing": False}
                self.tell(talk.owner, "typing", told)
            talk.typing = names

    # --------------------------------------------------------------------------------------- what the desk hears

    def typing(self, owner: Owner, typing: bool) -> None:
        """The visitor types, or stopped; agents see it fade by itself."""
        if owner.fade is not None:
            owner.fade.cancel()
            owner.fade = None
        if typing:
            owner.fade = asyncio.get_running_loop().call_later(TYPING_FADES, self.typing, owner, False)
        if typing != owner.typing:
            owner.typing = typing
            self.present(owner)

    def present(self, owner: Owner, *, online: bool = True) -> None:
        """Show agents that somebody is here, and where."""
        book = owner.book
        talk = owner.talks.get(book.current)
        self._desk.show(
            Present(
                account=owner.account.id,
                visitor=owner.key,
                online=online,
                since=owner.since,
                name=(book.signed.name if book.signed else "") or book.profile.name,
                conversation=book.current or None,
                ticket=talk.ticket if talk is not None else None,
                typing=owner.typing,
                party=owner.party,
                language=owner.language,
                welcome=owner.site.proactive,
                context=owner.context,
            )
        )
