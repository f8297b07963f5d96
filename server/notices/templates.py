"""Templates as admins edit them: versions that stay, a look at what is wrong, previews on real and made-up orders."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from server import accounts, delivery
from server.accounts import desk_settings
from server.agents import AgentView, require
from server.customers.orders.views import LineView, OrderView, PaymentView, ReturnView, ShipmentView, SubscriptionView
from server.database import Transaction
from server.delivery import Envelope
from server.delivery.letters import Someone
from server.errors import Conflict, Invalid, NotFound
from server.events import DeskChanged
from server.notices import kinds, matters, settings, values, wording
from server.notices.kinds import Kind
from server.notices.matters import Matter
from server.notices.views import View
from server.notices.wording import Setting, Words

LANGUAGES = ("ja", "en")
TWICE_POLITE = "Doubly polite"


class TemplateDraft(View, frozen=True, kw_only=True):
    """Words as they are written. LINE has no subject."""

    subject: str = ""
    text: str


class TemplateView(TemplateDraft, frozen=True, kw_only=True):
    """The words of a kind for one channel in one language. Version 0 are those that ship with the product.

    `faults` is what is wrong with them, in English words of the catalogue.
    """

    kind: str
    channel: str
    language: str
    version: int
    by: str = ""
    at: datetime | None = None
    faults: list[str] = []


class PreviewView(View, frozen=True, kw_only=True):
    """A letter as it would be, and what is wrong with its template."""

    subject: str
    text: str
    faults: list[str]


def view(tx: Transaction, kind: str, channel: str, language: str) -> TemplateView:
    """What is sent now; empty words at version 0 where nothing ships. Raises `NotFound` or `Invalid`."""
    found = versions(tx, kind, channel, language)
    return found[0]


def versions(tx: Transaction, kind: str, channel: str, language: str) -> list[TemplateView]:
    """All of them, the newest first, ours last."""
    _check_place(tx, kind, channel, language)
    rows = tx.all(
        "SELECT * FROM notice_template WHERE kind = :kind AND channel = :channel AND language = :language"
        " ORDER BY version DESC",
        kind=kind,
        channel=channel,
        language=language,
    )
    pieces = wording.parts(tx, channel, language)
    ours = wording.shipped(kind, channel, language) or Words("", "")
    whole = [(row.version, Words(row.subject, row.text), row.by_whom, row.created_at) for row in rows]
    return [
        TemplateView(
            kind=kind,
            channel=channel,
            language=language,
            version=version,
            subject=words.subject,
            text=words.text,
            by=by,
            at=at,
            faults=_faults(tx, kind, words, channel, pieces) if words.text else [],
        )
        for version, words, by, at in [*whole, (0, ours, "", None)]
    ]


def save(
    tx: Transaction, agent: AgentView, kind: str, channel: str, language: str, draft: TemplateDraft, *, seen: int
) -> TemplateView:
    """Write a new version, which is sent from now on. Raises `Conflict` when somebody wrote one since `seen`, and
    `Invalid` for words that could not be sent."""
    require(agent, "admin")
    standing = view(tx, kind, channel, language)
    if standing.version != seen:
        raise Conflict("Somebody has changed this meanwhile.", current=standing)
    words = Words(draft.subject.strip(), draft.text.replace("\r\n", "\n").strip() + "\n")
    faults = _faults(tx, kind, words, channel, wording.parts(tx, channel, language))
    serious = [fault for fault in faults if not fault.startswith(TWICE_POLITE)]
    if serious:
        raise Invalid(fields={"text": " ".join(serious)})
    tx.insert(
        "notice_template",
        kind=kind,
        channel=channel,
        language=language,
        version=standing.version + 1,
        subject=words.subject,
        text=words.text,
        by_whom=agent.actor,
        created_at=tx.now,
    )
    tx.record(DeskChanged(what="notice_template"), agent.actor)
    return view(tx, kind, channel, language)


def roll_back(tx: Transaction, agent: AgentView, kind: str, channel: str, language: str, version: int) -> TemplateView:
    """Let the words of an earlier version be sent again, as a new one. Raises `NotFound`."""
    found = versions(tx, kind, channel, language)
    wanted = next((each for each in found if each.version == version and each.text), None)
    if wanted is None:
        raise NotFound("There is no version {version}.", version=version)
    draft = TemplateDraft(subject=wanted.subject, text=wanted.text)
    return save(tx, agent, kind, channel, language, draft, seen=found[0].version)


def preview(
    tx: Transaction,
    kind: str,
    channel: str,
    language: str,
    draft: TemplateDraft | None = None,
    order: int | None = None,
) -> PreviewView:
    """The letter that a template makes: of an order here, or of one that is made up. Raises `Invalid` or `NotFound`."""
    _check_place(tx, kind, channel, language)
    what = Kind(name=kind, label={}, trigger="placed") if kind in wording.PARTS else kinds.one(tx, kind)
    words = Words(draft.subject, draft.text) if draft is not None else wording.standing(tx, kind, channel, language)
    if words is None:
        raise NotFound("There is no template.")
    matter = matters.one(tx, f"order:{order}") if order is not None else a_matter(tx.now)
    if matter is None:
        raise NotFound("There is no order {id}.", id=order)
    desk = desk_settings.read(tx)
    decided = settings.read(tx)
    customer = (
        tx.first("SELECT * FROM customer WHERE id = :id", id=matter.customer)
        if matter.customer is not None
        else tx.first("SELECT '山田 花子' AS name, '' AS honorific, '山田' AS family_name, '花子' AS given_name,"
                      " '' AS company, '' AS member_rank")
    )  # fmt: skip
    pieces = wording.parts(tx, channel, language)
    said = values.of(
        matter,
        _part(what, matter),
        customer=customer,
        language=language,
        shop=values.shop_of(tx, language, decided.legal.get(language, "") if what.purpose == "advertising" else ""),
        unsubscribe_url="https://desk.example/notices/stop/…" if what.purpose == "advertising" else "",
    )
    filled = wording.fill(words, said, Setting(language, desk.zone, decided.calendar), pieces)
    return PreviewView(subject=filled.subject, text=filled.text, faults=_faults(tx, kind, words, channel, pieces))


def send_test(
    tx: Transaction, agent: AgentView, kind: str, language: str, to: str, draft: TemplateDraft | None = None
) -> int:
    """Mail a preview to an address; the letter's id. Raises `Invalid` for no address, or without a mailbox."""
    require(agent, "admin")
    address = to.strip()
    if "@" not in address or any(char in address for char in "\r\n\0 "):
        raise Invalid(fields={"to": "is not an address"})
    sender = accounts.sender_for(tx, "email")
    if sender is None:
        raise Invalid("There is no account that can send mail.")
    made = preview(tx, kind, "email", language, draft)
    return delivery.post(
        tx,
        account_id=sender,
        line=f"email:{address}",
        envelope=Envelope(
            to=(Someone("email", address),),
            subject=f"[TEST] {made.subject}",
            text=made.text,
            automatic=True,
            language=language,
        ),
        wait=False,
        asked=True,
    )


def a_matter(now: datetime) -> Matter:
    """An order that is made up, with everything a template may speak of."""
    day = timedelta(days=1)
    order = OrderView(
        id=0, customer=None, source="sample", external_id="1", number="R-2026-00123", shop="", status="shipped",
        payment="paid", currency="JPY", total=Decimal(6380), tax=Decimal(580), shipping=Decimal(660),
        discount=Decimal(0), paid=Decimal(6380), refunded=Decimal(0), gift=True,
        buyer={"name": "山田 花子", "email": "hanako@example.jp"}, recipient={"name": "山田 太郎"}, subscription="",
        note="", url="", ordered_at=now - 2 * day, known=True,
        lines=[
            LineView(sku="TEA-1", name="煎茶 100g", quantity=2, price=Decimal(1980)),
            LineView(sku="CUP-2", name="湯呑み(藍)", quantity=1, price=Decimal(1760)),
        ],
        payments=[PaymentView(id=0, external_id="p", method="bank", status="pending", amount=Decimal(6380),
                              due_at=now + 3 * day, at=now - 2 * day)],
        shipments=[ShipmentView(id=0, external_id="s", carrier="yamato", tracking_number="1234-5678-9012",
                                url="https://carrier.example/1234-5678-9012", status="shipped", planned_at=now,
                                shipped_at=now, expected_at=now + day, promised_at=now + day, delivered_at=None,
                                recipient={})],
        returns=[ReturnView(id=0, external_id="r", status="received", amount=Decimal(1760), reason="", at=now)],
        history=[],
    )  # fmt: skip
    running = SubscriptionView(
        id=0, source="sample", external_id="1", name="煎茶 定期便", status="active", every="P1M", currency="JPY",
        amount=Decimal(1980), url="https://shop.example/subscription", started_at=now - 60 * day, next_at=now + 7 * day,
        ended_at=None,
    )  # fmt: skip
    happening = _Happening(title="煎茶 100g", text="", url="https://shop.example/tea", at=now)
    return Matter("order:0", None, [], order, running, happening)


class _Happening(msgspec.Struct):
    title: str
    text: str
    url: str
    at: datetime


def _part(kind: Kind, matter: Matter) -> str:
    """The part of an order that a kind is about; the first there is."""
    order = matter.order
    if order is None:
        return ""
    of: dict[str, list[Any]] = {
        "shipment": list(order.shipments) if kind.trigger in ("shipped", "shipping_planned", "delivering", "delayed")
        else [],
        "payment": list(order.payments) if kind.trigger in ("payment_due", "refunded") else [],
        "return": list(order.returns) if kind.trigger == "returned" else [],
    }  # fmt: skip
    return next((f"{name}:{parts[0].external_id}" for name, parts in of.items() if parts), "")


def _faults(tx: Transaction, kind: str, words: Words, channel: str, pieces: dict[str, str]) -> list[str]:
    part = kind in wording.PARTS
    purpose = "" if part else kinds.one(tx, kind).purpose
    return wording.lint(words, channel="" if part else channel, purpose=purpose, pieces=pieces)


def _check_place(tx: Transaction, kind: str, channel: str, language: str) -> None:
    if kind not in wording.PARTS:
        kinds.one(tx, kind)
    if channel not in wording.CHANNELS:
        raise Invalid(fields={"channel": "is not one of the choices"})
    if language not in LANGUAGES:
        raise Invalid(fields={"language": "is not one of the choices"})
