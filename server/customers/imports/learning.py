"""What becomes of the items of a file: customers and orders learned as the plan says, each written in the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from server.customers.imports import journal
from server.customers.imports.plans import Plan
from server.customers.imports.rows import Item
from server.customers.orders import money
from server.customers.store import people, revisions, trade
from server.customers.store.facts import AddressFact, CustomerFact, LineFact, OrderFact
from server.customers.store.newcomers import Newcomers
from server.database import Transaction
from server.errors import DeskError, Invalid

Outcome = Literal["new", "changed", "same", "skipped", "refused"]
_GROUPS = (("name", "family_name", "given_name"), ("kana", "family_kana", "given_kana"))
_SINGLE = ("honorific", "company", "department", "birthday", "sex", "language", "member_rank", "vip", "opted_out",
           "notices_by")  # fmt: skip


class Job(msgspec.Struct, kw_only=True):
    """An import that is under way. `since` is when it began: what was made earlier is not its own."""

    id: int
    plan: Plan
    since: datetime
    trial: bool = False


class Twice(msgspec.Struct, frozen=True, kw_only=True):
    """Where the file has an item for the first time, and whether it says the same there."""

    row: int
    same: bool


class Result(msgspec.Struct, kw_only=True):
    """What became of some items: how often which, and what was wrong, by row."""

    counts: Counter[str]
    problems: list[tuple[int, bool, dict[str, str]]]


def learn(tx: Transaction, job: Job, items: Sequence[tuple[Item, Twice | None]]) -> Result:
    """Learn some items in their order."""
    counts: Counter[str] = Counter()
    problems: list[tuple[int, bool, dict[str, str]]] = []
    now = revisions.number(None, tx.now)
    newcomers = _Newcomers(tx, job, items)
    for place, (item, twice) in enumerate(items):
        outcome: Outcome
        reasons = item.reasons
        if item.fact is not None:
            item.fact = msgspec.structs.replace(item.fact, revision=now + place)
        try:
            outcome = _one(tx, job, item, twice, newcomers)
        except DeskError as error:
            outcome = "refused"
            fields = error.fields if isinstance(error, Invalid) and error.fields else {"*": str(error)}
            reasons = {**reasons, item.last: {**reasons.get(item.last, {}), **fields}}
        counts[outcome] += 1
        counts["rows"] += len(item.numbers)
        if outcome == "refused":
            others = {"*": "belongs to an order of which another row cannot be read"}
            problems += [(number, True, reasons.get(number, others)) for number in item.numbers]
        elif reasons:
            counts["left"] += 1
            problems += [(number, False, words) for number, words in sorted(reasons.items())]
    newcomers.write()
    return Result(counts=counts, problems=problems)


class _Newcomers:
    """Customers of a stretch whom nobody knows yet, and the lines of the journal that say so."""

    def __init__(self, tx: Transaction, job: Job, items: Sequence[tuple[Item, Twice | None]]) -> None:
        self._tx = tx
        self._job = job
        self._all = Newcomers(tx, (item.fact for item, _ in items if isinstance(item.fact, CustomerFact)))
        self._items: list[Item] = []

    def take(self, item: Item, fact: CustomerFact) -> bool:
        """Whether nobody knows them; then they wait."""
        taken = self._all.take(fact, item.note)
        if taken:
            self._items.append(item)
        return taken

    def write(self) -> None:
        """Write those who wait: what comes next may be about them."""
        ids = self._all.write()
        journal.note_made(self._tx, self._job.id, [
            (item.last, id, {"note": item.note}) for item, id in zip(self._items, ids, strict=True)
        ])  # fmt: skip
        self._items.clear()


def _one(tx: Transaction, job: Job, item: Item, twice: Twice | None, newcomers: _Newcomers) -> Outcome:
    if item.fact is None:
        return "refused"
    if isinstance(item.fact, OrderFact):
        return _order(tx, job, item, item.fact, again=twice is not None)
    if twice is not None:
        if job.plan.twice == "refuse":
            raise Invalid(fields={"*": f"is in row {twice.row} already"})
        if job.plan.twice == "first":
            return "skipped"
        if job.trial:
            return "same" if twice.same else "changed"
    if newcomers.take(item, item.fact):
        return "new"
    newcomers.write()
    return _customer(tx, job, item, item.fact)


# ------------------------------------------------------------------------------------------------ customers


def _customer(tx: Transaction, job: Job, item: Item, fact: CustomerFact) -> Outcome:
    source = tx.first(
        "SELECT * FROM customer_source WHERE source = :source AND external_id = :external_id",
        source=fact.source,
        external_id=fact.external_id,
    )
    known = source.customer_id if source is not None else None
    if known is None and job.plan.existing != "new":
        known = people.owner(tx, fact)
    if known is not None:
        row = tx.one("SELECT * FROM customer WHERE id = :id", id=known)
        ours = _made(tx, job, row)
        if job.plan.existing == "skip" and not ours:
            return "skipped"
        if job.plan.existing == "new" and not ours:
            raise Invalid(fields={"*": "is known already, by its number or by the same row of an earlier file"})
        if job.plan.existing == "fill" and not ours:
            fact, item.note = _gaps(tx, fact, row), "" if row.note else item.note
            if not item.note and not _says(fact):
                return "same"
    if (known is None and job.plan.existing == "new") or source is not None:
        fact = msgspec.structs.replace(fact, contacts=_unclaimed(tx, fact, known))
    fact = _whole(tx, fact, source)
    mark = revisions.digest(msgspec.structs.replace(fact, revision=None, consents=[]))
    fact = msgspec.structs.replace(fact, consents=_news(tx, known, fact))
    if source is not None and source.digest == mark and not fact.consents and not item.note:
        return "same"
    return _learned(tx, job, item, fact, known)


def _made(tx: Transaction, job: Job, row: Any) -> bool:
    """Whether this import made a customer, out of an earlier row."""
    return row.created_at >= job.since and bool(
        tx.value(
            "SELECT 1 FROM import_entry WHERE kind = 'customer' AND subject = :id AND import_id = :job AND made = :yes",
            id=row.id,
            job=job.id,
            yes=True,
        )
    )


def _learned(tx: Transaction, job: Job, item: Item, fact: CustomerFact, known: int | None) -> Outcome:
    ids = {known} if known is not None else set()
    ids |= people.holders(tx, fact.contacts) if fact.contacts else set()
    before = journal.standing(tx, ids, fact.source, fact.external_id)
    learned = people.learn(tx, fact, unite=False)
    assert learned.customer is not None
    _take_note(tx, learned.customer, item.note)
    if learned.customer not in before:
        journal.note(tx, job.id, item.last, "customer", learned.customer, made=True, before={"note": item.note})
        return "new"
    seen = False
    for id, former in before.items():
        after = journal.standing(tx, [id], fact.source, fact.external_id)[id]
        if changed := journal.difference(former, after):
            journal.note(tx, job.id, item.last, "customer", id, made=False, before=changed)
            seen = seen or journal.is_seen(changed)
    return "changed" if seen else "same"


def _take_note(tx: Transaction, customer: int, note: str) -> None:
    """A note stands below what people here wrote, once."""
    if not note:
        return
    before = tx.value("SELECT note FROM customer WHERE id = :id", id=customer)
    if note not in before:
        whole = f"{before}\n{note}" if before else note
        tx.run("UPDATE customer SET note = :note WHERE id = :id", note=whole[:20_000], id=customer)


def _gaps(tx: Transaction, fact: CustomerFact, row: Any) -> CustomerFact:
    """What of a fact is not known of a customer."""
    empty: dict[str, Any] = {}
    for group in _GROUPS:
        if any(getattr(row, name) for name in group):
            empty.update(dict.fromkeys(group, ""))
    defaults = {"birthday": None, "language": None, "vip": None, "opted_out": None}
    empty.update({name: defaults.get(name, "") for name in _SINGLE if getattr(row, name)})
    kinds = {one.kind for one in tx.all("SELECT DISTINCT kind FROM contact WHERE customer_id = :id", id=row.id)}
    placed = tx.value("SELECT 1 FROM customer_address WHERE customer_id = :id LIMIT 1", id=row.id)
    own = row.attributes or {}
    return msgspec.structs.replace(
        fact,
        **empty,
        tags=[] if row.tags else fact.tags,
        attributes={name: value for name, value in fact.attributes.items() if own.get(name) in (None, "")},
        contacts=[one for one in fact.contacts if one.kind not in kinds],
        addresses=[] if placed else fact.addresses,
        consents=[one for one in fact.consents if _consent(tx, row.id, one.purpose, one.channel) is None],
    )


def _says(fact: CustomerFact) -> bool:
    """Whether a fact says anything beside whose it is."""
    return bool(msgspec.to_builtins(fact).keys() - {"source", "external_id", "revision"})


def _whole(tx: Transaction, fact: CustomerFact, source: Any) -> CustomerFact:
    """A fact with what its source said earlier and the file has no column for: it takes nothing away."""
    if source is None:
        return fact
    document = source.document
    given = {name: value for name, value in msgspec.to_builtins(fact).items() if value not in ("", None, [], {})}
    for group in _GROUPS:
        if given.keys() & set(group):
            document = {name: value for name, value in document.items() if name not in group}
    addresses = given.get("addresses") or [
        {name: getattr(one, name) for name in AddressFact.__struct_fields__}
        for one in tx.all("SELECT * FROM customer_address WHERE source_id = :id ORDER BY id", id=source.id)
    ]
    whole = {**document, **given, "addresses": addresses}
    whole["tags"] = list(dict.fromkeys([*document.get("tags", []), *given.get("tags", [])]))
    whole["attributes"] = {**document.get("attributes", {}), **given.get("attributes", {})}
    return msgspec.convert(whole, CustomerFact)


def _unclaimed(tx: Transaction, fact: CustomerFact, known: int | None) -> list[Any]:
    """The contacts, of which those that somebody else has are only claimed."""
    return [
        msgspec.structs.replace(one, verified=False) if people.holders(tx, [one]) - {known} else one
        for one in fact.contacts
    ]


def _news(tx: Transaction, known: int | None, fact: CustomerFact) -> list[Any]:
    """The consents that say something else than what is known."""
    if known is None:
        return fact.consents
    return [one for one in fact.consents if _consent(tx, known, one.purpose, one.channel) is not one.given]


def _consent(tx: Transaction, customer: int, purpose: str, channel: str) -> bool | None:
    row = tx.first(
        "SELECT given FROM consent WHERE customer_id = :id AND purpose = :purpose AND channel = :channel"
        " ORDER BY at DESC, id DESC LIMIT 1",
        id=customer,
        purpose=purpose,
        channel=channel,
    )
    return None if row is None else bool(row.given)


# ------------------------------------------------------------------------------------------------ orders


def _order(tx: Transaction, job: Job, item: Item, fact: OrderFact, *, again: bool) -> Outcome:
    row = tx.first(
        "SELECT * FROM orders WHERE source = :source AND external_id = :external_id",
        source=fact.source,
        external_id=fact.external_id,
    )
    if row is not None and row.revision >= 0:
        if again:
            fact = _continued(tx, job, fact, row)
        elif job.plan.existing == "skip":
            return "skipped"
        if row.digest == revisions.digest(msgspec.structs.replace(fact, revision=None)):
            return "same"
    elif again and job.trial:
        return "same"
    before = journal.order(tx, row.id) if row is not None else {}
    payments = _parts(tx, row.id) if row is not None else set()
    buyer = fact.customer or f"order:{fact.external_id}"
    ids = _buyers(tx, fact, buyer)
    stood = journal.standing(tx, ids, fact.source, buyer)
    learned = trade.order(tx, fact, unite=False)
    _note_buyer(tx, job, item, fact, learned.customer, stood, buyer)
    before["mark"] = tx.value("SELECT digest FROM orders WHERE id = :id", id=learned.id)
    before["parts"] = sorted(_parts(tx, learned.id) - payments)
    journal.note(tx, job.id, item.last, "order", learned.id, made=row is None, before=before)
    return "new" if row is None or row.revision < 0 else "changed"


def _parts(tx: Transaction, id: int) -> set[str]:
    """The payments and parcels of an order, as `payment:3`."""
    rows = tx.all(
        "SELECT 'payment' AS kind, id FROM payment WHERE order_id = :id"
        " UNION ALL SELECT 'shipment' AS kind, id FROM shipment WHERE order_id = :id",
        id=id,
    )
    return {f"{one.kind}:{one.id}" for one in rows}


def _continued(tx: Transaction, job: Job, fact: OrderFact, row: Any) -> OrderFact:
    """An order whose rows do not all follow each other: the lines so far, and these."""
    lines = [
        LineFact(sku=one.sku, name=one.name, quantity=one.quantity, price=money.shown(one.price))
        for one in tx.all("SELECT * FROM order_line WHERE order_id = :id ORDER BY position", id=row.id)
    ] + fact.lines
    total = fact.total
    if "total" not in job.plan.columns:
        total = sum((line.price * line.quantity for line in lines), fact.shipping - fact.discount)
    return msgspec.structs.replace(fact, lines=lines, total=total)


def _buyers(tx: Transaction, fact: OrderFact, buyer: str) -> set[int]:
    """The customers whom an order may change."""
    ids = {
        row.customer_id
        for row in tx.all(
            "SELECT customer_id FROM customer_source WHERE source = :source AND external_id = :buyer",
            source=fact.source,
            buyer=buyer,
        )
    }
    return ids | (people.holders(tx, people.contacts_of(fact.buyer)) if fact.buyer is not None else set())


def _note_buyer(
    tx: Transaction,
    job: Job,
    item: Item,
    fact: OrderFact,
    customer: int | None,
    stood: dict[int, journal.Standing],
    buyer: str,
) -> None:
    if customer is not None and customer not in stood:
        journal.note(tx, job.id, item.last, "customer", customer, made=True, before={})
    for id, former in stood.items():
        if changed := journal.difference(former, journal.standing(tx, [id], fact.source, buyer)[id]):
            journal.note(tx, job.id, item.last, "customer", id, made=False, before=changed)
