"""A ticket as its customer sees it in a chat: what was said and may be shown, what was seen, and its end.

Notes are never shown, nor what an agent wrote to somebody else. The place of a message is its id: it grows within a
ticket and stays what it is when tickets are merged, so that "after this one" is exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from channels.contract import Asked, AskedRating, Choice, Rated, Seen, ShownConversation, ShownFile, ShownMessage
from server.agents import pictures
from server.database import Transaction
from server.errors import NotFound
from server.events import TicketChanged, TicketSeen
from server.tickets import continuity, ledger, lines, ratings
from server.tickets.attachments import FileRecord
from server.tickets.attachments import file as file_record
from server.tickets.rows import several

MOST_UNREAD = 99
SPOKEN = ("answer", "flow")
"""What the desk says by itself as one who talks, by the message's `automatic`."""
SIDES = {"customer": "customer", "agent": "agent", "auto": "desk", "line": "desk", "rating": "desk"}

# What came or left at the chat itself; beside it the customer's own mails, which `_may_see` looks at more closely.
# A letter that waits for approval or was recalled has not been said.
VISIBLE = (
    "m.ticket_number = :number AND ((m.account_id = :account AND (m.kind IN ('customer', 'line', 'rating')"
    " OR (m.kind IN ('agent', 'auto')"
    " AND NOT EXISTS (SELECT 1 FROM letter l WHERE l.message_id = m.id AND l.state IN ('held', 'recalled')))))"
    " OR (m.account_id <> :account AND m.kind = 'customer' AND m.automatic IS NULL))"
)


def ticket_of(tx: Transaction, account_id: int, conversation: str) -> Any | None:
    """The ticket in which a conversation goes on: the newest one, or the one it was merged into."""
    row = tx.first(
        "SELECT * FROM ticket WHERE account_id = :account AND conversation = :conversation"
        " ORDER BY number DESC LIMIT 1",
        account=account_id,
        conversation=conversation,
    )
    for _ in range(20):
        if row is None or row.merged_into is None:
            break
        row = tx.first("SELECT * FROM ticket WHERE number = :number", number=row.merged_into)
    return row


def place_of(tx: Transaction, number: int) -> tuple[int, str] | None:
    """The account and the conversation in which a ticket's customer talks with us; None where it has none."""
    row = tx.first("SELECT account_id, conversation FROM ticket WHERE number = :number", number=number)
    return None if row is None or row.conversation is None else (row.account_id, row.conversation)


def shown(
    tx: Transaction,
    account_id: int,
    conversation: str,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> ShownConversation:
    """A stretch of a conversation, oldest first; nothing for one that has no ticket yet."""
    ticket = ticket_of(tx, account_id, conversation)
    if ticket is None:
        return ShownConversation()
    number = ticket.number
    where, order = ("m.id > :place", "ASC") if after is not None else ("m.id < :place", "DESC")
    place = after if after is not None else before if before is not None else 2**62
    rows = tx.all(
        "SELECT m.*, a.name AS agent_name, a.picture, a.picture_type"
        " FROM message m LEFT JOIN agent a ON a.id = m.agent_id"
        f" WHERE {VISIBLE} AND {where} ORDER BY m.id {order} LIMIT :limit",
        number=number,
        account=account_id,
        place=place,
        limit=limit + 1,
    )
    beyond, rows = len(rows) > limit, rows[:limit]
    if after is None:
        rows.reverse()
    rows = [row for row in rows if row.account_id == account_id or row.envelope.get("goes_on") == conversation]
    agent = tx.first("SELECT name, picture, picture_type FROM agent WHERE id = :id", id=ticket.assignee_id)
    return ShownConversation(
        ticket=number,
        open=ticket.status not in lines.CLOSED,
        agent=agent.name if agent else "",
        picture=pictures.address(agent.picture, agent.picture_type) if agent else "",
        messages=tuple(_message(row, files, rating) for row, files, rating in _with_more(tx, rows)),
        earlier=beyond if after is None else True,
        more=beyond and after is not None,
        read=_read(tx, number),
        seen=ticket.seen_id,
        unread=_unread(tx, number, account_id, ticket.seen_id),
    )


def shown_file(tx: Transaction, account_id: int, conversation: str, file_id: int) -> FileRecord:
    """A file of a message that the conversation shows. Raises `NotFound`."""
    ticket = ticket_of(tx, account_id, conversation)
    row = tx.first(
        f"SELECT m.account_id, m.envelope FROM attachment f JOIN message m ON m.id = f.message_id WHERE {VISIBLE}"
        " AND f.id = :file",
        number=ticket.number if ticket is not None else 0,
        account=account_id,
        file=file_id,
    )
    if row is None or (row.account_id != account_id and row.envelope.get("goes_on") != conversation):
        raise NotFound("There is no file {id}.", id=file_id)
    return file_record(tx, None, file_id)


def see(tx: Transaction, account_id: int, seen: Seen) -> int | None:
    """The customer read up to here. The ticket's number, None when there is none."""
    ticket = ticket_of(tx, account_id, seen.conversation or "")
    if ticket is None:
        return None
    newest = tx.value(
        "SELECT id FROM message WHERE ticket_number = :number AND id <= :seq ORDER BY id DESC LIMIT 1",
        number=ticket.number,
        seq=seen.seq if seen.seq is not None else 2**62,
    )
    if newest is not None and newest > ticket.seen_id:
        tx.run(
            "UPDATE ticket SET seen_at = :at, seen_id = :newest WHERE number = :number AND seen_id < :newest",
            at=seen.at,
            newest=newest,
            number=ticket.number,
        )
        tx.record(TicketSeen(ticket=ticket.number, message=newest), f"customer:{ticket.customer_id}")
    return int(ticket.number)


def asked(tx: Transaction, account_id: int, wish: Asked) -> int | None:
    """The customer ends the conversation, leaves an address for it, or wants it by mail. The ticket's number."""
    ticket = ticket_of(tx, account_id, wish.conversation)
    if ticket is None:
        return None
    match wish.what:
        case "end":
            _end(tx, ticket.number)
        case "mail":
            continuity.leave(tx, ticket.number, wish.address)
        case "transcript":
            said = shown(tx, account_id, wish.conversation, limit=500)
            continuity.transcript(tx, ticket, wish.address, wish.language or ticket.language, said.messages)
    return int(ticket.number)


def rate(tx: Transaction, account_id: int, rated: Rated) -> int | None:
    """The customer rates. The ticket's number, None when there is none."""
    ticket = ticket_of(tx, account_id, rated.conversation)
    if ticket is None:
        return None
    ratings.answer(tx, ledger.lock(tx, ticket.number), rated)
    return int(ticket.number)


def _end(tx: Transaction, number: int) -> None:
    """Said in the thread; what is unanswered stays on the agents' list, what waits for the customer is done."""
    ticket = ledger.lock(tx, number)
    if lines.has_ended(tx, number):
        return
    lines.write(tx, ticket, "left")
    status = "done" if ticket.status == "waiting" else ticket.status
    tx.run(
        "UPDATE ticket SET status = :status, version = version + 1, updated_at = :now WHERE number = :number",
        status=status,
        now=tx.now,
        number=number,
    )
    by = f"customer:{ticket.customer_id}"
    tx.record(TicketChanged(ticket=number, field="conversation", before="open", after="ended"), by)
    if status != ticket.status:
        tx.record(TicketChanged(ticket=number, field="status", before=ticket.status, after=status), by)


def _read(tx: Transaction, number: int) -> int:
    """The newest message that an agent has had before them."""
    found = tx.value(
        "SELECT id FROM message WHERE ticket_number = :number AND seq <="
        " (SELECT MAX(seq) FROM ticket_reader WHERE ticket_number = :number) ORDER BY id DESC LIMIT 1",
        number=number,
    )
    return int(found or 0)


def _unread(tx: Transaction, number: int, account_id: int, seen_id: int) -> int:
    found = tx.value(
        f"SELECT count(*) FROM (SELECT 1 FROM message m WHERE {VISIBLE} AND m.kind NOT IN ('customer', 'line')"
        " AND m.id > :seen LIMIT :most) AS unread",
        number=number,
        account=account_id,
        seen=seen_id,
        most=MOST_UNREAD,
    )
    return int(found)


def _with_more(tx: Transaction, rows: Sequence[Any]) -> list[tuple[Any, list[Any], Any]]:
    """Messages with their files, and what was answered to those that ask for a rating."""
    files: dict[int, list[Any]] = defaultdict(list)
    asked = [row.id for row in rows if row.kind == "rating"]
    ratings = {
        row.message_id: row
        for row in (tx.all(f"SELECT * FROM rating WHERE message_id IN ({several(asked)})") if asked else ())
    }
    if rows:
        ids = several(row.id for row in rows)
        for file in tx.all(f"SELECT * FROM attachment WHERE message_id IN ({ids}) AND state = 'here' ORDER BY id"):
            files[file.message_id].append(file)
    return [(row, files[row.id], ratings.get(row.id)) for row in rows]


def _message(row: Any, files: list[Any], rating: Any) -> ShownMessage:
    withdrawn = row.withdrawn_at is not None
    line: dict[str, str] = row.envelope["line"] if row.kind == "line" else {"what": "", "name": row.agent_name or ""}
    return ShownMessage(
        seq=row.id,
        side=SIDES[row.kind],  # type: ignore[arg-type]
        text="" if withdrawn else lines.FOR_CUSTOMERS.get(str(line["what"]), row.text),
        at=row.created_at,
        name=line["name"],
        picture=pictures.address(row.picture, row.picture_type),
        external_id=row.external_id,
        files=() if withdrawn else tuple(ShownFile(f.id, f.filename, f.content_type, f.size) for f in files),
        withdrawn=withdrawn,
        by_mail="goes_on" in row.envelope,
        line=line["what"],
        rating=AskedRating(rating.score, rating.comment) if rating is not None else None,
        choices=() if withdrawn else msgspec.convert(row.envelope.get("choices", ()), tuple[Choice, ...]),
        spoken=row.automatic in SPOKEN,
    )
