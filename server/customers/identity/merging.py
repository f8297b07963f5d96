"""Two customers who turn out to be one: looked at field by field, merged, and parted again exactly as they were.

The one who goes stays as a pointer (`merged_into`), its own row untouched. Everything that belonged to it goes over,
by id; the merge keeps those ids and what the fields were, so that parting gives each back what was theirs. What came
since then through a contact or an account that was theirs goes back with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from server.agents import AgentView, require
from server.customers import belongings, keys, queries, value
from server.customers.identity import suggestions
from server.customers.identity.scoring import Reason, score
from server.customers.profiles import names_of
from server.customers.store import settling
from server.customers.views import CustomerView, View
from server.database import Transaction
from server.database.types import dump
from server.errors import Conflict, Invalid, NotFound
from server.events import CustomerChanged, TicketChanged

Side = Literal["kept", "gone"]
GROUPS: dict[str, tuple[str, ...]] = {
    "name": ("name", "family_name", "given_name"),
    "kana": ("kana", "family_kana", "given_kana"),
    **{
        name: (name,)
        for name in (
            "honorific",
            "company",
            "department",
            "birthday",
            "sex",
            "language",
            "time_zone",
            "member_rank",
            "notices_by",
        )
    },
}
"""What is chosen from one side or the other, and the columns that go with it."""
JOINED = ("note", "tags", "attributes", "blocked", "vip", "opted_out")
"""What both have a part in."""
FIELDS = (*(column for columns in GROUPS.values() for column in columns), *JOINED, "kept")
_JSON = ("tags", "attributes", "kept")


class FieldChoice(View, frozen=True, kw_only=True):
    """One field of both sides, and which one stands unless somebody chooses; `both` where they are put together."""

    name: str
    kept: Any
    gone: Any
    proposed: Literal["kept", "gone", "both"]
    same: bool


class MergePreview(View, frozen=True, kw_only=True):
    """Two customers side by side, what speaks for and against, and how much would go over."""

    kept: CustomerView
    gone: CustomerView
    score: float
    reasons: list[Reason]
    fields: list[FieldChoice]
    moves: dict[str, int]


class MergeView(View, frozen=True, kw_only=True):
    """A merge as it is kept in the history; `undone_at` when the two were parted again."""

    id: int
    kept: int
    gone: int
    gone_name: str
    by: str
    reason: str
    at: datetime
    undone_at: datetime | None
    undone_by: str


class _Pair(NamedTuple):
    kept: Any
    gone: Any


def preview(tx: Transaction, kept_id: int, gone_id: int) -> MergePreview:
    """What merging would do, without doing it. Raises `NotFound`, `Invalid` or `Conflict` as merging would."""
    pair = _pair(tx, kept_id, gone_id, lock=False)
    compared = suggestions.people(tx, [kept_id, gone_id])
    likeness = score(compared[kept_id][1], compared[gone_id][1])
    return MergePreview(
        kept=queries.view(tx, kept_id),
        gone=queries.view(tx, gone_id),
        score=round(likeness.value, 4),
        reasons=list(likeness.reasons),
        fields=[_choice(pair, name) for name in (*GROUPS, *JOINED)],
        moves={
            each.table: many
            for each in belongings.tables()
            if (many := tx.value(f"SELECT count(*) FROM {each.table} WHERE {each.column} = :id", id=gone_id))
        },
    )


def merge(
    tx: Transaction,
    agent: AgentView,
    kept_id: int,
    gone_id: int,
    *,
    choices: Mapping[str, Side] | None = None,
    versions: tuple[int, int] | None = None,
    reason: str = "",
) -> CustomerView:
    """Make two customers one. Raises `Conflict` when one of them is not as the caller has seen it (`versions`)."""
    require(agent, "agent")
    unknown = set(choices or {}) - set(GROUPS)
    if unknown:
        raise Invalid(fields={f"choices.{name}": "is not one of the choices" for name in sorted(unknown)})
    pair = _pair(tx, kept_id, gone_id, lock=True)
    if versions is not None and versions != (pair.kept.version, pair.gone.version):
        raise Conflict("Somebody changed this customer in between.", current=preview(tx, kept_id, gone_id))
    fields = _merged(pair, choices or {})
    differing = {name for name in fields if name != "kept" and fields[name] != getattr(pair.gone, name)}
    chosen = {name for name in differing if getattr(pair.gone, name) not in ("", None, [], {}) and name not in JOINED}
    taken = {name for name in fields if name not in JOINED and fields[name] != getattr(pair.kept, name)}
    fields["kept"] = sorted({*fields["kept"], *chosen, *taken})
    join(tx, kept_id, gone_id, fields, by=agent.actor, reason=reason)
    return queries.view(tx, kept_id)


def join(tx: Transaction, kept_id: int, gone_id: int, fields: dict[str, Any], *, by: str, reason: str) -> int:
    """The merge itself, both rows being held; the id under which it is kept."""
    pair = _pair(tx, kept_id, gone_id, lock=True)
    before = {name: getattr(pair.kept, name) for name in FIELDS}
    moved: dict[str, list[int]] = {}
    # Contacts first: who writes meanwhile waits there, and then finds the customer who stays.
    for each in sorted(belongings.tables(), key=lambda each: each.table != "contact"):
        rows = tx.all(
            f"UPDATE {each.table} SET {each.column} = :kept WHERE {each.column} = :gone RETURNING {each.key} AS key",
            kept=kept_id,
            gone=gone_id,
        )
        if rows:
            moved[f"{each.table}.{each.column}"] = sorted(row.key for row in rows)
    set_fields(tx, kept_id, fields)
    tx.run("UPDATE customer SET merged_into = :kept WHERE id = :gone", kept=kept_id, gone=gone_id)
    taken = [name for name, value in fields.items() if name != "kept" and value != before[name]]
    settling.settle(tx, kept_id, by=by, what="merged", fields=taken)
    after = tx.one("SELECT * FROM customer WHERE id = :id", id=kept_id)
    _follow(tx, gone_id, "merged", by)
    value.refresh(tx, kept_id)
    show_tickets(tx, moved.get("ticket.customer_id", []), gone_id, kept_id, by)
    return tx.insert(
        "customer_merge",
        kept_id=kept_id,
        gone_id=gone_id,
        by_whom=by,
        reason=reason,
        before=dump(before),
        after=dump({name: getattr(after, name) for name in FIELDS}),
        moved=dump(moved),
        created_at=tx.now,
        undone_by="",
    )


def history(tx: Transaction, customer_id: int) -> list[MergeView]:
    """The merges that a customer was part of, newest first."""
    rows = tx.all(
        "SELECT m.*, k.name AS gone_name FROM customer_merge m JOIN customer k ON k.id = m.gone_id"
        " WHERE m.kept_id = :id OR m.gone_id = :id ORDER BY m.id DESC",
        id=customer_id,
    )
    return [
        MergeView(
            id=row.id,
            kept=row.kept_id,
            gone=row.gone_id,
            gone_name=row.gone_name,
            by=row.by_whom,
            reason=row.reason,
            at=row.created_at,
            undone_at=row.undone_at,
            undone_by=row.undone_by,
        )
        for row in rows
    ]


def _pair(tx: Transaction, kept_id: int, gone_id: int, *, lock: bool) -> _Pair:
    """Both rows. Raises `NotFound`, `Invalid` or `Conflict` when they cannot be merged."""
    if kept_id == gone_id:
        raise Invalid("A customer cannot be merged with themselves.")
    pair = _Pair(*locked(tx, kept_id, gone_id, lock=lock))
    for row in pair:
        if row.erased_at is not None:
            raise Conflict("Customer {id} was erased.", id=row.id, current=queries.view(tx, row.id))
        if row.merged_into is not None:
            raise Conflict(
                "This customer was merged into customer {id}.",
                id=row.merged_into,
                current=queries.view(tx, row.merged_into),
            )
    return pair


def locked(tx: Transaction, first: int, second: int, *, lock: bool = True) -> tuple[Any, Any]:
    """Two customers' rows, held against other processes in the order of their ids, so that nobody waits in a ring."""
    held = " FOR UPDATE" if lock and tx.dialect == "postgresql" else ""
    rows = {row.id: row for row in tx.all(
        f"SELECT * FROM customer WHERE id IN (:first, :second) ORDER BY id{held}", first=first, second=second
    )}  # fmt: skip
    for each in (first, second):
        if each not in rows:
            raise NotFound("There is no customer {id}.", id=each)
    return rows[first], rows[second]


def _choice(pair: _Pair, name: str) -> FieldChoice:
    kept, gone = getattr(pair.kept, name), getattr(pair.gone, name)
    joined = name in JOINED
    return FieldChoice(
        name=name,
        kept=bool(kept) if name in JOINED[3:] else kept,
        gone=bool(gone) if name in JOINED[3:] else gone,
        proposed="both" if joined else "kept" if kept or not gone else "gone",
        same=kept == gone,
    )


def _merged(pair: _Pair, choices: Mapping[str, Side]) -> dict[str, Any]:
    """The fields of the one who stays."""
    fields: dict[str, Any] = {}
    for name, columns in GROUPS.items():
        side = choices.get(name) or _choice(pair, name).proposed
        row = pair.gone if side == "gone" else pair.kept
        fields.update({column: getattr(row, column) for column in columns})
    kept, gone = pair
    fields["note"] = "\n\n".join(dict.fromkeys(filter(None, (kept.note, gone.note))))
    fields["tags"] = sorted({*(kept.tags or ()), *(gone.tags or ())})
    fields["attributes"] = {**(gone.attributes or {}), **(kept.attributes or {})}
    fields.update({name: bool(getattr(kept, name) or getattr(gone, name)) for name in JOINED[3:]})
    shared = (name for name in gone.kept or () if name in JOINED or name.startswith("attributes."))
    fields["kept"] = sorted({*(kept.kept or ()), *shared})
    return fields


def together(tx: Transaction, kept_id: int, gone_id: int) -> dict[str, Any]:
    """The fields of the one who stays when nobody chooses."""
    return _merged(_pair(tx, kept_id, gone_id, lock=False), {})


def set_fields(tx: Transaction, customer_id: int, fields: Mapping[str, Any]) -> None:
    """Write a customer's fields."""
    columns = {name: dump(each) if name in _JSON else each for name, each in fields.items()}
    places = ", ".join(f"{name} = :{name}" for name in columns)
    tx.run(
        f"UPDATE customer SET {places}, version = version + 1, updated_at = :now WHERE id = :id",
        **columns,
        now=tx.now,
        id=customer_id,
    )


def listed(ids: list[int]) -> str:
    """Ids for an IN; numbers only, so nothing can be smuggled in."""
    return ", ".join(str(int(each)) for each in ids) or "NULL"


def _follow(tx: Transaction, customer_id: int, what: str, by: str) -> None:
    keys.refresh(tx, customer_id)
    value.refresh(tx, customer_id)
    tx.record(CustomerChanged(customer=customer_id, what=what), by)


def show_tickets(tx: Transaction, numbers: list[int], before: int, after: int, by: str) -> None:
    """Consoles that show the tickets hear whose they are now."""
    if numbers:
        tx.run(f"UPDATE ticket SET version = version + 1 WHERE number IN ({listed(numbers)})")
    names = names_of(tx, before, after)
    for number in numbers:
        tx.record(TicketChanged(ticket=number, field="customer", before=before, after=after, names=names), by)
