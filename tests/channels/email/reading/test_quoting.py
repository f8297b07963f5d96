"""What the customer wrote now is told from what the mailer quoted, for the mailers and languages of the world."""

import random
import re

import pytest

from channels.email.reading.quoting import reply, splitters
from tests.channels.email.reading.letters import table

JA = "お世話になっております。佐藤です。\n\n商品は届きました。\nよろしくお願いいたします。"
JA_ORIGINAL = "お客様各位\n\nお問い合わせありがとうございます。\n\nサポート窓口"
JA_QUOTED = "\n".join("> " + line for line in JA_ORIGINAL.split("\n"))
EN = "Thanks, that works.\n\nOne more question: when will it ship?"
ORIGINAL = "Dear customer,\n\nplease restart.\n\nSupport"
QUOTED = "\n".join("> " + line for line in ORIGINAL.split("\n"))

PLACES = {
    "@JA_QUOTED@": JA_QUOTED,
    "@JA_ORIGINAL@": JA_ORIGINAL,
    "@QUOTED@": QUOTED,
    "@ORIGINAL@": ORIGINAL,
}
# What follows the new text, by client; signatures and device lines go with the quotation.
JAPANESE = table("quotations_ja.txt", PLACES)
OTHERS = table("quotations.txt", PLACES)
# Texts of customers that look like quotations and are none, and forwarded mails, which stay.
KEPT = table("kept.txt", PLACES)


def same(one: str, other: str) -> bool:
    return re.sub(r"\s+", " ", one).strip() == re.sub(r"\s+", " ", other).strip()


@pytest.mark.parametrize("client", JAPANESE)
def test_japanese_quotations_are_cut(client: str) -> None:
    found = reply(JA + JAPANESE[client], [], "Re: 見積")
    assert same(found, JA), found


@pytest.mark.parametrize("client", OTHERS)
def test_quotations_in_other_languages_are_cut(client: str) -> None:
    found = reply(EN + OTHERS[client], [], "Re: order")
    assert same(found, EN) or same(found, EN + " Regards, Taro"), found


@pytest.mark.parametrize("case", KEPT)
def test_what_only_looks_like_a_quotation_stays(case: str) -> None:
    assert same(reply(KEPT[case], [], "order"), KEPT[case])


def test_a_forwarded_mail_stays_when_the_subject_says_so() -> None:
    text = "See below.\n\nFrom: A <a@b.c>\nSent: Tuesday, March 12, 2024 10:20 AM\nTo: x\nSubject: y\n\nbroken"
    assert same(reply(text, [], "FW: y"), text)
    assert same(reply(text, [], "RE: y"), "See below.")


def test_answers_between_introduced_quotations_are_gathered() -> None:
    text = (
        "On Tue, Mar 12, 2024 at 10:20 AM Support <s@d.e> wrote:\n> Which color?\n\nRed.\n\n> Which size?\n\nLarge.\n"
    )
    assert reply(text, [], "Re: x").split() == ["Red.", "Large."]


def test_answers_between_quotations_that_nobody_introduced_keep_them() -> None:
    text = "> Which color?\nRed.\n> Which size?\nLarge."
    assert reply(text, [], "Re: x") == text


def test_a_quoted_line_that_was_wrapped_is_still_quoted() -> None:
    quoted = "> " + "a long line of the original that some mailer in between has broken apart and\nleft over\n> more\n"
    assert reply("Yes.\n\nOn Mar 12, 2024, at 10:20, A <a@b.c> wrote:\n\n" + quoted, [], "Re: x") == "Yes."


def test_code_between_fences_is_never_a_quotation() -> None:
    text = "```\nOn Mon, Jan 1, 2024, x wrote:\n> a\n```\nthis is my code"
    assert reply(text, [], "Re: x") == text


def test_a_text_is_never_left_without_a_reply() -> None:
    text = "> nothing new\n> at all"
    assert reply(text, [], "Re: x") == text


def test_an_address_that_the_customer_announces_is_no_signature() -> None:
    text = (
        "下記の住所へ送ってください。\n--------------------\n〒100-0001 東京都\nTEL 03-1111-2222\n--------------------"
    )
    assert reply(text, [], "住所変更") == text


PIECES = (
    "On Mon, 5 Jan 2026 at 10:00, Taro Yamada <taro@example.jp> wrote:",
    "On Mon, 5 Jan 2026 at 10:00, Taro",
    "<taro@example.jp> wrote:",
    "2026年1月5日(月) 10:00 山田 太郎 <taro@example.jp>:",
    "山田さんは書きました：\u3000",
    "2026-01-05 10:00 GMT+09:00 Taro Yamada",
    "Posted by Taro on 2026-01-05",
    "----- Taro wrote on 2026-01-05 10:00 -----",
    "Taro Yamada wrote",
    "10:00 に 5 個届きました",
    "ありがとうございます。",
    "> 引用",
    "\u200b",
    "",
)


def test_no_introduction_is_missed_by_the_quick_look_before_it() -> None:
    pick = random.Random(3)
    introduced = 0
    for _ in range(1_500):
        lines = pick.choices(PIECES, k=pick.randrange(1, 9))
        lines = [line[: pick.randrange(len(line) + 1)] if pick.random() < 0.1 else line for line in lines]
        promising = splitters.promising(lines)
        for at in range(len(lines)):
            if splitters.attribution(lines, at, bool(at % 2), False):
                introduced += 1
                assert promising[at], lines[at:]
    assert introduced > 300
    assert (
        splitters.promising(["お世話になっております。", "返品したいです。", "", "どうすればよいですか。"])
        == [False] * 4
    )
