"""Taking an import back: what it made is removed, what it changed is as before; what somebody changed since stays.

The journal is read backwards. Each entry is taken back whole, or as far as nobody touched it since; the rest is kept
and said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from server.customers import belongings, value
from server.customers.identity import merging
from server.customers.imports import journal
from server.customers.store import settling, trade
from server.database import Transaction
from server.database.engine import raised
from server.database.types import dump
from server.errors import DeskError
from server.events import CustomerChanged

OWN = ("contact", "customer_source", "customer_address", "consent")
"""Tables whose rows an import makes for a customer."""


class Undone(msgspec.Struct, kw_only=True):
    """What was taken back, and what stayed."""

    removed: int = 0
    restored: int = 0
    kept: int = 0


def undo(tx: Transaction, entries: Sequence[Any], by: str) -> Undone:
    """Take these entries back, in the given order (the last first)."""
    done = Undone()
    acts: dict[str, Callable[[Transaction, Any, str], str]] = {"customer": _customer, "order": _order}
    for entry in entries:
        tx.run("SAVEPOINT entry")
        recorded = len(tx.recorded)
        try:
            words = acts[entry.kind](tx, entry, by)
            tx.run("RELEASE SAVEPOINT entry")
        except raised("IntegrityError", DeskError) as error:
            tx.run("ROLLBACK TO SAVEPOINT entry")
            tx.run("RELEASE SAVEPOINT entry")
            del tx.recorded[recorded:]
            words = str(error) if isinstance(error, DeskError) else "something else holds on to it"
        if words:
            done.kept += 1
            tx.run("UPDATE import_entry SET kept = :words WHERE id = :id", words=words, id=entry.id)
        elif entry.made:
            done.removed += 1
        else:
            done.restored += 1
        if not words:
            tx.run("DELETE FROM import_entry WHERE id = :id", id=entry.id)
    return done


# ------------------------------------------------------------------------------------------------ customers


def _customer(tx: Transaction, entry: Any, by: str) -> str:
    """Why something of it stays; empty when nothing does."""
    row = tx.first("SELECT * FROM customer WHERE id = :id", id=entry.subject)
    if row is None:
        return ""
    if row.merged_into is not None:
        return "was merged into another customer since"
    if row.erased_at is not None:
        return "was erased since"
    return _remove(tx, row, entry, by) if entry.made else _restore(tx, row, entry.before, by)


def _remove(tx: Transaction, row: Any, entry: Any, by: str) -> str:
    job = tx.one("SELECT plan FROM customer_import WHERE id = :id", id=entry.import_id)
    if row.note != entry.before.get("note", ""):
        return "was changed here since"
    if words := _touched(tx, row, str(job.plan["source"])):
        return words
    for table in ("customer_address", "consent", "contact", "customer_source"):
        tx.run(f"DELETE FROM {table} WHERE customer_id = :id", id=row.id)
    tx.run("UPDATE customer SET note = '' WHERE id = :id", id=row.id)
    if not belongings.nothing(tx, row.id):
        raise DeskError("something else belongs to them by now")
    belongings.forget(tx, row.id)
    tx.record(CustomerChanged(customer=row.id, what="import undone"), by)
    return ""


def _touched(tx: Transaction, row: Any, source: str) -> str:
    """What somebody has had to do since with a customer whom an import made."""
    if row.kept or row.blocked:
        return "was changed here since"
    others = "SELECT 1 FROM customer_source WHERE customer_id = :id AND source <> :source"
    if tx.value(others, id=row.id, source=source):
        return "another system knows them by now"
    if tx.value(
        "SELECT 1 FROM contact WHERE customer_id = :id AND verified_by <> '' AND verified_by <> :ours",
        id=row.id,
        ours=f"source:{source}",
    ) or tx.value("SELECT 1 FROM customer_address WHERE customer_id = :id AND source_id IS NULL", id=row.id):
        return "was changed here since"
    if tx.value("SELECT 1 FROM consent WHERE customer_id = :id AND source <> :source", id=row.id, source=source):
        return "was changed here since"
    if claim := belongings.claim(tx, row.id, OWN):
        has = claim in ("ticket", "orders")
        return "has tickets or orders by now" if has else "something else belongs to them by now"
    return ""


def _restore(tx: Transaction, row: Any, before: Mapping[str, Any], by: str) -> str:
    stays: list[str] = []
    wanted: dict[str, Any] = {}
    kept = set(row.kept or ())
    for name, (former, made) in before.get("fields", {}).items():
        present = getattr(row, name)
        if present == former:
            continue
        if name in kept or present != made:
            stays.append(name)
        else:
            wanted[name] = former
    if wanted:
        merging.set_fields(tx, row.id, wanted)
    for contact in before.get("contacts", ()):
        if tx.value("SELECT 1 FROM contact WHERE id = :contact AND customer_id = :id", contact=contact, id=row.id):
            tx.run("SAVEPOINT contact")
            try:
                tx.run("DELETE FROM contact WHERE id = :contact", contact=contact)
            except raised("IntegrityError"):
                tx.run("ROLLBACK TO SAVEPOINT contact")
                stays.append("contact")
            tx.run("RELEASE SAVEPOINT contact")
    for consent in before.get("consents", ()):
        tx.run("DELETE FROM consent WHERE id = :consent AND customer_id = :id", consent=consent, id=row.id)
    if source := before.get("source"):
        stays += _source_back(tx, row.id, source)
    settling.settle(tx, row.id, by=by, what="import undone")
    return f"was changed since: {', '.join(dict.fromkeys(stays))}" if stays else ""


def _source_back(tx: Transaction, customer: int, source: Mapping[str, Any]) -> list[str]:
    """What a source said before; unless it has said something else since."""
    row = tx.first("SELECT * FROM customer_source WHERE id = :id", id=source["id"])
    if row is None or row.digest != source["mark"]:
        return [] if row is None else ["source"]
    tx.run("DELETE FROM customer_address WHERE source_id = :id", id=row.id)
    former = source["before"]
    if former is None:
        tx.run("DELETE FROM customer_source WHERE id = :id", id=row.id)
        return []
    tx.run(
        "UPDATE customer_source SET revision = :revision, digest = :digest, at = :at, document = :document"
        " WHERE id = :id",
        revision=former["revision"],
        digest=former["digest"],
        at=datetime.fromisoformat(former["at"]) if former["at"] else None,
        document=dump(former["document"]),
        id=row.id,
    )
    for place in former["addresses"]:
        tx.insert("customer_address", customer_id=customer, source_id=row.id, **place)
    return []


# ------------------------------------------------------------------------------------------------ orders


def _order(tx: Transaction, entry: Any, by: str) -> str:
    row = tx.first("SELECT * FROM orders WHERE id = :id", id=entry.subject)
    if row is None:
        return ""
    if row.digest != entry.before["mark"]:
        return "was told of anew since"
    for part in entry.before["parts"]:
        table, _, id = part.partition(":")
        tx.run(f"DELETE FROM {table} WHERE id = :id AND order_id = :order", id=int(id), order=row.id)
    tx.run("DELETE FROM order_status WHERE order_id = :id AND revision = :revision", id=row.id, revision=row.revision)
    tx.run("DELETE FROM order_line WHERE order_id = :id", id=row.id)
    if entry.made:
        tx.run("DELETE FROM orders WHERE id = :id", id=row.id)
        if row.customer_id is not None:
            value.refresh(tx, row.customer_id)
            tx.record(CustomerChanged(customer=row.customer_id, what="import undone"), by)
    else:
        _order_back(tx, row.id, entry.before)
        trade.settle(tx, row.id, row.source, "import undone", before=row)
    return ""


def _order_back(tx: Transaction, id: int, before: Mapping[str, Any]) -> None:
    columns = dict(before["row"])
    columns["ordered_at"] = datetime.fromisoformat(columns["ordered_at"])
    columns |= {name: dump(columns[name]) for name in ("buyer", "recipient")}
    columns["gift"] = bool(columns["gift"])
    places = ", ".join(f"{name} = :{name}" for name in columns)
    tx.run(f"UPDATE orders SET {places} WHERE id = :id", **columns, id=id)
    tx.many(
        f"INSERT INTO order_line (order_id, {', '.join(journal.LINE)})"
        f" VALUES (:order_id, {', '.join(f':{name}' for name in journal.LINE)})",
        [{"order_id": id, **dict(zip(journal.LINE, line, strict=True))} for line in before["lines"]],
    )
