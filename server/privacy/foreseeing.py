"""What an erasure would take, what would stay and why: looked at before anybody decides."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.customers.rights import requests, rules
from server.customers.views import View
from server.database import Transaction
from server.privacy import people
from server.privacy.people import Person
from server.tickets.rows import several


class Line(View, frozen=True, kw_only=True):
    """How many of something; `what` is one word."""

    what: str
    many: int


class Stay(View, frozen=True, kw_only=True):
    """What is kept without saying whose it is, and why; `until` where there is an end."""

    what: str
    many: int
    reason: str
    until: datetime | None = None


class BackupLine(View, frozen=True, kw_only=True):
    """A backup that was made while the data was here, and still holds it."""

    path: str
    at: datetime


class ErasurePreview(View, frozen=True, kw_only=True):
    """What an erasure would take and leave. `run_at` is the day it would be done; `confirm` is what is typed."""

    customer: int
    name: str
    customers: list[int]
    goes: list[Line]
    stays: list[Stay]
    backups: list[BackupLine]
    sources: list[str]
    open_tickets: list[int]
    run_at: datetime
    confirm: str


def preview(tx: Transaction, customer_id: int) -> ErasurePreview:
    """What would go and what would stay. Raises `NotFound`."""
    who = people.person(tx, customer_id)
    decided = rules.read(tx)
    mine = f"SELECT number FROM ticket WHERE customer_id IN ({who.listed})"
    own = f"SELECT id FROM message WHERE ticket_number IN ({mine})"
    books = books_since(tx, decided.books_years)
    orders = f"FROM orders WHERE customer_id IN ({who.listed})"
    counts = {
        "messages": f"FROM message WHERE ticket_number IN ({mine})",
        "elsewhere": f"FROM message WHERE {elsewhere(who)}",
        "files": f"FROM attachment WHERE message_id IN ({own})",
        "arrivals": "FROM arrival WHERE (body IS NOT NULL OR digest IS NOT NULL) AND id IN"
        f" (SELECT arrival_id FROM message WHERE id IN ({own}))",
        "letters": f"FROM letter WHERE ticket_number IN ({mine})",
        "drafts": f"FROM draft WHERE ticket_number IN ({mine})",
        "contacts": f"FROM contact WHERE customer_id IN ({who.listed})",
        "addresses": f"FROM customer_address WHERE customer_id IN ({who.listed})",
        "consents": f"FROM consent WHERE customer_id IN ({who.listed})",
        "interactions": f"FROM interaction WHERE customer_id IN ({who.listed})",
        "old_orders": f"{orders} AND ordered_at < :books",
    }
    kept = tx.one(f"SELECT count(*) AS many {orders} AND ordered_at >= :books", books=books)
    numbers = tx.value(f"SELECT count(*) FROM ticket WHERE customer_id IN ({who.listed})")
    log = tx.value(f"SELECT count(*) FROM audit WHERE customer_id IN ({who.listed})")
    last = tx.value(f"SELECT ordered_at {orders} ORDER BY ordered_at DESC LIMIT 1")
    since = tx.value(f"SELECT created_at FROM customer WHERE id IN ({who.listed}) ORDER BY created_at LIMIT 1")
    stays = [
        Stay(what="orders", many=kept.many, reason="books",
             until=None if last is None else _years(last, decided.books_years)),
        Stay(what="tickets", many=numbers, reason="figures"),
        Stay(what="audit", many=log, reason="proof"),
        Stay(what="requests", many=len(requests.all(tx, customer=who.id)), reason="proof"),
        Stay(what="sources", many=tx.value(f"SELECT count(*) FROM customer_source WHERE customer_id IN ({who.listed})"),
             reason="not_again"),
    ]  # fmt: skip
    counted = [
        Line(what=what, many=tx.value(f"SELECT count(*) {sql}", **({"books": books} if ":books" in sql else {})))
        for what, sql in counts.items()
    ]
    return ErasurePreview(
        customer=who.id,
        name=tx.value("SELECT name FROM customer WHERE id = :id", id=who.id),
        customers=list(who.customers),
        goes=[line for line in counted if line.many],
        stays=[stay for stay in stays if stay.many or (stay.what == "orders" and last is not None)],
        backups=_backups(tx, since),
        sources=sorted({
            row.source for row in tx.all(f"SELECT source FROM customer_source WHERE customer_id IN ({who.listed})")
        }),
        open_tickets=[
            row.number for row in tx.all(
                f"{mine} AND status NOT IN ('done', 'none_needed') AND spam = :no ORDER BY number LIMIT 50", no=False)
        ],
        run_at=tx.now + timedelta(days=decided.waiting_days),
        confirm=str(who.id),
    )  # fmt: skip


def elsewhere(who: Person) -> str:
    """What they wrote on tickets of others, as a condition on messages."""
    contacts = several(who.contacts)
    return (
        f"contact_id IN ({contacts}) AND kind = 'customer' AND ticket_number NOT IN"
        f" (SELECT number FROM ticket WHERE customer_id IN ({who.listed}))"
    )


def books_since(tx: Transaction, years: int) -> datetime:
    """Since when orders are kept."""
    return _years(tx.now, -years)


def _years(at: datetime, years: int) -> datetime:
    try:
        return at.replace(year=at.year + years)
    except ValueError:  # 29 February
        return at.replace(year=at.year + years, day=28)


def _backups(tx: Transaction, since: datetime | None) -> list[BackupLine]:
    rows = tx.all("SELECT detail, at FROM audit WHERE what = 'backup' AND at >= :since ORDER BY id DESC LIMIT 50",
                  since=since or tx.now)  # fmt: skip
    return [BackupLine(path=str(row.detail.get("path", "")), at=row.at) for row in rows]
