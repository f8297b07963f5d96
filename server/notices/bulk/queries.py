"""What can be asked about bulk letters."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from server.database import Transaction
from server.errors import Invalid, NotFound
from server.notices.bulk import letters, rows
from server.notices.bulk.reaching import context, reach
from server.notices.bulk.views import (
    BulkContent,
    BulkCounts,
    BulkPage,
    BulkRow,
    BulkView,
    ProblemView,
    RecipientPage,
    RecipientView,
    SampleView,
)

SAMPLES = 10
LOOKED_AT = 2000
"""Recipients among whom samples are chosen."""
DELIVERED = ("delivered", "delayed", "arrived")
FAILED = ("failed", "bounced", "complained", "recalled")
STATES = ("listed", "sent", "under_way", "delivered", "failed", "skipped")
LETTER = (
    " LEFT JOIN letter l ON l.id = r.letter_id LEFT JOIN letter s ON s.first_id = l.id AND s.id ="
    " (SELECT max(n.id) FROM letter n WHERE n.first_id = l.id)"
)
"""The letter, and the one that stands in for it where its way was closed."""


def page(tx: Transaction, *, limit: int = 50, after: str | None = None) -> BulkPage:
    """Bulk letters, newest first. Raises `Invalid`."""
    found = tx.all(
        "SELECT * FROM bulk_letter WHERE id < :last ORDER BY id DESC LIMIT :limit",
        last=_cursor(after, 2**31 - 1),
        limit=limit + 1,
    )
    ids = ", ".join(str(row.id) for row in found[:limit]) or "NULL"
    counted = {
        row.bulk_id: row
        for row in tx.all(
            "SELECT bulk_id, count(*) AS many, sum(CASE WHEN state = 'listed' THEN 0 ELSE 1 END) AS settled"
            f" FROM bulk_recipient WHERE bulk_id IN ({ids}) GROUP BY bulk_id"
        )
    }
    people = _people(tx)
    items = [
        BulkRow(
            id=row.id,
            name=row.name,
            purpose=row.content["purpose"],
            state=row.state,
            by=people.get(row.by_whom, row.by_whom),
            approved_by=people.get(row.approved_by, row.approved_by),
            recipients=int(counted[row.id].many) if row.id in counted else 0,
            settled=int(counted[row.id].settled) if row.id in counted else 0,
            created_at=row.created_at,
            finished_at=row.finished_at,
        )
        for row in found[:limit]
    ]
    return BulkPage(items=items, next=str(items[-1].id) if len(found) > limit else None)


def one(tx: Transaction, id: int) -> BulkView:
    """A bulk letter and how far it is. Raises `NotFound`."""
    row = tx.first("SELECT * FROM bulk_letter WHERE id = :id", id=id)
    if row is None:
        raise NotFound("There is no bulk letter {id}.", id=id)
    plain = ("id", "name", "file_name", "headers", "state", "listing", "share", "trouble", "version", "asked_at",
             "approved_at", "next_at", "created_at", "updated_at", "finished_at")  # fmt: skip
    people = _people(tx)
    return BulkView(
        **{name: getattr(row, name) for name in plain},
        content=msgspec.convert(row.content, BulkContent),
        row_names=rows.names(row.headers),
        by=people.get(row.by_whom, row.by_whom),
        asked_by=people.get(row.asked_by, row.asked_by),
        approved_by=people.get(row.approved_by, row.approved_by),
        counts=counts(tx, id),
    )


def counts(tx: Transaction, id: int) -> BulkCounts:
    """How many, and how far they are."""
    listed: dict[str, int] = {}
    reasons: dict[str, int] = {}
    waiting = skipped = 0
    for row in tx.all(
        "SELECT state, way, reason, count(*) AS many FROM bulk_recipient WHERE bulk_id = :id AND state <> 'sent'"
        " GROUP BY state, way, reason",
        id=id,
    ):
        if row.state == "listed":
            waiting += row.many
            if row.way:
                listed[row.way] = listed.get(row.way, 0) + row.many
        else:
            skipped += row.many
        if row.reason:
            reasons[row.reason] = reasons.get(row.reason, 0) + row.many
    sent = {
        row.state: int(row.many)
        for row in tx.all(
            f"SELECT COALESCE(s.state, l.state) AS state, count(*) AS many FROM bulk_recipient r{LETTER}"
            " WHERE r.bulk_id = :id AND r.state = 'sent' GROUP BY 1",
            id=id,
        )
    }
    delivered = sum(many for state, many in sent.items() if state in DELIVERED)
    failed = sum(many for state, many in sent.items() if state in FAILED)
    return BulkCounts(
        recipients=waiting + skipped + sum(sent.values()),
        listed=waiting,
        under_way=sum(sent.values()) - delivered - failed,
        delivered=delivered,
        failed=failed,
        skipped=skipped,
        problems=int(tx.value("SELECT count(*) FROM bulk_problem WHERE bulk_id = :id", id=id)),
        ways=listed,
        reasons=reasons,
    )


def recipients(
    tx: Transaction, id: int, *, state: str = "", limit: int = 50, after: str | None = None
) -> RecipientPage:
    """Recipients of a state of `STATES`, or all. Raises `Invalid`."""
    if state and state not in STATES:
        raise Invalid(fields={"state": "is not one of the choices"})
    where = {
        "": "1 = 1",
        "listed": "r.state = 'listed'",
        "skipped": "r.state = 'skipped'",
        "sent": "r.state = 'sent'",
        "under_way": "r.state = 'sent' AND COALESCE(s.state, l.state) IN ('held', 'waiting', 'sending')",
        "delivered": f"r.state = 'sent' AND COALESCE(s.state, l.state) IN {DELIVERED}",
        "failed": f"r.state = 'sent' AND COALESCE(s.state, l.state) IN {FAILED}",
    }[state]
    found = tx.all(
        "SELECT r.*, c.name AS customer_name, COALESCE(s.state, l.state) AS letter_state, COALESCE(s.words, l.words)"
        " AS letter_words, COALESCE(s.id, l.id) AS last_letter, s.recipient AS other_address, a.kind AS other_way"
        f" FROM bulk_recipient r JOIN customer c ON c.id = r.customer_id{LETTER}"
        " LEFT JOIN channel_account a ON a.id = s.account_id"
        f" WHERE r.bulk_id = :id AND r.id > :last AND {where} ORDER BY r.id LIMIT :limit",
        id=id,
        last=_cursor(after, 0),
        limit=limit + 1,
    )
    shown = found[:limit]
    numbers = _numbers(tx, [order for row in shown for order in row.orders])
    items = [
        RecipientView(
            id=row.id,
            customer=row.customer_id,
            name=row.customer_name,
            orders=[numbers[order] for order in row.orders if order in numbers],
            number=row.number,
            state=row.state,
            reason=row.reason,
            words=row.words,
            way=row.other_way or row.way,
            address=row.other_address or row.address,
            letter=row.last_letter,
            letter_state=row.letter_state or "",
            letter_words=row.letter_words or "",
            settled_at=row.settled_at,
        )
        for row in shown
    ]
    return RecipientPage(items=items, next=str(items[-1].id) if len(found) > limit else None)


def problems(tx: Transaction, id: int, *, limit: int = 100, after: int = 0) -> list[ProblemView]:
    """Rows of the file that found nobody, after a row of it, in its order."""
    return [
        ProblemView(id=row.id, number=row.number, reason=row.reason, said=row.said)
        for row in tx.all(
            "SELECT * FROM bulk_problem WHERE bulk_id = :id AND number > :after ORDER BY number LIMIT :limit",
            id=id,
            after=after,
            limit=limit,
        )
    ]


def samples(tx: Transaction, id: int, content: BulkContent | None = None) -> list[SampleView]:
    """Ten letters as their recipients will have them, of different ways and languages; `content` instead of what is
    saved. Raises `NotFound`."""
    row = tx.first("SELECT content FROM bulk_letter WHERE id = :id", id=id)
    if row is None:
        raise NotFound("There is no bulk letter {id}.", id=id)
    around = context(tx, id, content or msgspec.convert(row.content, BulkContent))
    chosen = tx.all(
        "SELECT * FROM (SELECT r.*, row_number() OVER (PARTITION BY r.way, COALESCE(c.language, '') ORDER BY r.id)"
        " AS place FROM (SELECT * FROM bulk_recipient WHERE bulk_id = :id AND way <> '' ORDER BY id LIMIT :most) r"
        " JOIN customer c ON c.id = r.customer_id) AS ranked ORDER BY place, id LIMIT :many",
        id=id,
        most=LOOKED_AT,
        many=SAMPLES,
    )
    found: list[SampleView] = []
    for each in chosen:
        there = reach(tx, around, each.customer_id, each.orders)
        if not there.legs:
            continue
        leg = there.legs[0]
        stop = "https://desk.example/notices/stop/…" if around.content.purpose == "advertising" else ""
        subject = text = trouble = ""
        try:
            made = letters.filled(tx, around, there, leg, each.extra, stop)
            subject, text = made.subject, made.text
        except Invalid as error:
            trouble = str(error)
        found.append(
            SampleView(
                customer=each.customer_id,
                name=there.customer.name,
                way=leg.way,
                address=leg.address,
                language=letters.language_of(there.customer, around),
                subject=subject,
                text=text,
                trouble=trouble,
            )
        )
    return found


def progress(letter_state: str) -> str:
    """What of `saying.PROGRESS` the letter of somebody who was sent it is at."""
    if letter_state in DELIVERED:
        return "delivered"
    return "failed" if letter_state in FAILED else "under_way"


def _numbers(tx: Transaction, ids: Sequence[int]) -> dict[int, str]:
    listed = ", ".join(str(int(id)) for id in dict.fromkeys(ids)) or "NULL"
    return {row.id: row.number for row in tx.all(f"SELECT id, number FROM orders WHERE id IN ({listed})")}


def _people(tx: Transaction) -> dict[str, str]:
    """Agents as actors, by name."""
    return {f"agent:{row.id}": row.name or row.email for row in tx.all("SELECT id, name, email FROM agent")}


def _cursor(after: str | None, beginning: int) -> int:
    if after is None or after == "":
        return beginning
    if not (after.isascii() and after.isdecimal() and len(after) < 16):
        raise Invalid(fields={"after": "is no cursor of ours"})
    return int(after)
