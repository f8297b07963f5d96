"""A customer's sentence without what tells who wrote it, fit to stand in an article that everybody may read.

Addresses of mail and pages, phone numbers, numbers of orders and parcels, places where people live, and the names under
which the desk knows the customer are each replaced by a mark. Sums, dates and sizes stay: they are what is asked about.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from server.database import Transaction
from server.faq.questions import asking
from server.language import fold, guess

LONGEST = 200
"""Characters of a phrasing."""
LEAST_LETTERS = 4
_MARKS = {"ja": "○○", "en": "[…]"}
_PREFECTURES = (
    "北海道|東京都|(?:大阪|京都)府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨|長野|岐阜|静岡|愛知|三重"
    "|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄)県"
)
_HOUSE = r"\d+(?:(?:丁目|番地の?|番|号|[-−‐–ー之の])\d*)+(?:号室?|室)?"
_PERSONAL = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"https?://\S+"),
    re.compile(rf"(?:〒?\s?\d{{3}}-?\d{{4}}\s*)?(?:{_PREFECTURES})?[一-龠々ぁ-んァ-ヶ]{{1,8}}[市区町村郡][^\s、。,?？!！]{{0,20}}?{_HOUSE}"
               r"(?:\s?[^\s、。,?？!！]{1,12}?\d{2,4}号室?)?"),
    re.compile(r"〒\s?\d{3}-?\d{4}"),
    re.compile(r"\b\d{1,5}\s+(?:[A-Z][a-z]+\s){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court)\b\.?"),
    re.compile(r"(?<![\d-])(?:\+81[-\s]?|0)\d{1,4}[-\s(]?\d{1,4}[-\s)]?\d{3,4}(?![\d-]|円)"),
    re.compile(r"(?<![\w-])\+\d{1,3}[-\s]?\d{2,4}(?:[-\s]?\d{2,4}){2,3}(?![\w-])"),
    re.compile(r"(?<![A-Za-z0-9-])(?=[A-Z0-9_-]*\d{3})[A-Z]{1,6}[-_]?\d[A-Z0-9_-]{2,}(?![A-Za-z0-9-])"),
    re.compile(r"#\s?\d{3,}"),
    re.compile(r"(?<![\d,.-])\d{3,}(?:-\d{3,})+(?![\d-])"),
    re.compile(r"(?<![\d,.-])\d{5,}(?:-\d+)*(?![\d,-]|\s?(?:円|yen|jpy|万|ml|mAh|kcal))", re.I),
    re.compile(r"(?:(?<=注文番号)|(?<=受注番号)|(?<=伝票番号)|(?<=会員番号)|(?<=予約番号)|(?<=お問い合わせ番号))(?:は|が|[::])?\s*[A-Za-z0-9-]{3,}"),
)  # fmt: skip
_SELF = re.compile(
    r"(?:(?:私|わたし)は)?[一-龠々ァ-ヶぁ-ん]{1,6}[\s　]?[一-龠々ァ-ヶぁ-ん]{0,6}と(?:申し|いい|言い)ます(?:が|。|、)?"
    r"|\bmy name is [A-Z][\w'-]*(?: [A-Z][\w'-]*)?(?:,| and)?",
)


def masked(text: str, names: Sequence[str] = (), lang: str = "") -> str:
    """A text with marks where people could be told by it. `names` are those of its writer."""
    mark = _MARKS["en" if (lang or guess(text)) == "en" else "ja"]
    text = _SELF.sub("", unicodedata.normalize("NFKC", text))
    for name in sorted(names, key=len, reverse=True):
        text = _named(name).sub(mark, text)
    for pattern in _PERSONAL:
        text = pattern.sub(mark, text)
    text = re.sub(rf"{re.escape(mark)}(?:[\s、,・]*{re.escape(mark)})+", mark, text)
    if mark == _MARKS["ja"]:
        text = re.sub(rf"\s*{mark}\s*", mark, text)
    return " ".join(text.split())


def masked_lines(text: str, names: Sequence[str], lang: str) -> str:
    """The same line by line, for texts of several."""
    return "\n".join(masked(line, names, lang) if line.strip() else "" for line in text.split("\n")).strip()


def phrasing(text: str, names: Sequence[str], lang: str) -> str:
    """One sentence as it may stand among the phrasings of an article; empty when too little is left of it."""
    found = masked(text, names, lang)[:LONGEST].strip(" 、,。.")
    said = found.replace(_MARKS["ja"], "").replace(_MARKS["en"], "")
    return found if sum(map(str.isalnum, said)) >= LEAST_LETTERS else ""


def letters(text: str) -> str:
    """By what a sentence is known again: its letters, folded."""
    return "".join(filter(str.isalnum, fold(text)))


def questions(text: str) -> list[str]:
    """The sentences of a message that may become a phrasing: those that ask; a short text as it is."""
    return [part for part in asking(text) if len(part) <= 2 * LONGEST]


def names_of(tx: Transaction, contact: int | None) -> list[str]:
    """The names under which the desk knows who wrote, and theirs at the network."""
    row = tx.first(
        "SELECT c.name AS contact, u.name, u.kana, u.family_name, u.given_name, u.family_kana, u.given_kana"
        " FROM contact c JOIN customer u ON u.id = c.customer_id WHERE c.id = :id",
        id=contact or 0,
    )
    if row is None:
        return []
    found = {part.strip() for name in row if name for part in (name, *str(name).split(), "".join(str(name).split()))}
    return [name for name in found if len(name) > 1]


def _named(name: str) -> re.Pattern[str]:
    if name.isascii():
        return re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
    return re.compile(rf"{re.escape(unicodedata.normalize('NFKC', name))}(?:さん|様|さま)?")
