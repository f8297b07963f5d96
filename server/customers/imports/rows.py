"""Rows made into facts: a customer each, or one order of all the rows that follow each other with its number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from server.customers import keys, names, readers
from server.customers.attributes import AttributeView
from server.customers.imports import codes
from server.customers.imports.cells import Cells
from server.customers.imports.plans import Plan
from server.customers.store.facts import ROW, CustomerFact, OrderFact

Numbered = tuple[int, Sequence[Any]]


class Item(msgspec.Struct, kw_only=True):
    """One customer or order out of a file. `numbers` are its rows; `key` is the same for what the file has twice.

    `reasons` are what is wrong, by header; a `fact` is there unless it is refused for them.
    """

    numbers: list[int]
    key: str = ""
    fact: CustomerFact | OrderFact | None = None
    note: str = ""
    reasons: dict[int, dict[str, str]] = {}

    @property
    def last(self) -> int:
        """The last of its rows."""
        return self.numbers[-1]


class Maker:
    """Makes the items of one file. `at` is when it came; consents without a time of their own are of then."""

    def __init__(
        self, plan: Plan, headers: Sequence[str], attributes: Iterable[AttributeView], zone: ZoneInfo, at: datetime
    ) -> None:
        self._plan = plan
        self._cells = Cells(plan, headers)
        self._attributes = [one for one in attributes if self._cells.has(f"attributes.{one.name}")]
        self._zone = zone
        self._at = at

    def items(self, rows: Iterator[Numbered]) -> Iterator[Item]:
        """The items of these rows, in their order."""
        if self._plan.what == "customers":
            for number, row in rows:
                yield self._customer(number, row)
            return
        held: list[tuple[int, dict[str, Any], dict[str, str]]] = []
        for number, row in rows:
            self._cells.turn(row)
            made, reasons = self._order_row(), self._cells.reasons
            if held and held[0][1].get("number") != made.get("number"):
                yield self._order(held)
                held = []
            held.append((number, made, reasons))
        if held:
            yield self._order(held)

    def _date(self, cell: Any) -> Any:
        return readers.read_date(cell, order=self._plan.day_order)

    def _moment(self, cell: Any) -> Any:
        return readers.read_moment(cell, zone=self._zone, order=self._plan.day_order)

    # -------------------------------------------------------------------------------------------- customers

    def _customer(self, number: int, row: Sequence[Any]) -> Item:
        cells = self._cells
        cells.turn(row)
        emails, phones, address = cells.emails(), cells.phones(), cells.address()
        given = {
            **cells.names(),
            **{name: cells.text(name) for name in ("honorific", "department", "member_rank")},
            "birthday": cells.read("birthday", self._date, None),
            "sex": cells.read("sex", readers.read_sex, ""),
            "language": cells.read("language", codes.language, None),
            "vip": cells.read("vip", readers.read_flag, None),
            "opted_out": cells.read("opted_out", readers.read_flag, None),
            "notices_by": cells.read("notices_by", readers.read_notices_by, ""),
            "tags": list(dict.fromkeys(tag for text in cells.texts("tags") for tag in readers.read_list(text))),
            "attributes": self._own_fields(),
            "contacts": [
                *({"kind": "email", "address": one, "verified": self._plan.verified} for one in emails),
                *({"kind": "phone", "address": one, "verified": self._plan.verified} for one in phones),
            ],
            "addresses": [address] if address else [],
            "consents": self._consents(),
        }
        external = cells.text("external_id")
        said = any((*cells.names().values(), *emails, *phones, external))
        if not said and not cells.reasons:
            cells.reasons["*"] = "has neither a name nor a number nor an address"
        key = external or _key(given, emails, phones)
        item = Item(numbers=[number], key=key, note="\n".join(cells.texts("note")))
        return self._finished(item, CustomerFact, {**given, "source": self._plan.source, "external_id": key}, said)

    def _own_fields(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for one in self._attributes:
            value = self._cells.read(f"attributes.{one.name}", codes.attribute(one, self._plan.day_order), None)
            if value is not None:
                found[one.name] = value
        return found

    def _consents(self) -> list[dict[str, Any]]:
        at = self._cells.read("registered_at", self._moment, None) or self._at
        return [
            {"purpose": "marketing", "channel": channel, "given": given, "at": at}
            for channel in ("email", "post", "phone")
            if (given := self._cells.read(f"consent_{channel}", readers.read_flag, None)) is not None
        ]

    # -------------------------------------------------------------------------------------------- orders

    def _order_row(self) -> dict[str, Any]:
        cells = self._cells
        amounts = ("price", "amount", "total", "tax", "shipping", "discount")
        made: dict[str, Any] = {
            **{name: cells.text(name) for name in ("customer", "sku", "item", "method", "shop", "carrier")},
            **{name: cells.text(name) for name in ("number", "tracking_number")},
            **{name: cells.read(name, readers.read_amount, None) for name in amounts},
            **{name: cells.read(name, self._moment, None) for name in ("ordered_at", "shipped_at")},
            "quantity": cells.read("quantity", readers.read_whole, None),
            "status": cells.read("status", codes.status, ""),
            "payment": cells.read("payment", codes.payment, ""),
            "note": "\n".join(cells.texts("order_note")),
            "buyer": self._person("buyer."),
            "recipient": self._person("recipient."),
        }
        if not made["number"]:
            cells.miss("number")
        return made

    def _person(self, side: str) -> dict[str, Any]:
        cells = self._cells
        named = cells.names(side)
        for whole, family, given in (("name", "family_name", "given_name"), ("kana", "family_kana", "given_kana")):
            parts = named.pop(family, ""), named.pop(given, "")
            if any(parts):
                named.setdefault(whole, names.together(*parts))
        emails, phones, address = cells.emails(side), cells.phones(side), cells.address(side)
        found = {
            **named,
            "email": next(iter(emails), ""),
            "phone": next(iter(phones), ""),
            **({"address": {**address, "kind": "delivery" if side == "recipient." else "home"}} if address else {}),
        }
        return {name: value for name, value in found.items() if value}

    def _order(self, rows: list[tuple[int, dict[str, Any], dict[str, str]]]) -> Item:
        """One order; what stands in every row of it counts as in the first that says it."""
        whole: dict[str, Any] = {}
        for _, made, _ in rows:
            whole.update({name: value for name, value in made.items() if value and name not in whole})
        if not any(reasons for _, _, reasons in rows) and "ordered_at" not in whole:
            rows[0][2][self._cells.header("ordered_at")] = "is missing"
        lines = [line for _, made, _ in rows if (line := _line(made))]
        number = str(whole.get("number", ""))
        fees = whole.get("shipping", Decimal(0)) - abs(whole.get("discount", Decimal(0)))
        total = whole.get("total", sum((line["price"] * line["quantity"] for line in lines), Decimal(0)) + fees)
        buyer, recipient = whole.get("buyer"), whole.get("recipient")
        given: dict[str, Any] = {
            **{name: whole[name] for name in ("ordered_at", "tax", "shipping", "status", "payment") if name in whole},
            **{name: whole[name] for name in ("shop", "note", "customer") if name in whole},
            "discount": abs(whole.get("discount", Decimal(0))),
            "total": total,
            "number": number,
            "lines": lines,
            **({"buyer": buyer} if buyer else {}),
            **({"recipient": recipient, "gift": _others(buyer, recipient)} if recipient else {}),
            **({"payments": [_paid(number, whole, total)]} if "method" in whole else {}),
            **({"shipments": [_parcel(number, whole)]} if "tracking_number" in whole else {}),
        }
        item = Item(
            numbers=[number for number, _, _ in rows],
            key=number,
            reasons={number: reasons for number, _, reasons in rows if reasons},
        )
        self._cells.reasons = {header: words for one in item.reasons.values() for header, words in one.items()}
        return self._finished(item, OrderFact, {**given, "source": self._plan.source, "external_id": number}, number)

    # -------------------------------------------------------------------------------------------- both

    def _finished(self, item: Item, shape: type[Any], given: Mapping[str, Any], said: Any) -> Item:
        """The item with its fact, unless something stands against it."""
        reasons = self._cells.reasons
        leave = self._plan.unreadable == "leave" and said and "is missing" not in reasons.values()
        if not reasons or leave:
            try:
                item.fact = msgspec.convert(
                    {name: value for name, value in given.items() if value not in ("", None)}, shape
                )
            except msgspec.ValidationError as error:
                words, _, place = str(error).partition(" - at `$.")
                name = place.rstrip("`").partition("[")[0]
                reasons[self._cells.header({"external_id": "number"}.get(name, name))] = words.replace("`", "")
        if reasons and not item.reasons:
            item.reasons = {item.last: dict(reasons)}
        return item


def _key(given: Mapping[str, Any], emails: Sequence[str], phones: Sequence[str]) -> str:
    """What is the same for a row without a number of its own whenever it comes again."""
    name = names.key(given.get("name", "") or given.get("family_name", "") + given.get("given_name", ""))
    address: Mapping[str, str] = next(iter(given["addresses"]), {})
    if emails:
        parts: tuple[str, ...] = ("mail", emails[0])
    elif phones:
        parts = ("phone", phones[0], name)
    else:
        kana, company = names.key(given.get("kana", "")), names.company_key(given.get("company", ""))
        door = keys.postal_key(address.get("postal_code", "")), keys.street_key(address.get("street", ""))
        parts = ("name", name, kana, company, *door, str(given.get("birthday") or ""))
    return ROW + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def _line(made: Mapping[str, Any]) -> dict[str, Any]:
    if not (made["item"] or made["sku"]):
        return {}
    quantity = 1 if made["quantity"] is None else made["quantity"]
    price = made["price"]
    if price is None:
        price = round((made["amount"] or Decimal(0)) / (quantity or 1), 4)
    return {"sku": made["sku"], "name": made["item"], "quantity": quantity, "price": price}


def _others(buyer: Mapping[str, Any] | None, recipient: Mapping[str, Any]) -> bool:
    named = bool(buyer and buyer.get("name") and recipient.get("name"))
    return named and names.key(buyer["name"]) != names.key(recipient["name"])  # type: ignore[index]


def _paid(number: str, whole: Mapping[str, Any], total: Decimal) -> dict[str, Any]:
    states = {"paid": "paid", "refunded": "refunded", "failed": "failed"}
    return {
        "external_id": f"{number}:payment",
        "method": whole["method"],
        "status": states.get(whole.get("payment", ""), "pending"),
        "amount": total,
        "at": whole.get("ordered_at"),
    }


def _parcel(number: str, whole: Mapping[str, Any]) -> dict[str, Any]:
    shipped = whole.get("shipped_at")
    return {
        "external_id": f"{number}:{whole['tracking_number']}"[:200],
        "carrier": whole.get("carrier", ""),
        "tracking_number": whole["tracking_number"],
        "status": "shipped" if shipped or whole.get("status") in ("shipped", "delivered") else "planned",
        **({"shipped_at": shipped} if shipped else {}),
    }
