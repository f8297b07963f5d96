"""In charge of what a column of a file can be: every field of customers and of orders, and the headers it goes by."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from server.customers.attributes import AttributeView

What = Literal["customers", "orders"]


class Field(NamedTuple):
    """A field: its English name, the headers it is known by (folded), and whether several columns may be of it."""

    label: str
    headers: str = ""
    many: bool = False


_HEADERS: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "headers.toml").read_text("utf-8"))
_MANY = frozenset(("email", "phone", "street", "address", "tags", "note", "order_note"))


def _fields(part: str, **labels: str) -> dict[str, Field]:
    """The fields of a part of `headers.toml`, in the order of their labels."""
    return {name: Field(label, _HEADERS[part][name], name in _MANY) for name, label in labels.items()}


PERSON: Mapping[str, Field] = _fields(
    "person",
    name="Name",
    family_name="Family name",
    given_name="Given name",
    kana="Reading (kana)",
    family_kana="Reading of the family name",
    given_kana="Reading of the given name",
    company="Company",
    email="Mail address",
    phone="Telephone",
    postal_code="Postal code",
    region="Prefecture",
    city="City",
    street="Street and building",
    address="Whole address",
)
CUSTOMERS: Mapping[str, Field] = {
    **_fields("customers", external_id="Customer number"),
    **PERSON,
    **_fields(
        "customers",
        department="Department",
        honorific="Honorific",
        birthday="Birthday",
        sex="Sex",
        language="Language",
        country="Country",
        member_rank="Member rank",
        vip="VIP",
        opted_out="Wants no advertising",
        notices_by="Notices by",
        consent_email="Advertising by mail: yes or no",
        consent_post="Advertising by post: yes or no",
        consent_phone="Advertising by telephone: yes or no",
        tags="Tags",
        note="Note",
        registered_at="Registered",
    ),
}
ORDERS: Mapping[str, Field] = {
    **_fields(
        "orders",
        number="Order number",
        ordered_at="Day of the order",
        customer="Customer number",
        sku="Article number (SKU)",
        item="Article bought",
        quantity="Quantity",
        price="Unit price",
        amount="Amount of the line",
        total="Total of the order",
        tax="Tax",
        shipping="Shipping fee",
        discount="Discount",
        status="State of the order",
        payment="State of the payment",
        method="Means of payment",
        shop="Shop",
        carrier="Carrier",
        tracking_number="Tracking number",
        shipped_at="Day of shipping",
        order_note="Note",
    ),
    **{f"buyer.{name}": field for name, field in PERSON.items()},
    **{f"recipient.{name}": field._replace(headers="") for name, field in PERSON.items()},
}
SETS: Mapping[What, Mapping[str, Field]] = {"customers": CUSTOMERS, "orders": ORDERS}
_BUYER = re.compile(r"^(?:注文者|購入者|ご?依頼主|お客様|送り主|請求先|billing|buyer|customer)(?:の|情報)?")
_RECIPIENT = re.compile(
    r"^(?:送付先|お?届け先|お?届先|配送先|発送先|受取人|受取り?先|shipping|shipto|recipient|deliver(?:y|to))(?:の|情報)?"
)
_ASIDE = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|【([^【】]*)】")
_KANA = re.compile(r"カナ|かな|フリガナ|ふりがな|セイ|メイ|姓|名")
_MARKS = re.compile(r"[\s_\-–:・/.*※#'\"]+")


def folded(header: str) -> str:
    """A header as it is compared: one width and case, without blanks, marks, and asides such as `（全角）`."""
    text = unicodedata.normalize("NFKC", header).lower().strip()

    def aside(match: re.Match[str]) -> str:
        words = next((group for group in match.groups() if group), "")
        return words if _KANA.search(words) else ""

    return _MARKS.sub("", _ASIDE.sub(aside, text)).removesuffix("必須")


def guess(headers: Sequence[str], what: What, attributes: Sequence[AttributeView] = ()) -> list[str]:
    """What each column is, as far as its header says; empty for one that says nothing. Each field is used once."""
    known = _known(what, attributes)
    found: list[str] = []
    for header in headers:
        name = _named(folded(header), known, what)
        many = name in SETS[what] and SETS[what][name].many
        found.append(name if many or name not in found else "")
    prefix = "buyer." if what == "orders" else ""
    return _addressed(found, prefix)


def _addressed(found: list[str], prefix: str) -> list[str]:
    """Where prefecture or city stand by themselves, what is called the address is the rest of it."""
    if f"{prefix}region" in found or f"{prefix}city" in found:
        return [f"{prefix}street" if name == f"{prefix}address" else name for name in found]
    return found


def _named(header: str, known: Mapping[str, str], what: What) -> str:
    if not header:
        return ""
    if header in known:
        return known[header]
    if what == "orders":
        for pattern, side in ((_RECIPIENT, "recipient"), (_BUYER, "buyer")):
            if (match := pattern.match(header)) and match.end() < len(header):
                inner = _words(PERSON)
                rest = header[match.end() :]
                return f"{side}.{inner[rest]}" if rest in inner else ""
    if what == "customers" and (match := _BUYER.match(header)) and header[match.end() :] in known:
        return known[header[match.end() :]]
    return ""


def _known(what: What, attributes: Sequence[AttributeView]) -> dict[str, str]:
    known = _words({name: field for name, field in SETS[what].items() if field.headers})
    for name in SETS[what]:
        known.setdefault(folded(name), name)
    if what == "customers":
        for one in attributes:
            for header in (one.label_ja, one.label_en, one.name):
                known.setdefault(folded(header), f"attributes.{one.name}")
    return known


def _words(fields: Mapping[str, Field]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, field in fields.items():
        for header in field.headers.split():
            found.setdefault(folded(header), name)
    return found


def likely(headers: Sequence[str]) -> What:
    """Whether a file is of customers or of orders: orders have a number, and articles or a day."""
    found = set(guess(headers, "orders"))
    return "orders" if "number" in found and found & {"item", "sku", "quantity", "total", "ordered_at"} else "customers"


def weight(cells: Sequence[object]) -> int:
    """How many of a row's cells are headers that are known: the row of headers has the most."""
    texts = [folded(str(cell)) for cell in cells if cell is not None]
    return max(sum(1 for text in texts if _named(text, _known(what, ()), what)) for what in ("customers", "orders"))
