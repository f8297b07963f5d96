"""Kinds of notices as data: what sets one off, when it leaves, to whom, by which ways.

Those that ship with the product are here; what an admin changed or added is a row over them.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from server.agents import AgentView, require
from server.database import Transaction, kept
from server.database.types import dump
from server.errors import Invalid, NotFound
from server.events import DeskChanged
from server.notices.moments import Moment
from server.notices.views import View

Purpose = Literal["transactional", "advertising"]
Trigger = Literal[
    "placed", "paid", "payment_due", "cancelled", "preparing", "shipping_planned", "shipped", "delivering", "delivered",
    "delayed", "returned", "refunded", "subscription_due", "interaction", "packed", "ordered", "restocked", "birthday",
    "attribute", "last_purchase",
]  # fmt: skip
Way = Literal["line", "email"]
Test = Literal[
    "segment",
    "shop",
    "source",
    "sku",
    "product",
    "carrier",
    "payment_method",
    "channel",
    "gift",
    "at_least",
    "at_most",
    "first_order",
    "rank",
    "tag",
    "language",
]
BULK = "bulk"
"""The kind of the notice that a bulk letter leaves with each of its recipients; no kind of an admin's."""
MOST_HOURS = 24 * 60
BY_DAY = ("birthday", "attribute", "last_purchase")
"""Triggers that are days of a customer's own: looked for once a day (`rounds`), as nothing happens on them."""
YES = ("gift", "first_order")
"""Tests that want no value."""
TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Wait(View, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long after the moment (before it, where negative) a notice is due; `at` is a time of day, "10:00"."""

    minutes: int = 0
    days: int = 0
    business_days: int = 0
    at: str = ""


class KindCondition(View, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that must be true (or, with `no`, must not) of the order or its customer. Amounts are of the order."""

    test: Test
    value: str = ""
    no: bool = False


class Kind(View, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of notice. `label` goes from a language to what people here call it.

    `interaction` is the source's word for the trigger of that name, `attribute` the customer's field of dates for the
    trigger of that name, each year anew when `yearly`; `hours` how long after it was due it is still worth
    sending; `quiet` whether it waits for the end of the quiet hours; `together` whether several of one customer that
    are due at once become one letter.
    """

    name: str
    label: dict[str, str]
    trigger: Trigger
    purpose: Purpose = "transactional"
    wait: Wait = Wait()
    conditions: list[KindCondition] = []
    ways: list[Way] = msgspec.field(default_factory=lambda: ["line", "email"])
    interaction: str = ""
    attribute: str = ""
    yearly: bool = True
    hours: int = 24
    quiet: bool = True
    together: bool = False
    enabled: bool = True


SHIPPED_WITH: tuple[Kind, ...] = (
    Kind(name="thanks", label={"ja": "ご注文のお礼", "en": "Thank you for the order"}, trigger="placed", quiet=False),
    Kind(
        name="paid",
        label={"ja": "ご入金の確認", "en": "Payment received"},
        trigger="paid",
        conditions=[
            KindCondition(test="payment_method", value="card", no=True),
            KindCondition(test="payment_method", value="カード", no=True),
        ],
        quiet=False,
    ),
    Kind(
        name="payment_due",
        label={"ja": "お支払い期限のご案内", "en": "Payment reminder"},
        trigger="payment_due",
        wait=Wait(days=-2, at="10:00"),
        hours=36,
    ),
    Kind(name="cancelled", label={"ja": "ご注文の取り消し", "en": "Order cancelled"}, trigger="cancelled", quiet=False),
    Kind(
        name="preparing",
        label={"ja": "出荷準備の開始", "en": "Order being prepared"},
        trigger="preparing",
        enabled=False,
    ),
    Kind(name="shipped", label={"ja": "発送のお知らせ", "en": "Order shipped"}, trigger="shipped", hours=72),
    Kind(
        name="delivering",
        label={"ja": "本日お届け", "en": "Out for delivery"},
        trigger="delivering",
        hours=10,
        enabled=False,
    ),
    Kind(
        name="delivered",
        label={"ja": "お届け完了", "en": "Order delivered"},
        trigger="delivered",
        hours=48,
        enabled=False,
    ),
    Kind(name="delayed", label={"ja": "お届け遅延のお詫び", "en": "Delivery delayed"}, trigger="delayed", hours=48),
    Kind(name="returned", label={"ja": "返品の受領", "en": "Return received"}, trigger="returned", hours=72),
    Kind(name="refunded", label={"ja": "ご返金のお知らせ", "en": "Refund made"}, trigger="refunded", hours=72),
    Kind(
        name="subscription_due",
        label={"ja": "定期便の次回お届け", "en": "Next subscription delivery"},
        trigger="subscription_due",
        wait=Wait(days=-7, at="10:00"),
        hours=72,
        together=True,
    ),
    Kind(
        name="review",
        label={"ja": "レビューのお願い", "en": "Review request"},
        trigger="delivered",
        purpose="advertising",
        wait=Wait(days=7, at="11:00"),
        hours=72,
        together=True,
        enabled=False,
    ),
    Kind(
        name="back_in_stock",
        label={"ja": "再入荷のお知らせ", "en": "Back in stock"},
        trigger="restocked",
        hours=48,
        enabled=False,
    ),
    Kind(
        name="birthday",
        label={"ja": "お誕生日のお祝い", "en": "Happy birthday"},
        trigger="birthday",
        purpose="advertising",
        wait=Wait(at="10:00"),
        hours=12,
        enabled=False,
    ),
)
OURS = {kind.name: kind for kind in SHIPPED_WITH}


def all(tx: Transaction) -> list[Kind]:
    """Every kind: ours in their order, as they were changed, then those that admins added, by name."""
    rows = tx.all("SELECT name, content FROM notice_kind ORDER BY name")
    changed = {row.name: msgspec.convert(row.content, Kind) for row in rows}
    return [changed.pop(kind.name, kind) for kind in SHIPPED_WITH] + list(changed.values())


def labels(tx: Transaction) -> dict[str, dict[str, str]]:
    """What every kind is called, bulk letters among them."""
    return {BULK: {"ja": "一斉送信", "en": "Bulk letter"}, **{kind.name: kind.label for kind in all(tx)}}


@kept
def one(tx: Transaction, name: str) -> Kind:
    """A kind as it stands. Raises `NotFound`."""
    row = tx.first("SELECT content FROM notice_kind WHERE name = :name", name=name)
    if row is not None:
        return msgspec.convert(row.content, Kind)
    if name not in OURS:
        raise NotFound("There is no notice {name}.", name=name)
    return OURS[name]


def matches(kind: Kind, moment: Moment) -> bool:
    """Whether a moment is one that sets this kind off."""
    if moment.trigger != kind.trigger:
        return False
    if kind.trigger == "interaction":
        return moment.subject == kind.interaction
    if kind.trigger == "attribute":
        return moment.subject == kind.attribute and kind.yearly is (len(moment.revision) == 4)
    return True


def check(kind: Kind) -> None:
    """Raises `Invalid` naming each field with which a kind could not be followed."""
    problems = dict(_problems(kind))
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)


def save(tx: Transaction, agent: AgentView, kind: Kind) -> Kind:
    """Decide a kind, new or not. Raises `Invalid` naming each field at fault; advertising is not switched on before
    it is said who sends it (特定電子メール法 §4)."""
    require(agent, "admin")
    problems = dict(_problems(kind))
    if kind.enabled and kind.purpose == "advertising" and not _has_sender(tx):
        problems.setdefault("enabled", "Advertising needs the words that say who sends it, in the settings of notices.")
    if kind.trigger == "attribute" and not tx.value(
        "SELECT 1 FROM customer_field WHERE name = :name AND kind = 'date'", name=kind.attribute
    ):
        problems["attribute"] = "is no date of customers"
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    tx.run(
        "INSERT INTO notice_kind (name, content, updated_at) VALUES (:name, :content, :now) ON CONFLICT (name)"
        " DO UPDATE SET content = excluded.content, updated_at = excluded.updated_at",
        name=kind.name,
        content=dump(kind),
        now=tx.now,
    )
    tx.run("DELETE FROM notice_round WHERE name = :name", name=f"kind:{kind.name}")
    tx.record(DeskChanged(what="notice_kind"), agent.actor)
    return kind


def remove(tx: Transaction, agent: AgentView, name: str) -> None:
    """Take a kind away that an admin added, or let one of ours be as it ships. What is planned of it is skipped when
    its time comes. Raises `NotFound`."""
    require(agent, "admin")
    if not tx.run("DELETE FROM notice_kind WHERE name = :name", name=name):
        raise NotFound("There is no notice {name}.", name=name)
    tx.record(DeskChanged(what="notice_kind"), agent.actor)


def _has_sender(tx: Transaction) -> bool:
    row = tx.first("SELECT settings FROM notice_desk")
    return row is not None and any(words.strip() for words in row.settings.get("legal", {}).values())


def _problems(kind: Kind) -> list[tuple[str, str]]:
    found = []
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", kind.name):
        found.append(("name", "is not a word of small letters, digits and _"))
    if kind.name == BULK:
        found.append(("name", "is taken"))
    if not any(label.strip() for label in kind.label.values()):
        found.append(("label", "is missing"))
    if kind.wait.at and not TIME_OF_DAY.fullmatch(kind.wait.at):
        found.append(("wait.at", "is not a time like 10:00"))
    if abs(kind.wait.days) > 400 or abs(kind.wait.business_days) > 250 or abs(kind.wait.minutes) > 60 * 24 * 400:
        found.append(("wait", "is too long"))
    if kind.wait.minutes and kind.wait.at:
        found.append(("wait.at", "goes with days, not with minutes"))
    if not kind.ways or len(set(kind.ways)) < len(kind.ways):
        found.append(("ways", "is missing"))
    if not 1 <= kind.hours <= MOST_HOURS:
        found.append(("hours", f"1 to {MOST_HOURS}"))
    if kind.trigger == "interaction" and not kind.interaction.strip():
        found.append(("interaction", "is missing"))
    for place, condition in enumerate(kind.conditions):
        if condition.test in ("at_least", "at_most") and not re.fullmatch(r"\d{1,9}(\.\d{1,4})?", condition.value):
            found.append((f"conditions[{place}].value", "is no amount of money"))
        elif condition.test not in YES and not condition.value.strip():
            found.append((f"conditions[{place}].value", "is missing"))
    return found
