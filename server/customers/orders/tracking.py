"""Carriers: which one a source means, and where a parcel of theirs can be followed."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

from server.language import fold


class Carrier(NamedTuple):
    """A carrier: its name here, what sources call it (folded, any part of theirs), and the page of a parcel."""

    name: str
    words: tuple[str, ...]
    page: str


CARRIERS = (
    Carrier(
        "japanpost",
        ("日本郵便", "郵便", "ゆうぱっく", "ゆうぱけっと", "ゆうめーる", "れたーぱっく", "くりっくぽすと", "japan post",
         "japanpost", "jppost", "jp_post", "ems"),
        "https://trackings.post.japanpost.jp/services/srv/search/direct?reqCodeNo1={number}",
    ),
    Carrier(
        "yamato",
        ("やまと", "くろねこ", "宅急便", "ねこぽす", "yamato", "kuroneko"),
        "https://jizen.kuronekoyamato.co.jp/jizen/servlet/crjz.b.NQ0010?id={number}",
    ),
    Carrier(
        "sagawa",
        ("佐川", "飛脚", "sagawa"),
        "https://k2k.sagawa-exp.co.jp/p/web/okurijosearch.do?okurijoNo={number}",
    ),
    Carrier("seino", ("西濃", "せいのう", "seino"), "https://track.seino.co.jp/cgi-bin/gnpquery.pgm?GNPNO1={number}"),
    Carrier("fukutsu", ("福山", "fukutsu", "fukuyama"), "https://corp.fukutsu.co.jp/situation/tracking_no_hunt/{number}"),
    Carrier("dhl", ("dhl",), "https://www.dhl.com/jp-ja/home/tracking.html?tracking-id={number}"),
    Carrier("fedex", ("fedex", "federal express"), "https://www.fedex.com/fedextrack/?trknbr={number}"),
    Carrier("usps", ("usps", "united states postal"), "https://tools.usps.com/go/TrackConfirmAction?tLabels={number}"),
    Carrier("ups", ("ups", "united parcel"), "https://www.ups.com/track?tracknum={number}"),
)  # fmt: skip
PAGES = {carrier.name: carrier.page for carrier in CARRIERS}


def carrier(written: str) -> str:
    """The carrier that a source's word means (`クロネコヤマト` → `yamato`); the word itself for an unknown one."""
    folded = fold(written).strip()
    for each in CARRIERS:
        if any(_means(folded, word) for word in each.words):
            return each.name
    return written.strip()


def _means(folded: str, word: str) -> bool:
    """A Latin word must stand alone (`ups` is not in `groups`); a Japanese one may be part of a longer one."""
    return bool(re.search(rf"(?<![a-z]){word}(?![a-z])", folded)) if word.isascii() else word in folded


def link(carrier: str, number: str, given: str = "") -> str | None:
    """Where a parcel can be followed: the source's own page when it is on the web, else the carrier's; or None."""
    if given.startswith(("https://", "http://")):
        return given
    page = PAGES.get(carrier)
    return page.format(number=quote(key(number), safe="")) if page and key(number) else None


def key(number: str) -> str:
    """The letters and digits of a number, folded: `1234-5678` and `１２３４５６７８` are the same parcel."""
    return "".join(char for char in fold(number).upper() if char.isalnum())
