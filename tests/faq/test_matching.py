"""What the matcher decides, and that its confidence comes from the articles themselves."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from functools import cache

import pytest

from server.faq.confidence import Shift, learn, shipped
from server.faq.encoders import NoEncoder, UniversalEncoder
from server.faq.features import NAMES
from server.faq.lines import match_lines
from server.faq.matching import Matcher
from server.faq.questions import asking, read, read_all

ARTICLES = {
    "cancel": ["注文をキャンセルしたい", "購入を取り消すにはどうすればいいですか", "注文の取り消しはできますか"],
    "shipping": ["送料はいくらですか", "配送料を教えてください", "送料無料になる金額は？"],
    "password": ["パスワードを忘れました", "ログインできません", "パスワードを再設定したい"],
    "receipt": ["領収書を発行してください", "領収書はどこでもらえますか", "宛名を会社名にした領収書が欲しい"],
    "hours": ["店舗の営業時間を教えてください", "お店は何時までですか", "定休日はいつですか"],
}


@cache
def encoder() -> UniversalEncoder:
    return UniversalEncoder()


def shop() -> Matcher:
    matcher = Matcher(encoder())
    for id, phrasings in ARTICLES.items():
        matcher.put(id, "ja", phrasings)
    return matcher


def test_a_question_close_to_an_article_is_answered_and_small_talk_is_not() -> None:
    matcher = shop()
    found = matcher.match("注文をキャンセルしたいのですが")
    assert (found.decision, found.entries[0].id) == ("answer", "cancel")
    assert found.entries[0].confidence > 0.9
    assert matcher.match("今日はいい天気ですね").decision != "answer"
    assert [matcher.match(text).decision for text in ("", "   ", "！？", "😀")] == ["none"] * 4


def test_words_of_another_languages_articles_change_nothing_before_or_after_they_are_laid_out() -> None:
    text = "my passwordを忘れました"
    alone, early, late = shop(), shop(), shop()
    expected = alone.match(text, "ja")
    assert early.match(text, "ja") == expected
    for matcher in (early, late):
        matcher.put("account", "en", ["I forgot my password", "how do I change my password"])
        assert matcher.match("my password", "en").entries[0].id == "account"
        assert matcher.match(text, "ja") == expected


def test_an_added_article_is_found_by_the_very_next_message_and_a_removed_one_by_none() -> None:
    matcher = shop()
    text = "犬用の傘は売っていますか"
    assert matcher.match(text).decision != "answer"
    matcher.put("umbrella", "ja", ["犬の傘はありますか", "ペット用の傘を売っていますか"])
    found = matcher.match(text)
    assert (found.decision, found.entries[0].id) == ("answer", "umbrella")
    matcher.remove("umbrella")
    found = matcher.match(text)
    assert found.decision != "answer"
    assert "umbrella" not in [entry.id for entry in found.entries]


def test_confidences_fall_from_the_first_to_the_third() -> None:
    confidences = [entry.confidence for entry in shop().match("領収書の宛名について").entries]
    assert len(confidences) == 3
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= sure <= 1 for sure in confidences)


def test_each_language_is_asked_in_its_own_articles() -> None:
    matcher = shop()
    matcher.put("cancel", "en", ["How do I cancel my order?", "cancel an order"])
    matcher.put("returns", "en", ["How do I return an item?", "send a product back"])
    matcher.put("track", "en", ["Where is my parcel?", "track my delivery"])
    assert matcher.match("I want to cancel my order").entries[0].id == "cancel"
    assert {entry.id for entry in matcher.match("where is my package").entries} == {"cancel", "returns", "track"}
    assert matcher.match("送料はいくら").entries[0].id == "shipping"


def test_a_language_without_articles_is_suggested_for_from_another_but_never_answered() -> None:
    found = shop().match("I forgot my password and cannot log in")
    assert found.entries[0].id == "password"
    assert found.decision != "answer"


def test_without_a_model_words_suggest_and_nothing_is_answered() -> None:
    matcher = Matcher(NoEncoder())
    for id, phrasings in ARTICLES.items():
        matcher.put(id, "ja", phrasings)
    found = matcher.match("送料はいくらですか")
    assert found.entries[0].id == "shipping"
    assert found.decision == "suggest"


def test_the_threshold_is_raised_by_articles_that_nothing_tells_apart() -> None:
    apart, alike = Matcher(encoder()), Matcher(encoder())
    for id, phrasings in ARTICLES.items():
        apart.put(id, "ja", phrasings)
        alike.put(id, "ja", phrasings)
        alike.put(id + " again", "ja", [text + "。" for text in phrasings])
    told = apart.rehearsal("ja")
    confused = alike.rehearsal("ja")
    assert told is not None and confused is not None
    assert told[3] >= shipped().threshold
    assert confused[3] > told[3]
    assert alike.match("送料はいくらですか").decision != "answer"


def test_one_article_alone_is_only_suggested() -> None:
    matcher = Matcher(encoder())
    matcher.put("only", "ja", ["送料はいくらですか"])
    assert matcher.match("送料はいくらですか").decision != "answer"


def test_confirmed_answers_shift_the_confidence_towards_what_they_showed() -> None:
    assert learn([], []) == Shift()
    worse = learn([3.0] * 60, [False] * 45 + [True] * 15)
    better = learn([0.0] * 60, [True] * 60)
    import numpy as np

    at = np.array([3.0, 0.0], np.float32)
    plain = Shift().probability(at)
    assert worse.probability(at)[0] < plain[0] - 0.1
    assert better.probability(at)[1] > plain[1] + 0.1


def test_the_shipped_model_knows_its_figures() -> None:
    assert len(shipped().weights) == len(NAMES)
    assert abs(shipped().weights).max() > 0
    assert 0.9 <= shipped().threshold < 1


def test_what_is_asked_is_found_between_greetings_and_thanks() -> None:
    mail = (
        "株式会社まどぐち 御中\n\nお世話になっております。\n山田と申します。\n先日そちらで靴を購入しました。\n"
        "サイズが合わないので交換できますでしょうか。\nまた、送料はいくらですか？\nよろしくお願いいたします。"
    )
    assert asking(mail) == ["サイズが合わないので交換できますでしょうか。", "また、送料はいくらですか?"]
    english = "Hello,\nI bought a lamp last week.\nHow do I return it? Thanks a lot,\nJane"
    assert asking(english)[0].endswith("How do I return it?")


def test_a_mail_of_two_questions_is_never_half_answered() -> None:
    found = read(shop(), "お世話になります。\n注文をキャンセルしたいです。\nそれから、領収書はどこでもらえますか？")
    assert found.decision == "suggest"
    assert {entry.id for entry in found.entries[:2]} == {"cancel", "receipt"}


def test_a_long_mail_with_one_question_is_answered() -> None:
    found = read(
        shop(),
        "お世話になっております。佐藤と申します。\n昨日はありがとうございました。\n"
        "パスワードを忘れてしまいログインできません。\nよろしくお願いいたします。\n",
    )
    assert (found.entries[0].id, found.decision) == ("password", "answer")


def test_messages_that_are_read_together_are_answered_as_each_alone() -> None:
    said = ["送料は？", "", "how much is delivery?", "注文を取り消したい。領収書はどこですか？", "？？"] * 4
    alone = [read(shop(), text) for text in said]
    for one, other in zip(alone, read_all(shop(), said), strict=True):
        assert (one.decision, [entry.id for entry in one.entries]) == (
            other.decision,
            [entry.id for entry in other.entries],
        )
        assert [entry.confidence for entry in one.entries] == pytest.approx(
            [entry.confidence for entry in other.entries], abs=1e-3
        )


def test_of_a_very_long_mail_the_beginning_and_the_end_are_read() -> None:
    told = "昨日はとても良い天気でした。" * 7000
    mail = f"お世話になっております。\n送料はいくらですか。\n{told}\n返品はできますか。\nよろしくお願いいたします。"
    assert len(mail) > 95_000
    assert asking(mail) == ["送料はいくらですか。", "返品はできますか。"]
    many = [f"{place}番目の商品はいつ届きますか。" for place in range(10)]
    assert asking("\n".join(many)) == [*many[:3], *many[-3:]]


@pytest.mark.parametrize(
    "text", ["あ" * 100_000, "送料 " * 30_000, "?" * 50_000, "\x00\n\r\t", "\n".join("質問？" * 3000)]
)
def test_hostile_texts_are_read_quickly_and_never_raise(text: str) -> None:
    assert read(shop(), text).decision in ("suggest", "none", "answer")


def test_who_asks_the_same_twice_asks_one_question() -> None:
    found = read(shop(), "送料はいくらですか？ 送料はいくらですか？ 急いでいます。送料はいくらですか？")
    assert (found.entries[0].id, found.decision) == ("shipping", "answer")


def test_languages_are_known_however_they_are_written() -> None:
    out = io.StringIO()
    told: list[dict[str, object]] = [
        {"op": "add", "id": "EN", "question": "How much is shipping?", "lang": "EN"},
        {"op": "add", "id": "de", "question": "Wie hoch sind die Versandkosten?", "lang": "de"},
        {"op": "add", "id": "ja", "question": "返品できますか？", "lang": "ja_JP"},
        {"op": "query", "id": "1", "text": "How much is shipping?"},
        {"op": "query", "id": "2", "text": "Wie hoch sind die Versandkosten?"},
        {"op": "query", "id": "3", "text": "返品できますか？"},
    ]
    assert match_lines(io.StringIO("\n".join(json.dumps(line) for line in told)), out, encoder(), pytest.fail)
    firsts = [json.loads(line)["entries"][0]["id"] for line in out.getvalue().splitlines()]
    assert firsts == ["EN", "de", "ja"]


def test_lines_in_and_out() -> None:
    told = [
        *(
            {"op": "add", "id": id, "question": texts[0], "alternatives": texts[1:], "answer": "…", "lang": "ja"}
            for id, texts in ARTICLES.items()
        ),
        {"op": "query", "id": "1", "text": "配送料を知りたい"},
        {"op": "remove", "id": "shipping"},
        {"op": "query", "id": "2", "text": "配送料を知りたい"},
    ]
    out = io.StringIO()
    assert match_lines(io.StringIO("\n".join(json.dumps(line) for line in told)), out, encoder(), pytest.fail)
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert (first["id"], first["entries"][0]["id"]) == ("1", "shipping")
    assert set(first) == {"id", "decision", "entries"} and set(first["entries"][0]) == {"id", "confidence"}
    assert second["id"] == "2" and "shipping" not in [entry["id"] for entry in second["entries"]]


def test_a_line_that_cannot_be_read_is_told_of_and_the_next_one_answered() -> None:
    out, told = io.StringIO(), list[str]()
    odd = [
        '{"op":"ask"}',
        "送料は？",
        "[]",
        '{"op":"query"}',
        '{"op":"query","id":"x","text":"\\ud800"}',
        '{"op":"add","id":7,"question":"送料はいくらですか","alternatives":null,"lang":null}',
        '{"op":"query","id":1,"text":"送料はいくらですか"}',
        '{"op":"query","id":"2","text":null}',
        '{"op":"query","id":"3"}',
    ]
    assert not match_lines(io.StringIO("\ufeff" + "\r\n".join(odd)), out, encoder(), told.append)
    assert [line.split(":")[0] for line in told] == [f"Line {number}" for number in range(1, 6)]
    first, *others = (json.loads(line) for line in out.getvalue().splitlines())
    assert (first["id"], first["entries"][0]["id"]) == (1, 7)
    assert others == [{"id": id, "decision": "none", "entries": []} for id in ("2", "3")]


def test_the_command_answers_each_line_at_once() -> None:
    command = [sys.executable, "-m", "server", "faq", "match"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write('{"op":"query","id":"1","text":"hello"}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"id": "1", "decision": "none", "entries": []}
        process.stdin.close()
        assert process.wait(60) == 0


def test_a_mere_greeting_gets_nothing_unless_an_article_is_for_greetings() -> None:
    matcher = Matcher(encoder())
    matcher.put("hours", "ja", ["営業時間を教えてください"])
    matcher.put("hours", "en", ["When are you open?"])
    greetings = [
        "こんにちは",
        "お世話になっております。",
        "hello",
        "Hi there!",
        "こんばんは！いつもお世話になっております。",
    ]
    assert [found.decision for found in read_all(matcher, greetings)] == ["none"] * 5
    assert [found.entries for found in read_all(matcher, greetings)] == [[]] * 5
    asked = ["こんにちは、何時まで営業してますか", "hello my order did not come when are you open"]
    assert all(found.entries for found in read_all(matcher, asked))
    matcher.put("greeting", "ja", ["こんにちは", "はじめまして"])
    assert read(matcher, "こんにちは").entries[0].id == "greeting"
    matcher.remove("greeting")
    assert not read(matcher, "こんにちは").entries
