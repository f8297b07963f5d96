"""Answers written in Markdown, put into a mail that knows none."""

from __future__ import annotations

import pytest

from server.faq.plain import plain


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("# 送料\n\n* **本州** 500円\n* 沖縄 `1,000円`", "送料\n\n- 本州 500円\n- 沖縄 1,000円"),
        ("[返品](https://shop.example/returns)をご覧ください", "返品 ( https://shop.example/returns )をご覧ください"),
        ("See <https://a.example/b_c_d> or [https://x.example](https://x.example).", "See https://a.example/b_c_d or https://x.example."),
        ("3 * 4 * 5, snake_case_name, *soon*, 1\\. no list", "3 * 4 * 5, snake_case_name, soon, 1. no list"),
        ("![地図](https://shop.example/map.png)", "地図"),
        ("1. 注文番号\n2. お名前", "1. 注文番号\n2. お名前"),
    ],
)  # fmt: skip
def test_marks_go_and_words_stay(markdown: str, words: str) -> None:
    assert plain(markdown) == words
