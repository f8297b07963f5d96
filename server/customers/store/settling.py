"""What is shown of a customer, as it follows from all that sources told and from what people here have set."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import SimpleNamespace
from typing import Any

from server.customers import changes, keys, names
from server.database import Transaction
from server.database.types import dump
from server.events import CustomerChanged

_NAME = ("name", "family_name", "given_name")
_KANA = ("kana", "family_kana", "given_kana")
_PLAIN = ("honorific", "company", "department", "birthday", "sex", "language", "time_zone", "member_rank", "vip",
          "opted_out", "notices_by")  # fmt: skip


def settle(tx: Transaction, customer: int, *, by: str, what: str, fields: Collection[str] = ()) -> None:
    """Let a customer's fields follow from all that sources told, except those that people here have set.

    `fields` are those that the caller has changed already.
    """
    row = tx.one("SELECT * FROM customer WHERE id = :id", id=customer)
    told = tx.all("SELECT * FROM customer_source WHERE customer_id = :id", id=customer)
    wanted = _folded(told, row)
    changed = {name: value for name, value in wanted.items() if value != getattr(row, name)}
    if changed:
        values = {name: dump(value) if name in ("tags", "attributes") else value for name, value in changed.items()}
        places = ", ".join(f"{name} = :{name}" for name in values)
        tx.run(
            f"UPDATE customer SET {places}, version = version + 1, updated_at = :now WHERE id = :id",
            **values,
            now=tx.now,
            id=customer,
        )
    keys.refresh(tx, customer)
    if what in ("merged", "parted") or (changed and what != "added"):
        changes.note(tx, customer, what, by, {*changed, *fields})
    else:
        tx.record(CustomerChanged(customer=customer, what=what), by)


def fresh(document: dict[str, Any]) -> dict[str, Any]:
    """The columns of a customer of whom one document is all that is known."""
    told = SimpleNamespace(document=document, revision=0, at=None, source="", external_id="")
    wanted = _folded([told], SimpleNamespace(attributes={}, kept=()))
    return {name: dump(value) if name in ("tags", "attributes") else value for name, value in wanted.items()}


def _folded(told: Sequence[Any], row: Any) -> dict[str, Any]:
    """The fields that sources give, the later over the earlier."""
    wanted: dict[str, Any] = {}
    tags: set[str] = set()
    own: dict[str, Any] = dict(row.attributes or {})
    given: dict[str, Any] = {}
    kept = set(row.kept or ())
    for one in sorted(told, key=_standing):
        document: dict[str, Any] = one.document
        for group, parts in ((_NAME, names.parts), (_KANA, names.parts)):
            wanted.update(_group(document, group, parts))
        wanted.update({name: document[name] for name in _PLAIN if document.get(name) not in (None, "")})
        tags.update(document.get("tags", ()))
        given.update(document.get("attributes", {}))
    wanted = {name: value for name, value in wanted.items() if name not in kept}
    if tags and "tags" not in kept:
        wanted["tags"] = sorted(tags)
    if given:
        ours = {name: value for name, value in own.items() if f"attributes.{name}" in kept}
        whole = {**own, **given, **ours}
        wanted["attributes"] = {name: value for name, value in whole.items() if value is not None}
    return wanted


def named(document: dict[str, Any]) -> str:
    """The name that a document gives."""
    return _group(document, _NAME, names.parts).get("name", "")


def _standing(row: Any) -> tuple[Any, ...]:
    """The order in which documents are laid over each other: heard ones first, then by the moment they speak of."""
    if row.revision < 0:
        return (0, row.revision, row.source, row.external_id)
    return (1, row.at.isoformat() if row.at is not None else "", row.source, row.external_id)


def _group(document: dict[str, Any], group: tuple[str, str, str], parts: Any) -> dict[str, str]:
    """A name and its parts belong together: who gives one of them gives all three."""
    whole, family, given = (document.get(name, "") for name in group)
    if family or given:
        return dict(zip(group, (whole or names.together(family, given), family, given), strict=True))
    if not whole:
        return {}
    family, given = parts(whole)
    return dict(zip(group, (whole, family, given) if given else (whole, "", ""), strict=True))
