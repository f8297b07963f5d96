"""Words of shops for states, languages and a shop's own fields, read into the desk's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from server.customers import readers
from server.customers.attributes import AttributeView
from server.customers.readers import Order

_STATES: Mapping[str, str] = {
    "placed": "新規 新規受付 新規注文 受付 受付済 受付済み 注文受付 注文受付済み 未対応 未処理 placed new pending open",
    "confirmed": "確認 確認済 確認済み 注文確認 確定 注文確定 入金待ち 楽天処理中 対応中 confirmed",
    "preparing": "処理中 準備中 発送準備 発送準備中 発送待ち 出荷準備中 出荷待ち 入金済み 入金済 取り寄せ中 取寄中"
    " preparing processing",
    "shipped": "発送済 発送済み 発送完了 出荷済 出荷済み 出荷完了 配送中 shipped fulfilled",
    "delivered": "配達完了 配達済 配達済み お届け済み お届け済 受取済 完了 対応済 取引完了 completed delivered done",
    "cancelled": "キャンセル キャンセル済 キャンセル確定 取消 取消済 中止 cancelled canceled",
    "returned": "返品 返品済 返品完了 返送 returned refunded",
}  # fmt: skip
_PAYMENTS: Mapping[str, str] = {
    "unpaid": "未入金 未払い 未払 未決済 入金待ち 未 unpaid pending",
    "partly": "一部入金 一部入金済 partly partially_paid",
    "paid": "入金済 入金済み 支払済 支払い済み 支払済み 決済済 決済済み 決済完了 完了 済 paid",
    "refunded": "返金 返金済 返金済み refunded",
    "failed": "失敗 決済失敗 エラー 与信ng failed",
}
_LANGUAGES = {"ja": "日本語 japanese jpn ja-jp ja_jp jp ja", "en": "英語 english eng en-us en-gb en_us en_gb en"}


def _table(words: Mapping[str, str]) -> dict[str, str]:
    return {code: ours for ours, theirs in words.items() for code in theirs.split()}


_STATE_TABLE, _PAYMENT_TABLE, _LANGUAGE_TABLE = _table(_STATES), _table(_PAYMENTS), _table(_LANGUAGES)


def status(cell: Any) -> str:
    """The state of an order. Raises `Unreadable`."""
    return readers.read_choice(cell, _STATE_TABLE)


def payment(cell: Any) -> str:
    """The state of its payment. Raises `Unreadable`."""
    return readers.read_choice(cell, _PAYMENT_TABLE)


def language(cell: Any) -> str:
    """ "ja" or "en". Raises `Unreadable`."""
    return readers.read_choice(cell, _LANGUAGE_TABLE)


def attribute(one: AttributeView, order: Order) -> Callable[[Any], Any]:
    """Reads a cell for a field of the shop's own."""

    def number(cell: Any) -> float | int | None:
        found = readers.read_number(cell)
        return None if found is None else int(found) if found == int(found) else float(found)

    def day(cell: Any) -> str | None:
        found = readers.read_date(cell, order=order)
        return None if found is None else found.isoformat()

    def choice(cell: Any) -> str:
        return readers.read_choice(cell, {each: each for each in one.choices})

    kinds: dict[str, Callable[[Any], Any]] = {
        "number": number,
        "boolean": readers.read_flag,
        "date": day,
        "choice": choice,
        "text": readers.read_text,
    }
    return kinds[one.kind]
