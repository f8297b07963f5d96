"""Yes and no, sexes, codes and lists of words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from server.customers.readers.text import Unreadable, is_empty, plain, read_text

Sex = Literal["", "female", "male", "other"]
NoticesBy = Literal["", "line", "email", "none"]
_YES = frozenset(
    re.findall(
        r"\S+",
        """
    1 true t yes y on はい 有 有り あり ○ 〇 ◯ ● ◎ ☑ ✓ ✔ レ 済 済み 可 希望 希望する 受け取る 受取る 受信する 受信
    配信する 許可 許可する 同意 同意する 同意済 同意済み 承諾 オン する 要 購読 購読中 会員 subscribed accepts
        """,
    )
)
_NO = frozenset(
    re.findall(
        r"\S+",
        """
    0 false f no n off いいえ 無 無し なし × x ✕ ✗ ☐ □ 未 不可 希望しない 受け取らない 受取らない 受信しない 拒否
    配信しない 不許可 許可しない 同意しない 不同意 未同意 オフ しない 不要 解除 停止 退会 unsubscribed declined
        """,
    )
)
_SEXES: Mapping[str, Sex] = {
    **dict.fromkeys(("男", "男性", "男子", "おとこ", "m", "male", "man", "1"), "male"),
    **dict.fromkeys(("女", "女性", "女子", "おんな", "f", "female", "woman", "2"), "female"),
    **dict.fromkeys(("その他", "そのた", "other", "x", "3"), "other"),
    **dict.fromkeys(
        ("無回答", "未回答", "回答しない", "答えない", "未設定", "未選択", "非公開", "unknown", "0", "9"), ""
    ),
}


_NOTICES_BY: Mapping[str, NoticesBy] = {
    **dict.fromkeys(("line", "ライン", "ラインで"), "line"),
    **dict.fromkeys(("email", "mail", "e-mail", "メール", "電子メール", "eメール"), "email"),
    **dict.fromkeys(("none", "no", "off", "不要", "希望しない", "受け取らない", "なし", "停止"), "none"),
    **dict.fromkeys(("any", "auto", "どちらでも", "指定なし", "おまかせ", "自動"), ""),
}


def read_notices_by(value: Any) -> NoticesBy:
    """By which way somebody wants notices: `LINE`, `メール`, `不要`; empty for what says nothing."""
    if is_empty(value):
        return ""
    found = _NOTICES_BY.get(plain(read_text(value)))
    if found is None:
        raise Unreadable("is not one of the choices")
    return found


def read_flag(value: Any) -> bool | None:
    """Yes or no: `はい`, `○`, `1`, `希望する`, `true` … and their opposites."""
    if isinstance(value, bool):
        return value
    text = plain(read_text(value))
    if text in _YES:
        return True
    if text in _NO:
        return False
    if is_empty(value):
        return None
    raise Unreadable("is neither yes nor no")


def read_sex(value: Any) -> Sex:
    """`男`, `女性`, `F`, or ISO 5218's 1 and 2; empty for what says nothing."""
    if is_empty(value):
        return ""
    found = _SEXES.get(plain(read_text(value)))
    if found is None:
        raise Unreadable("is not one of the choices")
    return found


def read_choice(value: Any, table: Mapping[str, str]) -> str:
    """A code of the other side as the desk's own word, by a table; widths and case do not matter."""
    text = read_text(value)
    if not text:
        return ""
    if text in table:
        return table[text]
    wanted = plain(text)
    for code, word in table.items():
        if plain(code) == wanted:
            return word
    raise Unreadable("is not one of the choices")


def read_list(value: Any) -> list[str]:
    """Words parted by commas, semicolons, bars or line breaks of either width."""
    if isinstance(value, list | tuple):
        return [text for one in value if (text := read_text(one))]
    return [part for piece in re.split(r"[,;|、，；｜\r\n\t]+", read_text(value)) if (part := piece.strip())]
