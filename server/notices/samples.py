"""Orders that are made up, for previews: one with everything, one with next to nothing, one with a lot of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec

from server.customers.orders.views import LineView, OrderView, PaymentView, ReturnView, ShipmentView, SubscriptionView
from server.notices.matters import Happened, Matter

SAMPLES = ("full", "bare", "long")
"""Their names: with everything, with what a source must tell at least, with many long articles."""
DAY = timedelta(days=1)


class Sampled(msgspec.Struct, frozen=True):
    """A made-up order, and its customer as a row would be."""

    matter: Matter
    customer: Any


def sample(name: str, language: str, now: datetime) -> Sampled:
    """One of `SAMPLES`; any other name is the first."""
    if name == "bare":
        return Sampled(_bare(now), None)
    if name == "long":
        return Sampled(_long(now, language), _person(language))
    return Sampled(_full(now, language), _person(language))


def _person(language: str) -> Any:
    japanese = language == "ja"
    return SimpleNamespace(
        name="山田 花子" if japanese else "Hanako Yamada",
        family_name="山田" if japanese else "Yamada",
        given_name="花子" if japanese else "Hanako",
        honorific="",
        company="",
        member_rank="ゴールド" if japanese else "Gold",
    )


def _full(now: datetime, language: str) -> Matter:
    """With everything that a template may speak of."""
    japanese = language == "ja"
    order = OrderView(
        id=0, customer=None, source="sample", external_id="1", number="R-2026-00123", shop="", status="shipped",
        payment="paid", currency="JPY", total=Decimal(6380), tax=Decimal(580), shipping=Decimal(660),
        discount=Decimal(0), paid=Decimal(6380), refunded=Decimal(0), gift=True,
        buyer={"name": "山田 花子", "email": "hanako@example.jp"},
        recipient={"name": "山田 太郎" if japanese else "Taro Yamada"}, subscription="",
        note="", url="https://shop.example/orders/R-2026-00123", ordered_at=now - 2 * DAY, known=True,
        lines=[
            LineView(sku="TEA-1", name="煎茶 100g" if japanese else "Sencha 100 g", quantity=2, price=Decimal(1980)),
            LineView(sku="CUP-2", name="湯呑み(藍)" if japanese else "Tea cup (indigo)", quantity=1,
                     price=Decimal(1760)),
        ],
        payments=[PaymentView(id=0, external_id="p", method="bank", status="pending", amount=Decimal(6380),
                              due_at=now + 3 * DAY, at=now - 2 * DAY)],
        shipments=[ShipmentView(id=0, external_id="s", carrier="yamato", tracking_number="1234-5678-9012",
                                url="https://carrier.example/1234-5678-9012", status="shipped", planned_at=now,
                                shipped_at=now, expected_at=now + DAY, promised_at=now + DAY, delivered_at=None,
                                recipient={})],
        returns=[ReturnView(id=0, external_id="r", status="received", amount=Decimal(1760), reason="", at=now)],
        history=[],
    )  # fmt: skip
    running = SubscriptionView(
        id=0, source="sample", external_id="1", name="煎茶 定期便" if japanese else "Sencha, every month",
        status="active", every="P1M", currency="JPY", amount=Decimal(1980), url="https://shop.example/subscription",
        started_at=now - 60 * DAY, next_at=now + 7 * DAY, ended_at=None,
    )  # fmt: skip
    happening = Happened("煎茶 100g" if japanese else "Sencha 100 g", "", "TEA-1", "https://shop.example/tea", now)
    return Matter("order:0", None, [], order, running, happening)


def _bare(now: datetime) -> Matter:
    """What a source must tell at least: one article, no carrier, no days, nobody's name."""
    full = _full(now, "ja")
    assert full.order is not None and full.subscription is not None
    (parcel,), (payment,) = full.order.shipments, full.order.payments
    change = msgspec.structs.replace
    order = change(
        full.order,
        tax=Decimal(0), shipping=Decimal(0), gift=False, buyer={}, recipient={}, url="", total=Decimal(1980),
        lines=full.order.lines[:1],
        payments=[change(payment, method="", amount=Decimal(0))],
        shipments=[change(parcel, carrier="", tracking_number="", url="", expected_at=None, promised_at=None)],
        returns=[change(full.order.returns[0], amount=Decimal(0))],
    )  # fmt: skip
    happening = Happened("煎茶 100g", "", "TEA-1", "", now)
    return Matter("order:0", None, [], order, change(full.subscription, url="", amount=Decimal(0)), happening)


def _long(now: datetime, language: str) -> Matter:
    """Thirty articles with long names."""
    full = _full(now, language)
    assert full.order is not None
    name = (
        "静岡県産 深蒸し煎茶 ティーバッグ 50個入り(簡易包装・のし対応可)"
        if language == "ja"
        else "Deep-steamed sencha from Shizuoka, fifty tea bags in a plain box with gift wrapping"
    )
    lines = [
        LineView(sku=f"S-{place}", name=f"{name} {place}", quantity=place, price=Decimal(1980))
        for place in range(1, 31)
    ]
    order = msgspec.structs.replace(full.order, lines=lines, total=Decimal(920_700), discount=Decimal(10_000))
    return full._replace(order=order)
