"""How an agent likes to be told of what happens; kept on the server, so that it follows them from device to device."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.agents.views import AgentView
from server.database import Transaction
from server.database.types import dump
from server.errors import Invalid
from server.events import DeskChanged

Keys = Annotated[str, Meta(min_length=1, max_length=12)]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is worth a notification: words on one's own tickets, new ones for one's teams and for nobody, a chat that
    waits for somebody, being mentioned, being given a ticket."""

    mine: bool = True
    teams: bool = True
    unassigned: bool = True
    chats: bool = True
    mentions: bool = True
    assigned: bool = True


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """`review_mails` are those that remind of FAQ articles to be looked at again. `volume` is in per cent. With `quiet`
    nothing is shown or heard, until `quiet_until` if that is set.

    `away_after` is in minutes without a key or a click; 0: never. `keys` has an own key for a command, by the key that
    it has otherwise.
    """

    desktop: bool = True
    sound: bool = True
    volume: Annotated[int, Meta(ge=0, le=100)] = 50
    quiet: bool = False
    quiet_until: datetime | None = None
    away_after: Literal[0, 5, 10, 20, 30, 60] = 10
    wanted: Wanted = Wanted()
    review_mails: bool = True
    keys: Annotated[dict[Keys, Keys], Meta(max_length=100)] = {}


def read(tx: Transaction, agent: AgentView) -> Preferences:
    """As they were kept last; what was never said is as everybody has it at first."""
    row = tx.first("SELECT body FROM agent_preferences WHERE agent_id = :id", id=agent.id)
    if row is None:
        return Preferences()
    try:
        return msgspec.convert(row.body, Preferences)
    except msgspec.ValidationError:  # of another version
        return Preferences()


def mails(tx: Transaction, agent: AgentView, *, review_mails: bool) -> Preferences:
    """Say which mails one wants; everything else stays as it is."""
    return keep(tx, agent, msgspec.structs.replace(read(tx, agent), review_mails=review_mails))


def keep(tx: Transaction, agent: AgentView, wanted: Preferences) -> Preferences:
    """Keep them; the agent's other devices hear of it. Raises `Invalid` when two commands would have one key."""
    if len(set(wanted.keys.values())) < len(wanted.keys):
        raise Invalid(fields={"keys": "gives one key to two commands"})
    tx.run(
        "INSERT INTO agent_preferences (agent_id, body) VALUES (:id, :body)"
        " ON CONFLICT (agent_id) DO UPDATE SET body = excluded.body",
        id=agent.id,
        body=dump(wanted),
    )
    tx.record(DeskChanged(what="preferences", id=agent.id), agent.actor)
    return wanted
