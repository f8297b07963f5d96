"""From database rows to views of tickets and messages, many at once: a list costs a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, cast
from urllib.parse import quote

import msgspec

from channels.contract import Album, Card, Choice, Rich
from server.database import Transaction
from server.tickets.views import (
    AttachmentView,
    CustomerRef,
    LetterView,
    LineView,
    MessageView,
    PartyView,
    QuoteView,
    RatingView,
    TicketRow,
)

TicketRecord = Any
"""A row as the database gives it, with the columns of `TICKET`."""

TICKET = (
    "t.number, t.subject, t.status, t.priority, t.assignee_id, t.team_id, t.customer_id, t.channel, t.account_id,"
    " t.spam, t.merged_into, t.snoozed_until, t.due_at, t.waiting_since, t.created_at, t.updated_at, t.last_seq,"
    " t.last_text, t.last_kind, t.version, t.undelivered, k.name AS customer_name,"
    " CASE WHEN c.kind LIKE 'visitor%' OR c.kind LIKE 'line%' THEN '' ELSE c.address END AS contact_address"
)
WITH_CUSTOMER = "JOIN customer k ON k.id = t.customer_id JOIN contact c ON c.id = t.contact_id"
TICKET_FROM = f"ticket t {WITH_CUSTOMER}"
# What a browser shows by itself without running anything in it.
PREVIEWED = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_FILMS = ("mp4", "webm", "quicktime")
_VOICES = ("mpeg", "mp4", "x-m4a", "aac", "ogg", "wav", "x-wav", "webm")
PLAYED = frozenset({*(f"video/{one}" for one in _FILMS), *(f"audio/{one}" for one in _VOICES)})
"""Films and voices: like these pictures they cannot do anything in a browser but be seen and heard."""


NOTHING = "NULL"


def several(values: Iterable[int]) -> str:
    """A list of numbers for an IN; numbers only, so nothing can be smuggled in."""
    return ", ".join(str(int(value)) for value in values) or NOTHING


def tickets(tx: Transaction, rows: Sequence[Any], agent_id: int) -> list[TicketRow]:
    """List rows from rows of `TICKET`, with the asking agent's own marks."""
    if not rows:
        return []
    numbers = several(row.number for row in rows)
    tags: dict[int, list[str]] = defaultdict(list)
    for row in tx.all(
        "SELECT tt.ticket_number, tag.name FROM ticket_tag tt JOIN tag ON tag.id = tt.tag_id"
        f" WHERE tt.ticket_number IN ({numbers}) ORDER BY tag.name"
    ):
        tags[row.ticket_number].append(row.name)
    read = {
        row.ticket_number: row.seq
        for row in tx.all(
            f"SELECT ticket_number, seq FROM ticket_reader WHERE agent_id = :agent AND ticket_number IN ({numbers})",
            agent=agent_id,
        )
    }
    drafts = {
        row.ticket_number
        for row in tx.all(
            f"SELECT ticket_number FROM draft WHERE agent_id = :agent AND ticket_number IN ({numbers})", agent=agent_id
        )
    }
    return [
        TicketRow(**ticket_fields(row, tags[row.number], read.get(row.number, 0), row.number in drafts)) for row in rows
    ]


def ticket_fields(row: Any, tags: list[str], read_seq: int, draft: bool) -> dict[str, Any]:
    """The fields of a `TicketRow`, which `TicketView` has too."""
    return {
        "number": row.number,
        "subject": row.subject,
        "status": row.status,
        "priority": row.priority,
        "assignee": row.assignee_id,
        "team": row.team_id,
        "customer": CustomerRef(id=row.customer_id, name=row.customer_name or row.contact_address),
        "channel": row.channel,
        "account": row.account_id,
        "tags": tags,
        "spam": bool(row.spam),
        "merged_into": row.merged_into,
        "snoozed_until": row.snoozed_until,
        "due_at": row.due_at,
        "waiting_since": row.waiting_since,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "last_seq": row.last_seq,
        "last_text": row.last_text,
        "last_kind": row.last_kind,
        "version": row.version,
        "read_seq": read_seq,
        "draft": draft,
        "undelivered": bool(row.undelivered),
    }


def messages(tx: Transaction, rows: Sequence[Any]) -> list[MessageView]:
    """Messages from rows of `message`, with files and the state of their letters."""
    if not rows:
        return []
    ids = several(row.id for row in rows)
    files: dict[int, list[AttachmentView]] = defaultdict(list)
    for row in tx.all(f"SELECT * FROM attachment WHERE message_id IN ({ids}) ORDER BY id"):
        files[row.message_id].append(attachment(row))
    letters = {
        row.message_id: letter(row) for row in tx.all(f"SELECT * FROM letter WHERE message_id IN ({ids}) ORDER BY id")
    }
    asked = several(row.id for row in rows if row.kind == "rating")
    ratings = (
        {row.message_id: _rating(row) for row in tx.all(f"SELECT * FROM rating WHERE message_id IN ({asked})")}
        if asked != NOTHING
        else {}
    )
    names = _names(tx, rows)
    quotes = _quotes(tx, rows)
    return [
        _message(row, files[row.id], letters.get(row.id), ratings.get(row.id), names, quotes.get(row.quoted_id))
        for row in rows
    ]


def _names(tx: Transaction, rows: Sequence[Any]) -> dict[int, str]:
    """The names by which contacts are known now, where a message came before its sender's name did."""
    nameless = {row.contact_id for row in rows if row.contact_id and not (row.envelope.get("from") or {}).get("name")}
    if not nameless:
        return {}
    found = tx.all(f"SELECT id, name FROM contact WHERE id IN ({several(nameless)})")
    return {row.id: row.name for row in found}


def _quotes(tx: Transaction, rows: Sequence[Any]) -> dict[int | None, QuoteView]:
    """What messages quote, by the quoted message's id."""
    wanted = {row.quoted_id for row in rows if row.quoted_id is not None}
    if not wanted:
        return {}
    found = tx.all(f"SELECT id, seq, kind, agent_id, text, withdrawn_at FROM message WHERE id IN ({several(wanted)})")
    return {
        row.id: QuoteView(
            message=row.id,
            seq=row.seq,
            kind=row.kind,
            agent=row.agent_id,
            text="" if row.withdrawn_at is not None else preview(row.text),
            withdrawn=row.withdrawn_at is not None,
        )
        for row in found
    }


def rating_of(tx: Transaction, number: int) -> RatingView | None:
    """The newest rating that the customer of a ticket was asked for."""
    row = tx.first("SELECT * FROM rating WHERE ticket_number = :number ORDER BY message_id DESC LIMIT 1", number=number)
    return _rating(row) if row is not None else None


def attachment(row: Any) -> AttachmentView:
    """A file, from a row of `attachment`."""
    return AttachmentView(
        id=row.id,
        filename=row.filename,
        content_type=row.content_type,
        size=row.size,
        inline=bool(row.inline),
        content_id=row.content_id,
        url=f"/api/v1/files/{row.id}/{quote(row.filename, safe='')}",
        preview=row.content_type in PREVIEWED and row.state == "here",
        state=row.state,
        words=row.words,
    )


def letter(row: Any) -> LetterView:
    """How a letter stands, from a row of `letter`."""
    unfinished = row.state in ("held", "waiting", "sending")
    return LetterView(
        id=row.id,
        state=row.state,
        attempts=row.attempts,
        next_at=row.next_at if unfinished else None,
        words=row.words,
        refused=row.refused,
        recall_until=row.next_at if row.state == "waiting" and row.attempts == 0 else None,
        finished_at=row.finished_at,
        code=row.code,
    )


def _message(
    row: Any,
    files: list[AttachmentView],
    sent: LetterView | None,
    rating: RatingView | None,
    names: dict[int, str],
    quote: QuoteView | None,
) -> MessageView:
    envelope: dict[str, Any] = row.envelope
    withdrawn = row.withdrawn_at is not None
    return MessageView(
        id=row.id,
        ticket=row.ticket_number,
        seq=row.seq,
        kind=row.kind,
        agent=row.agent_id,
        sender=_party({"name": names.get(row.contact_id, ""), **(envelope.get("from") or {})}),
        to=[_party(one) for one in envelope.get("to", ())],
        cc=[_party(one) for one in envelope.get("cc", ())],
        subject=row.subject,
        text="" if withdrawn else row.text,
        whole_text=None if withdrawn else row.whole_text,
        html=row.html is not None and not withdrawn,
        original=row.arrival_id is not None and not withdrawn,
        automatic=row.automatic,
        authentication=envelope.get("authentication", "none"),
        marks=list(envelope.get("marks", ())),
        fields=cast("dict[str, Any]", envelope.get("fields", {})),
        withdrawn_at=row.withdrawn_at,
        created_at=row.created_at,
        attachments=[] if withdrawn else files,
        letter=sent,
        line=LineView(**envelope["line"]) if row.kind == "line" else None,
        rating=rating,
        card=None if withdrawn or row.card is None else msgspec.convert(row.card, Card),
        album=None if row.album is None else msgspec.convert(row.album, Album),
        quote=quote,
        quotable=not withdrawn and bool(envelope.get("handles", {}).get("quote")),
        rich=msgspec.convert(envelope["rich"], Rich) if "rich" in envelope else None,
        choices=msgspec.convert(envelope.get("choices", ()), tuple[Choice, ...]),
    )


def _rating(row: Any) -> RatingView:
    return RatingView(
        message=row.message_id,
        agent=row.agent_id,
        score=row.score,
        comment=row.comment,
        asked_at=row.asked_at,
        answered_at=row.answered_at,
    )


def _party(one: dict[str, str]) -> PartyView:
    return PartyView(name=one.get("name", ""), address=one.get("address", ""))


def preview(text: str) -> str:
    """The beginning of a message, for the list: one line."""
    return " ".join(text[:400].split())[:160]
