"""How much a visitor and one address may do, who a connection speaks for, and what agents are told of them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from channels.contract import Desk, ShownConversation
from channels.webchat import said, shown
from channels.webchat.connected import Owner, Session, Talk
from channels.webchat.forms import Refusal
from channels.webchat.rooms import Rooms

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


def allow(desk: Desk, session: Session, what: str, limit: int, per: timedelta = MINUTE) -> None:
    """Count something that a visitor does. Raises `Refusal` when it is too often."""
    owner = session.owner
    whose = f"{owner.account.id}:{owner.key}" if owner is not None else session.address
    if wait := desk.allow(f"chat {what}:{whose}", limit=limit, per=per):
        raise Refusal("too_many", after=wait)


def owner_of(session: Session) -> Owner:
    """Whose connection it is. Raises `Refusal` before hello."""
    if session.owner is None:
        raise Refusal("hello_first")
    return session.owner


def who_of(session: Session) -> said.Who:
    """The visitor as the desk is told of them."""
    owner = owner_of(session)
    profile = owner.book.profile
    return said.Who(
        visitor=session.visitor,
        name=profile.name,
        email=profile.email,
        phone=profile.phone,
        language=profile.language or session.language,
        signed=owner.book.signed,
    )


def profile_of(owner: Owner) -> dict[str, Any]:
    """What is known of a visitor, as their client shows it: what was signed before what was typed."""
    profile, who = owner.book.profile, owner.book.signed
    told: dict[str, Any] = msgspec.to_builtins(profile)
    told.pop("consent", None)
    if who is not None:
        told |= {name: value for name in ("name", "email", "phone") if (value := getattr(who, name))}
    return told


def talk_of(rooms: Rooms, owner: Owner, conversation: str | None) -> Talk:
    """One of the visitor's conversations, or the current one. Raises `Refusal` for anybody else's."""
    wanted = conversation or owner.book.current
    if not owner.book.has(wanted):
        raise Refusal("not_found")
    return rooms.talk(owner, wanted)


def stretch(desk: Desk, talk: Talk, found: ShownConversation) -> dict[str, Any]:
    """A stretch of a conversation, and how it stands, in the protocol's shape."""
    owner = talk.owner
    said = found.messages
    if found.ticket is None and (opening := desk.opening(owner.account, owner.language)) is not None:
        said = (opening,)
    return {
        "conversation": talk.id,
        "ticket": found.ticket,
        "open": found.open,
        "messages": [shown.message(desk, owner.account, talk.id, one, owner.language) for one in said],
        "earlier": found.earlier,
        "more": found.more,
        "read": found.read if owner.site.read_marks and found.read else None,
        "seen": found.seen or None,
        "agent": shown.agent(found.agent, found.picture),
    }


async def ask(
    rooms: Rooms, desk: Desk, session: Session, conversation: str | None, what: Any, address: str = ""
) -> None:
    """Ask something of the desk about a conversation, kept like everything that is said."""
    owner = owner_of(session)
    wish = said.Said(
        what=what,
        id=secrets.token_hex(8),
        conversation=talk_of(rooms, owner, conversation).id,
        who=who_of(session),
        at=datetime.now(UTC),
        address=address,
    )
    await desk.accept(said.arrival(owner.account, wish, session.address))
