"""Numbers and amounts of money, in either width, with commas, signs and units as people write them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from server.customers.readers.text import EMPTY, Unreadable, is_empty, plain

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:e[+-]?\d{1,2})?|[+-]?\.\d+")
_COUNTED = re.compile(r"\s*(?:個|点|本|枚|件|名|人|回|冊|台|箱|袋|セット|せっと|歳|才|pt|ポイント|kg|g)\.?$")
_MONEY = re.compile(
    r"[¥\\$€£]|円|えん|jpy|usd|eur|gbp|税込み?|税抜き?|税別|\(税込み?\)|\(税抜き?\)|也|,-$|-$(?<=\d-)|\(\)"
)
_MYRIADS = re.compile(r"([+-]?)(?:([\d,.]+)億)?(?:([\d,.]+)万)?(?:([\d,]+))?")
_PARENTHESES = re.compile(r"\((.+)\)")


def read_number(value: Any) -> Decimal | None:
    """A number: `１，２３４`, `△500`, `(500)`, `3個`, `1.5万`; commas part thousands only."""
    if isinstance(value, bool):
        raise Unreadable("is not a number")
    if isinstance(value, int | Decimal):
        return _finite(Decimal(value))
    if isinstance(value, float):
        return _finite(Decimal(repr(value)))
    if is_empty(value):
        return None
    if not isinstance(value, str):
        raise Unreadable("is not a number")
    return _decimal(_COUNTED.sub("", plain(value)))


def read_whole(value: Any) -> int | None:
    """A whole number; `2.0` is one, `2.5` is not."""
    found = read_number(value)
    if found is None:
        return None
    if found != found.to_integral_value():
        raise Unreadable("is not a whole number")
    return int(found)


def read_amount(value: Any) -> Decimal | None:
    """An amount of money without its currency: `¥1,200-`, `１，２００円(税込)`, `▲500`, `12,000円也`, `3万5000円`."""
    if not isinstance(value, str):
        return read_number(value)
    text = plain(value)
    if text in EMPTY:
        return None
    try:
        return _decimal(_MONEY.sub("", text))
    except Unreadable:
        raise Unreadable("is not an amount of money") from None


def _decimal(text: str) -> Decimal:
    text = re.sub(r"\s+", "", text).replace("−", "-").replace("，", ",")
    negative = text.startswith(("△", "▲"))
    if negative:
        text = text[1:]
    if match := _PARENTHESES.fullmatch(text):
        negative, text = True, match[1]
    if "万" in text or "億" in text:
        found = _of_myriads(text)
    elif _NUMBER.fullmatch(text):
        found = Decimal(text.replace(",", ""))
    else:
        raise Unreadable("is not a number")
    return _finite(-found if negative else found)


def _of_myriads(text: str) -> Decimal:
    match = _MYRIADS.fullmatch(text)
    if match is None:
        raise Unreadable("is not a number")
    sign, *parts = match.groups()
    try:
        found = sum(
            (
                Decimal((part or "0").replace(",", "")) * unit
                for part, unit in zip(parts, (10**8, 10**4, 1), strict=True)
            ),
            Decimal(0),
        )
    except InvalidOperation:
        raise Unreadable("is not a number") from None
    return -found if sign == "-" else found


def _finite(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise Unreadable("is not a number")
    return number
