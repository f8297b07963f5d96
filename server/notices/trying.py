"""Trying a template before anybody gets it: previews on real and made-up orders, and a test to oneself."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from server import accounts, delivery
from server.accounts import desk_settings
from server.agents import AgentView, require
from server.customers.orders import tracking
from server.database import Transaction
from server.delivery import Envelope
from server.delivery.letters import Someone
from server.errors import DeskError, Invalid, NotFound
from server.notices import kinds, linting, matters, samples, settings, templates, values, wording
from server.notices.kinds import Kind
from server.notices.matters import Matter
from server.notices.settings import NoticeSettings
from server.notices.templates import TemplateDraft
from server.notices.values import Values
from server.notices.views import View
from server.notices.wording import Setting, Words

ENDS = "https://desk.example/notices/stop/example"
"""What stands for the address that ends advertising."""
OF: dict[str, tuple[str, ...]] = {
    "shipments": ("shipping_planned", "shipped", "delivering", "delayed"),
    "payments": ("payment_due", "refunded"),
    "returns": ("returned",),
}
"""The part of an order that a notice of a trigger is about."""


class PreviewView(View, frozen=True, kw_only=True):
    """A letter as it would be: of a mail its whole HTML, on LINE the card's Flex (None for plain text).

    `faults` is what is wrong with its template, `empty` which values are empty in it, and in which sample; `customer`
    whose order it was filled in with.
    """

    subject: str
    text: str
    html: str = ""
    card: dict[str, Any] | None = None
    faults: list[str]
    empty: dict[str, list[str]] = {}
    customer: int | None = None


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a preview is filled in with: an order here by its id or number, else a sample."""

    order: int | None = None
    number: str = ""
    sample: str = "full"


SAMPLE = About()


def preview(
    tx: Transaction,
    kind: str,
    channel: str,
    language: str,
    draft: TemplateDraft | None = None,
    about: About = SAMPLE,
) -> PreviewView:
    """The letter that a template makes; a piece is looked at as if it were a letter, the layout around one.

    Raises `Invalid` for words that cannot be filled in, or `NotFound` for an order that is not there.
    """
    templates.check_place(tx, kind, channel, language)
    words = _words(tx, kind, channel, language, draft)
    pieces = wording.parts(tx, channel, language)
    decided, desk = settings.read(tx), desk_settings.read(tx)
    setting = Setting(language, desk.zone, decided.calendar)
    what = _kind(tx, kind)
    said = _said(tx, what, language, about, decided)
    order = find(tx, about.number) if about.number.strip() else about.order
    shown = words
    if kind == wording.LAYOUT:
        pieces |= {kind: words.text}
        shown = wording.shipped("thanks", "email", language) or words
    faults = templates.faults(tx, kind, words, channel, pieces)
    try:
        made = wording.letter(shown, said, setting, pieces, channel)
    except Invalid:
        if linting.serious(faults):
            return PreviewView(subject="", text="", faults=faults)
        raise
    return PreviewView(
        subject=made.subject,
        text=made.text,
        html=made.html,
        card=json.loads(made.card) if made.card else None,
        faults=faults,
        customer=tx.value("SELECT customer_id FROM orders WHERE id = :id", id=order or 0),
        empty=_empty(tx, what, language, about, decided, words, setting, pieces),
    )


def find(tx: Transaction, number: str) -> int:
    """The newest order of a number, in any writing. Raises `NotFound`."""
    id = tx.value("SELECT id FROM orders WHERE number_key = :key ORDER BY id DESC LIMIT 1", key=tracking.key(number))
    if id is None:
        raise NotFound("There is no order {id}.", id=number)
    return int(id)


def send_test(
    tx: Transaction,
    agent: AgentView,
    kind: str,
    channel: str,
    language: str,
    to: str,
    draft: TemplateDraft | None = None,
    about: About = SAMPLE,
) -> int:
    """Send a preview to a mail address, or to a contact on LINE by its id; the letter's id. Raises `Invalid`."""
    require(agent, "admin")
    made = preview(tx, kind, channel, language, draft, about)
    if channel == "line":
        return _to_line(tx, to.strip(), made, language)
    address = to.strip()
    if "@" not in address or any(char in address for char in "\r\n\0 "):
        raise Invalid(fields={"to": "is not an address"})
    sender = accounts.sender_for(tx, "email")
    if sender is None:
        raise Invalid("There is no account that can send mail.")
    advertising = _kind(tx, kind).purpose == "advertising"
    envelope = Envelope(
        to=(Someone("email", address),),
        subject=f"[TEST] {made.subject}",
        text=made.text,
        html=made.html or None,
        automatic=True,
        unsubscribe_url=ENDS if advertising else None,
        language=language,
    )
    return delivery.post(tx, account_id=sender, line=f"email:{address}", envelope=envelope, wait=False, asked=True)


def line_contacts(tx: Transaction) -> list[tuple[int, str]]:
    """The contacts on LINE who spoke last, at most fifty, for whoever looks for their own."""
    rows = tx.all(
        "SELECT c.id, c.name, k.name AS customer FROM contact c JOIN customer k ON k.id = c.customer_id"
        " WHERE c.kind = 'line' AND c.reachable ORDER BY c.seen_at DESC, c.id DESC LIMIT 50"
    )
    return [(row.id, row.name or row.customer or str(row.id)) for row in rows]


def _to_line(tx: Transaction, to: str, made: PreviewView, language: str) -> int:
    contact = tx.first(
        "SELECT * FROM contact WHERE id = :id AND kind = 'line' AND reachable",
        id=int(to) if to.isdecimal() and len(to) < 18 else 0,
    )
    if contact is None:
        raise Invalid(fields={"to": "is not one of the choices"})
    account = tx.value(
        "SELECT a.id FROM channel_account a LEFT JOIN ticket t ON t.account_id = a.id AND t.contact_id = :contact"
        " WHERE a.kind = 'line' AND a.enabled AND a.can_send AND a.removed_at IS NULL"
        " ORDER BY COALESCE(t.number, 0) DESC, a.id LIMIT 1",
        contact=contact.id,
    )
    if account is None:
        raise Invalid("There is no account on LINE that can send.")
    words = Words(made.subject, made.text, "", json.dumps(made.card) if made.card else "")
    envelope = Envelope(
        to=(Someone("line", contact.address, contact.name),),
        text=made.text.strip(),
        rich=words.rich,
        automatic=True,
        language=language,
    )
    return delivery.post(
        tx, account_id=account, line=f"line:{contact.address}", envelope=envelope, wait=False, asked=True
    )


def _words(tx: Transaction, kind: str, channel: str, language: str, draft: TemplateDraft | None) -> Words:
    words = draft.words if draft is not None else wording.standing(tx, kind, channel, language)
    if words is None:
        raise NotFound("There is no template.")
    return words


def _kind(tx: Transaction, name: str) -> Kind:
    return Kind(name=name, label={}, trigger="placed") if name in wording.PARTS else kinds.one(tx, name)


def _said(tx: Transaction, kind: Kind, language: str, about: About, decided: NoticeSettings) -> Values:
    advertising = kind.purpose == "advertising" or kind.name in wording.PARTS
    legal = decided.legal.get(language, "") if advertising else ""
    order = find(tx, about.number) if about.number.strip() else about.order
    if order is not None:
        matter = matters.one(tx, f"order:{order}")
        if matter is None:
            raise NotFound("There is no order {id}.", id=order)
        customer = tx.first("SELECT * FROM customer WHERE id = :id", id=matter.customer or 0)
    else:
        made = samples.sample(about.sample, language, tx.now)
        matter, customer = made.matter, made.customer
    return values.of(
        matter,
        part_of(kind, matter),
        customer=customer,
        language=language,
        shop=values.shop_of(tx, language, legal),
        unsubscribe_url=ENDS if advertising else "",
    )


def _empty(
    tx: Transaction,
    kind: Kind,
    language: str,
    about: About,
    decided: NoticeSettings,
    words: Words,
    setting: Setting,
    pieces: dict[str, str],
) -> dict[str, list[str]]:
    """Which values are empty: under "" in what is looked at, else under the sample's name."""
    found: dict[str, list[str]] = {}
    looks = {"": about, **{name: About(sample=name) for name in samples.SAMPLES}}
    if about.order is None and not about.number.strip():
        del looks[about.sample if about.sample in samples.SAMPLES else samples.SAMPLES[0]]
    for name, each in looks.items():
        try:
            said = _said(tx, kind, language, each, decided)
        except DeskError:
            continue
        if missing := linting.empty(words, said, setting, pieces):
            found[name] = missing
    return found


def part_of(kind: Kind, matter: Matter) -> str:
    """The part of an order that a kind is about; the first there is."""
    if matter.order is None:
        return ""
    for name, triggers in OF.items():
        parts: list[Any] = getattr(matter.order, name)
        if kind.trigger in triggers and parts:
            return f"{name.removesuffix('s')}:{parts[0].external_id}"
    return ""
