"""What an agent finds, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import pytest

from server import tickets
from server.database import Database
from server.errors import Invalid
from tests.tickets.search_desk import SPAM, Desk


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


SAME = [
    ("商品の返品をお願いします", "返品"),
    ("定期便を解約したいです", "解約"),
    ("商品の返品をお願いします", "品"),
    ("明日までに届く?", "届"),
    ("バッグが届きました", "ﾊﾞｯｸﾞ"),
    ("ばっぐが届きました", "バッグ"),
    ("ＡＢＣ商店です", "abc"),
    ("Café de Paris の件", "cafe"),
    ("髙﨑様へ", "高崎"),
    ("高崎様へ", "髙﨑"),
    ("辻󠄀さんの𠮷野家", "辻さん 吉野家"),
    ("注文番号はＡＢＣ－１２３４５です", "ABC-12345"),
    ("order abc-12345 has not arrived", "ABC-12345"),
    ("taro.yamada@example.co.jp から", "Taro.Yamada@Example.co.jp"),
    ("電話は０９０ー１２３４ー５６７８です", "090-1234-5678"),
    ("電話は090-1234-5678です", "+81 90 1234 5678"),
    ("TEL (03)1234-5678", "0312345678"),
    ("電話は09012345678です", "０９０－１２３４－５６７８"),
    ("電話は090-1234-5678です", "5678"),
    ("昨日届いた商品の返\n品をお願いします", "返品"),
    ("㈱山田商店", "株 山田商店"),
    ("2024年8月20日に買いました", "8月20日"),
    ("Where are my refunds?", "refund*"),
    ("これは Tシャツ です", "tシャツ"),
    ("ご注文ABCの件", "ご注文ABC"),
]
OTHER = [
    ("返事と商品", "返品"),
    ("はい", "ば"),
    ("ABC 99999 12345", '"ABC-12345"'),
    ("返品したい", "返品 交換"),
    ("refunds", "refund"),
    ("山田さん", '"田山"'),
    ("だれか", '"'),
    ("だれか", "!?"),
]
STRANGE = [
    '"返品',
    "返品*",
    "a AND OR NOT",
    "body:返品",
    "'; DROP TABLE ticket; --",
    "NEAR(a b)",
    "^",
    "\x00",
    "{head}",
    "",
]


def test_a_message_is_found_by_what_a_person_takes_as_the_same_words(desk: Desk) -> None:
    numbers = [desk.ticket("件名", written) for written, _ in SAME]
    desk.index()
    for number, (written, asked) in zip(numbers, SAME, strict=True):
        found = [hit.ticket.number for hit in desk.page(asked, limit=100).items]
        assert number in found, (written, asked)
        assert len(found) < len(SAME), asked


def test_a_message_without_the_words_is_not_found(desk: Desk) -> None:
    for written, _ in OTHER:
        desk.ticket("件名", written)
    desk.index()
    for written, asked in OTHER:
        assert written not in [hit.ticket.last_text for hit in desk.page(asked, limit=100).items], (written, asked)


def test_no_query_is_an_error(desk: Desk) -> None:
    desk.ticket("件名", "返品 body 返品")
    desk.index()
    found = {asked for asked in STRANGE if desk.page(asked).items}
    assert found == {'"返品', "返品*", "body:返品"}


def test_quoted_words_must_be_neighbours(desk: Desk) -> None:
    together = desk.ticket("件名", "please return the red shoes")
    desk.ticket("件名", "red is nice and shoes too")
    assert desk.found('"red shoes"') == [together]
    assert len(desk.found("red shoes")) == 2


def test_a_ticket_is_found_by_its_customer_in_all_their_names_and_addresses(desk: Desk) -> None:
    who = desk.customer("山田　太郎", "taro@example.jp", "phone:+819012345678", kana="ヤマダ タロウ", company="㈱緑屋")
    number = desk.ticket("お問い合わせ", "こんにちは", customer=who)
    desk.ticket("お問い合わせ", "こんにちは")
    for asked in (
        "山田太郎",
        "山田 太郎",
        "やまだ",
        "ﾔﾏﾀﾞ",
        "緑屋",
        "taro@example.jp",
        "090-1234-5678",
        "09012345678",
        "5678",
    ):
        assert desk.found(asked) == [number], asked


def test_words_may_be_parted_between_the_ticket_and_a_message(desk: Desk) -> None:
    who = desk.customer("田中 花子")
    number = desk.ticket("お問い合わせ", "こんにちは", "返品したいです", customer=who)
    desk.ticket("お問い合わせ", "返品したいです")
    desk.ticket("お問い合わせ", "交換したいです", customer=who)
    assert desk.found("田中 返品") == [number]
    assert desk.shown("田中 返品") == ["[返品]したいです"]


def test_a_ticket_is_found_by_its_notes_and_the_names_of_its_files(desk: Desk) -> None:
    number = desk.ticket("件名", "写真を送ります")
    desk.do(tickets.note, number, "電話で確認済み")
    desk.message(number, "", "領収書_2024.pdf")
    assert desk.found("確認済") == [number]
    assert desk.shown("領収書") == ["[領収書]_2024.pdf"]


def test_the_typed_number_comes_first_then_subjects_and_customers_then_texts_each_newest_first(desk: Desk) -> None:
    text_old = desk.ticket("件名", "返品したい 5")
    subject_old = desk.ticket("返品について 5", "あ")
    text_new = desk.ticket("件名", "返品したい 5")
    subject_new = desk.ticket("返品について 5", "い")
    typed = desk.ticket("関係ない", "う")
    assert typed == 5
    assert desk.found("返品") == [subject_new, subject_old, text_new, text_old]
    assert desk.found("5") == [typed, subject_new, subject_old, text_new, text_old]
    for asked in ("#5", "No.5", "＃５", "[#5]"):
        assert desk.found(asked)[0] == typed


def test_a_ticket_is_shown_once_at_its_newest_message(desk: Desk) -> None:
    number = desk.ticket("件名", "返品したい", "返品はまだですか", "ありがとう")
    desk.index()
    hits = desk.page("返品").items
    assert [(hit.ticket.number, hit.seq, hit.snippet) for hit in hits] == [(number, 2, "返品はまだですか")]


def test_a_ticket_found_by_its_subject_shows_the_message_that_matches_too(desk: Desk) -> None:
    desk.ticket("返品について", "返品したい", "ありがとう")
    assert desk.shown("返品") == ["[返品]したい"]
    desk.ticket("解約の件", "やめます")
    assert desk.shown("解約") == ["[解約]の件"]


def test_highlights_are_places_in_the_original_text(desk: Desk) -> None:
    desk.ticket("件名", "㈱ﾊﾞｯｸﾞ店の\r\n髙橋さんへ")
    assert desk.shown("バッグ 高橋") == ["㈱[ﾊﾞｯｸﾞ]店の  [髙橋]さんへ"]
    assert desk.shown("株") == ["[㈱]ﾊﾞｯｸﾞ店の  髙橋さんへ"]


def test_a_long_text_is_cut_around_the_words(desk: Desk) -> None:
    desk.ticket("件名", "あ" * 500 + "返品" + "い" * 500)
    (shown,) = desk.shown("返品")
    assert shown.startswith("…ああ")
    assert "[返品]" in shown
    assert shown.endswith("いい…")
    assert len(shown) < 130


def test_spam_is_shown_only_when_asked_for_or_by_its_number(desk: Desk) -> None:
    fine = desk.ticket("返品", "返品の文")
    spam = desk.ticket("返品", "返品の文", spam=True)
    hidden = desk.ticket("なにか", "返品の文", spam=True)
    assert desk.found("返品") == [fine]
    assert desk.found("返品", filter=SPAM) == [spam, hidden]
    assert desk.found(str(spam)) == [spam]


def test_pages_follow_each_other_without_gaps_or_repeats(desk: Desk) -> None:
    expected = []
    for _ in range(7):
        expected.append(desk.ticket("返品について", "返品"))
        number = desk.ticket("件名", "返品したい", "なにか", "返品は?")
        expected.append(number)
    desk.message(expected[1], "返品のこと")  # the oldest of the second tier speaks again
    desk.index()
    for limit in (1, 2, 3, 5, 20):
        seen: list[int] = []
        after = None
        while True:
            page = desk.page("返品", limit=limit, after=after)
            seen += [hit.ticket.number for hit in page.items]
            after = page.next
            if after is None:
                break
        subjects = expected[::2][::-1]
        texts = expected[1::2][::-1]
        assert seen == subjects + texts[-1:] + texts[:-1], limit


def test_a_cursor_that_is_none_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid):
        desk.page("返品", after="nonsense")
