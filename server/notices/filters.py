"""Filters of templates: amounts, days, names, as a letter's language writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import pass_context
from jinja2.runtime import Context

from server.notices import clock

WEEKDAYS = "月火水木金土日"
HONORIFICS = ("様", "さま", "御中", "殿", "先生")


@pass_context
def _money(context: Context, amount: Decimal) -> str:
    """12,000円 in Japanese, as the currency is written otherwise."""
    order, running = context["order"], context["subscription"]
    currency = str(running.currency if running.name and not order.number else order.currency)
    if context["_setting"].language == "ja" and currency == "JPY":
        return f"{amount:,.0f}円"
    return format_currency(amount, currency, locale="ja_JP" if context["_setting"].language == "ja" else "en_US")


@pass_context
def _day(context: Context, at: datetime | None) -> str:
    """11月23日(月); Monday, November 23."""
    if at is None:
        return ""
    local = at.astimezone(context["_setting"].zone)
    if context["_setting"].language == "ja":
        return f"{local.month}月{local.day}日({WEEKDAYS[local.weekday()]})"
    return f"{format_date(local, 'EEEE, MMMM d', locale='en_US')}"


@pass_context
def _moment(context: Context, at: datetime | None) -> str:
    """11月23日(月) 10:00; Monday, November 23, 10:00."""
    if at is None:
        return ""
    between = " " if context["_setting"].language == "ja" else ", "
    return f"{_day(context, at)}{between}{at.astimezone(context['_setting'].zone):%H:%M}"


@pass_context
def _business(context: Context, at: datetime | None, days: int = 1) -> datetime | None:
    """So many business days after a moment, for `day`."""
    if at is None:
        return None
    local = at.astimezone(context["_setting"].zone)
    day = clock.counted(local.date(), max(-250, min(250, days)), context["_setting"].calendar)
    return local.replace(year=day.year, month=day.month, day=day.day)


def _sama(name: str) -> str:
    """山田 様; お客様 for nobody known; a name that has its honorific stays."""
    known = name.strip()
    if known.endswith(HONORIFICS):
        return known
    return f"{known} 様" if known else "お客様"


def _wide(text: str, most: int = 30) -> str:
    """At most so many characters, with … for the rest."""
    return text if len(text) <= most else text[: most - 1] + "…"


FILTERS: dict[str, Callable[..., Any]] = {
    "money": _money,
    "yen": _money,
    "円": _money,
    "day": _day,
    "日付": _day,
    "moment": _moment,
    "日時": _moment,
    "business": _business,
    "営業日": _business,
    "sama": _sama,
    "様": _sama,
    "wide": _wide,
}
"""Each by its English name, and by the Japanese one that a shop would write."""
EXAMPLES: tuple[tuple[str, str, str], ...] = (
    ("money, 円", "An amount in the order's currency", "{{ order.total | 円 }}"),
    ("day, 日付", "A day with its weekday", "{{ parcel.expected_at | 日付 }}"),
    ("moment, 日時", "A day and a time", "{{ order.at | 日時 }}"),
    ("business, 営業日", "So many business days later, before a day", "{{ order.at | 営業日(3) | 日付 }}"),
    ("sama, 様", "A name with 様, unless it has an honorific", "{{ order.recipient | 様 }}"),
    ("wide", "At most so many letters, the rest as …", "{{ line.name | wide(20) }}"),
)
"""Names, what they do (English words of the catalogue), and a use, for the page of values."""
