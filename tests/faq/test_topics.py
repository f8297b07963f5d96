"""What a message is about, and how much of it an article has."""

from __future__ import annotations

import numpy as np
import pytest

from server.faq.lexicon import Vocabulary
from server.faq.topics import FIGURES, Topics, topics

PHRASINGS = ["送料はいくらですか", "配送料を教えてください", "アプリにログインできない", "ログイン画面が出ない"]


def laid() -> Topics:
    vocabulary = Vocabulary(topics)
    return Topics([vocabulary.learn(text)[0] for text in PHRASINGS], np.array([0, 0, 1, 1]), vocabulary)


def figures(text: str, article: int) -> dict[str, float]:
    return dict(zip(FIGURES, laid().figures(text, article, np.zeros(len(PHRASINGS), np.float32)), strict=True))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("送料を教えてください", {"送", "料", "送料", "教"}),
        ("ＡＢＣを使う", {"abc", "使"}),
        ("ログを", {"ログ"}),
        ("How do I transfer 50 dollars", {"how", "tran", "transfe", "50", "doll", "dollars"}),
        ("これはなんですか", set()),
    ],
)
def test_what_is_meant_is_told_from_how_it_is_asked(text: str, found: set[str]) -> None:
    assert set(topics(text)) == found


def test_what_the_article_has_counts_for_it_and_what_another_has_against_it() -> None:
    own, other = figures("送料の計算", 0), figures("送料の計算", 1)
    assert own["topics shared"] == pytest.approx(3 / 6)  # 送, 料, 送料 of 送, 料, 送料, 計, 算, 計算
    assert own["topics unknown"] == other["topics unknown"] == pytest.approx(3 / 6)
    assert own["topics elsewhere"] == 0 < own["topics shared by weight"]
    assert other["topics shared"] == 0 < other["topics elsewhere"]
    assert own["topics shared by weight"] == pytest.approx(other["topics elsewhere"])


def test_a_phrasing_that_is_asked_whole_is_answered_whole_and_a_message_without_topics_is_told() -> None:
    assert figures("ログインできないのはアプリのせい", 1)["topics answered"] == pytest.approx(1)
    assert figures("これはなんですか", 0)["topics"] == 0
    assert figures("これはなんですか", 0)["without blanks"] == 1
    assert figures("why", 0)["without blanks"] == 0


def test_a_topic_that_came_after_the_articles_were_laid_out_is_unknown_to_them() -> None:
    vocabulary = Vocabulary(topics)
    before = Topics([vocabulary.learn(PHRASINGS[0])[0]], np.array([0]), vocabulary)
    vocabulary.learn("返品の方法")
    assert before.figures("返品", 0, np.zeros(1, np.float32))[0] == 1
