"""Thanks alone are told from thanks that go on with a wish."""

from __future__ import annotations

import pytest

from server.answers.thanks import only_thanks


@pytest.mark.parametrize(
    "text",
    [
        "お世話になっております。\nご回答ありがとうございました。助かりました。",
        "ありがとうございます！解決しました。",
        "ありがとう😊",
        "有難うございました。いつもご丁寧にご対応いただき、感謝しております。",
        "Thanks for the quick reply!\nBest regards",
        "THANK YOU SO MUCH",
    ],
)
def test_thanks(text: str) -> None:
    assert only_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "ありがとうございます 壊れていました",
        "ありがとうございました。でも届きません",
        "ありがとうございます、返品お願いします",
        "ありがとう？",
        "解決しました",
        "こんにちは",
        "",
        "Thanks, but it does not work",
        "Thank you, I want a refund",
        "Thanks. 123",
    ],
)
def test_no_thanks_or_more_than_that(text: str) -> None:
    assert not only_thanks(text)
