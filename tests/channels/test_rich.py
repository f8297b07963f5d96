"""Cards in words, for networks that draw none."""

from __future__ import annotations

import pytest

from channels.contract import Buttons, Carousel, Choice, Column, Confirm, Native, OutSticker, Rich, in_words

SEE = Choice(label="見る", url="https://shop.example/1")
ASK = Choice(label="尋ねる", text="在庫はありますか")


@pytest.mark.parametrize(
    ("rich", "words"),
    [
        (Buttons(text="21 cm", title="青磁の皿", choices=(SEE, ASK)),
         "青磁の皿\n21 cm\n・見る: https://shop.example/1\n・尋ねる"),
        (Confirm(text="交換しますか？", yes=Choice(label="はい"), no=Choice(label="いいえ", data="no")),
         "交換しますか？\n・はい\n・いいえ"),
        (Carousel(columns=(Column(text="一", choices=(SEE,)), Column(title="二", text="2", choices=(ASK,)))),
         "一\n・見る: https://shop.example/1\n\n二\n2\n・尋ねる"),
        (Native(alt=" 領収書 ", contents={"type": "bubble"}), "領収書"),
        (OutSticker(package="446", sticker="1989"), ""),
        (None, ""),
    ],
)  # fmt: skip
def test_each_reads_as_a_text(rich: Rich | None, words: str) -> None:
    assert in_words(rich) == words
    assert in_words(rich, (Choice(label="はい"),)) == (f"{words}\n\n・はい" if words else "・はい")
