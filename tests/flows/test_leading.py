"""Leading a customer: choices, forms, orders, articles; back, again, a person; words that are nearly a label."""

from __future__ import annotations

import pytest

from server.flows import leading
from server.flows.talk import Answer, Arranged, Ended, HandedOver, Heard, Matched
from tests.flows.worlds import Talk, World, of_steps, sample


def test_an_order_is_told_to_whoever_knows_number_and_mail() -> None:
    talk = Talk(sample())
    assert "ご用件をお選びください" in talk.now.text
    assert talk.labels() == ["注文の状況", "返品・交換", "営業時間", "その他のご質問", "担当者に相談する"]
    talk.say("注文の状況", "Ａ－1024", "HANA@customer.example")
    assert talk.at == "find", "the number is looked up as it was written"
    talk.say("A-1024", "<hana@customer.example> です")
    assert "https://carrier.example/1" in talk.now.text
    assert talk.at == "more"
    assert talk.say("いいえ、大丈夫です").acts == (Ended(True),)


def test_wrong_number_and_wrong_mail_are_told_in_the_same_words_and_lead_to_a_person() -> None:
    talk = Talk(sample())
    wrong_number = talk.say("注文の状況", "A-1", "hana@customer.example").text
    wrong_mail = talk.say("A-1024", "x@customer.example").text
    assert wrong_number == wrong_mail
    moved = talk.say("A-1024", "y@customer.example")
    assert moved.acts == (HandedOver(None, "written"),)
    assert "見つかりませんでした" in moved.text
    tried = Talk(sample(), World(tries=0))
    assert tried.say("注文の状況", "A-1024", "hana@customer.example").acts == (HandedOver(None, "wait"),)


def test_a_form_collects_can_be_corrected_and_is_handed_over_whole() -> None:
    talk = Talk(sample())
    talk.say("返品交換", "A-1024", "1", "破損・不良", "スキップ")
    assert "ご注文番号をお知らせください: A-1024" in talk.now.text
    talk.say("修正する", "A-1025", "交換", "割れていました")
    assert talk.now.state is not None and talk.now.state.misses == 1
    talk.say("破損不良", "箱もつぶれています", "はい")
    assert talk.now.acts == (Arranged(("返品",), "", ()), HandedOver(None, "written"))
    assert talk.noted() == {
        "back": "返品・交換", "number": "A-1025", "wish": "交換", "why": "破損・不良", "more": "箱もつぶれています",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "leads"),
    [
        ("注文の状況です", "find"),
        ("1", "find"),
        ("２", "goods"),
        ("その他のご質問", "faq"),
        ("その他の質問", "faq"),
        ("うーん", "top"),
    ],
)
def test_words_that_are_a_label_or_nearly_are_understood(said: str, leads: str) -> None:
    assert (talk := Talk(sample())).say(said) and talk.at == leads


@pytest.mark.parametrize(
    "said", ["担当者に相談する", "人と話したい", "オペレーターにつないでください", "I want to talk to a human"]
)
def test_a_person_comes_whenever_asked_for(said: str) -> None:
    assert Talk(sample()).say("注文の状況", said).acts == (HandedOver(None, "asked"),)


def test_what_is_not_understood_is_asked_twice_again_and_then_a_person_comes() -> None:
    talk = Talk(sample())
    talk.say("うーん", "えーと")
    assert talk.at == "top"
    assert talk.say("どうしよう").acts == (HandedOver(None, "unclear"),)


def test_back_and_again() -> None:
    talk = Talk(sample())
    talk.say("返品・交換", "A-1", "返品")
    assert talk.say("戻る").state is not None and "ご希望はどちら" in talk.now.text
    talk.say("戻る", "戻る")
    assert talk.at == "top"
    assert talk.now.noted == ()
    talk.say("注文の状況", "A-1", "最初から")
    assert (talk.at, talk.now.noted) == ("top", ())


def test_a_tap_counts_once_and_an_older_one_leads_back_there() -> None:
    talk = Talk(sample())
    talk.tap("order")
    assert talk.tap("order", 1).ignored
    assert talk.at == "find"
    assert "営業中" in talk.tap("hours", 1).text
    assert talk.at == "more"
    assert talk.tap("hours", 1).ignored
    assert talk.tap("gone", 99).state is not None
    assert talk.at == "more"


def test_the_articles_answer_where_no_label_fits() -> None:
    answer = Answer(3, "送料はいくらですか", "全国一律500円です。")
    world = World(articles={3: answer}, says={"送料は？": Matched(True, (answer,)), "送料": Matched(False, (answer,))})
    talk = Talk(sample(), world)
    assert "全国一律500円" in talk.say("送料は？").text
    assert "解決しましたか" in talk.now.text
    assert talk.say("はい").acts == (Ended(True),)
    unsure = Talk(sample(), world)
    unsure.say("その他のご質問", "送料")
    assert unsure.labels()[:2] == ["送料はいくらですか", "この中にはありません"]
    assert "500円" in unsure.tap("f3").text
    assert unsure.say("いいえ").acts == (HandedOver(None, "written"),)
    asked = leading.begin(sample(), "ja", world, Heard("送料は？"))
    assert "500円" in asked.text and "ご用件" not in asked.text
    at_once = leading.begin(sample(), "en", world, Heard("My order"))
    assert at_once.state is not None and at_once.state.at == "find"


def test_branches_follow_hours_and_segments_and_circles_end_with_a_person() -> None:
    person = {"kind": "person", "id": "p", "team": 4}
    flow = of_steps(
        {"kind": "branch", "id": "b", "cases": [{"id": "c", "test": "segment", "value": "7", "steps": [person]}]}
    )
    assert leading.begin(flow, "ja", World()).acts == (HandedOver(4, "written"),)
    shut = Talk(sample(), World(open=False)).say("営業時間")
    assert "営業時間外" in shut.text
    circle = of_steps({"kind": "say", "id": "a", "words": {"ja": "a"}}, {"kind": "go", "id": "g"}, team=2)
    assert leading.begin(circle, "ja", World()).acts == (HandedOver(2, "stuck"),)


@pytest.mark.parametrize(
    ("type", "wrong", "right", "kept"),
    [
        ("mail", "hanako", "Hana@Customer.example です", "hana@customer.example"),
        ("phone", "123", "０９０−１２３４−５６７８", "+819012345678"),
        ("number", "たくさん", "１，２００", "1200"),
        ("date", "12", "2026年8月20日", "2026-08-20"),
        ("choice", "緑", "赤色", "赤"),
    ],
)
def test_an_answer_is_checked_by_its_kind(type: str, wrong: str, right: str, kept: str) -> None:
    asked = {"kind": "ask", "id": "a", "field": {"id": "f", "label": {"ja": "？"}, "type": type, "to": "custom",
             "options": [{"ja": "赤"}, {"ja": "青"}]}}  # fmt: skip
    talk = Talk(of_steps(asked, {"kind": "person", "id": "p"}))
    assert talk.say(wrong).state is not None
    if type == "choice":
        right = "赤"
    assert talk.say(right).state is None
    assert [(one.value, one.to) for one in talk.now.noted] == [(kept, "custom")]


def test_time_up_hands_over_what_was_said_without_a_word() -> None:
    talk = Talk(sample())
    talk.say("注文の状況", "A-1024")
    assert talk.now.state is not None
    moved = leading.give_up(sample(), talk.now.state)
    assert (moved.text, moved.acts) == ("", (HandedOver(None, "silent"),))
    assert [one.value for one in moved.noted] == ["注文の状況", "A-1024"]
