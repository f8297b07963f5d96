"""Letters as bytes: read back by the standard library and by our own reader, as a customer's program would."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import default

import pytest

from channels.contract import Attachment, OutboundMessage, Party, Quoted, Undeliverable
from channels.email import addresses
from channels.email.body import paragraphs
from channels.email.compose import compose
from channels.email.headers import address_header, encoded_words, text_header
from channels.email.reading import read
from tests.channels.email.network import account, letter


def written(message: OutboundMessage) -> bytes:
    chunks = list(compose(message, "our-mark").chunks())
    assert all(chunk.endswith(b"\r\n") for chunk in chunks)
    return b"".join(chunks)


def text_in(part: Message) -> str:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data.decode(str(part.get_content_charset())).replace("\r\n", "\n")


def parsed(message: OutboundMessage) -> EmailMessage:
    parsed = email.message_from_bytes(written(message), policy=default)
    assert isinstance(parsed, EmailMessage)
    for part in parsed.walk():
        assert not part.defects, part.defects
    return parsed


def a_file(name: str, data: bytes = b"data", kind: str = "application/pdf", **values: object) -> Attachment:
    def chunks() -> Iterator[bytes]:
        for start in range(0, len(data), 1000):
            yield data[start : start + 1000]

    return Attachment(name, kind, len(data), chunks, **values)  # type: ignore[arg-type]


SUBJECT = "【重要】ご注文番号12345番の商品①㈱髙島﨑様分につきまして、発送が遅れておりますことをお詫び申し上げます🙇‍♀️"


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp"])
@pytest.mark.parametrize(
    "subject", [SUBJECT, "日本語だけの件名" * 12, "plain ascii " * 20, "か\u3099" * 60, "=?fake?="]
)
def test_a_long_subject_is_folded_between_characters(subject: str, charset: str) -> None:
    raw = text_header("Subject", subject, charset).decode()
    assert all(len(line) <= 76 for line in raw.split("\r\n"))
    for word in re.findall(r"=\?[^?]+\?B\?[^?]*\?=", raw):
        (data, coding), *_ = decode_header(word)
        assert isinstance(data, bytes)
        text = data.decode(coding or "ascii")
        assert not text.startswith("\u3099")
    assert (
        str(make_header(decode_header(raw.removeprefix("Subject: ").replace("\r\n ", " ").strip()))) == subject.strip()
    )


def test_names_of_every_kind_come_back_as_they_were() -> None:
    people = [
        ("山田 太郎", "taro@example.jp"),
        ('Say "hi", Bob', "bob@example.com"),
        ("", "bare@example.com"),
        ("髙橋、﨑（営業部）" * 5, "t@example.jp"),
        ("Plain Name", "plain@example.com"),
        ("a@b.example", "other@example.com"),
    ]
    raw = address_header("To", people, "iso-2022-jp") + b"\r\n"
    assert [(one.name, one.email) for one in read(raw).to] == people
    assert all(len(line) <= 76 for line in raw.split(b"\r\n"))


def test_a_line_break_can_begin_no_header() -> None:
    evil = "x\r\nBcc: victim@example.com\r\n\r\nbody\u2028\x85\x00"
    message = letter(
        account(from_name=evil), subject=evil, sender_name=evil, in_reply_to=evil, references=(evil, "<ok@x>"),
        unsubscribe_url="https://x\r\nBcc: a@b", language=evil, key=evil, token="abc",
        attachments=(a_file(evil, kind=evil), a_file("b", content_id=evil, inline=True)),
    )  # fmt: skip
    message = replace(message, to=(Party("email", "a@b.example", evil),))
    mail = parsed(message)
    assert mail["Bcc"] is None
    assert mail["References"] == "<tabc.thread@shop.example> <ok@x>"
    with pytest.raises(Undeliverable):
        compose(letter(account(), "a@b.example\r\nBcc: c@d.example"))


def test_a_whole_page_keeps_its_look_and_has_footer_and_history_within() -> None:
    page = "<!DOCTYPE html><html><head><style>p{color:red}</style></head><body><p>発送いたしました</p></body></html>"
    history = Quoted("いつ届きますか。", name="山田太郎")
    mail = parsed(letter(account(footer="ショップ窓口"), text="発送いたしました", html=page, quoted=history))
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = (text_in(part) for part in mail.iter_parts())
    assert plain.startswith("発送いたしました\n")
    assert html.startswith("<!DOCTYPE html><html><head><style>") and html.count("<html") == html.count("</body>") == 1
    order = ("発送いたしました", "ショップ窓口", "いつ届きますか。", "</body>")
    assert sorted(order, key=html.index) == list(order)


def test_a_letter_has_text_and_html_and_what_programs_need() -> None:
    where = account(footer="ショップ窓口\nhttps://shop.example/help")
    message = letter(
        where,
        text="お世話になっております。\n\n<b> & https://shop.example/a?b=1&c=2。続き",
        token="k3y9",
        in_reply_to="parent@example.jp",
        references=("first@example.jp", "<parent@example.jp>"),
        quoted=Quoted("いつ届きますか。\n\n山田", name="山田太郎", at=datetime(2026, 3, 12, 1, 20, tzinfo=UTC)),
        signature="担当 佐藤",
    )
    mail = parsed(message)
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = (text_in(part) for part in mail.iter_parts())
    assert plain.split("\n")[0] == "お世話になっております。"
    assert "2026年3月12日(木) 10:20 山田太郎:\n> いつ届きますか。\n>\n> 山田\n" in plain
    assert plain.index("担当 佐藤") < plain.index("https://shop.example/help") < plain.index("> いつ")
    assert '&lt;b&gt; &amp; <a href="https://shop.example/a?b=1&amp;c=2">' in html
    assert "</a>。続き" in html
    assert "<blockquote" in html and "いつ届きますか。" in html
    assert mail["Message-ID"] == "<letter-1@shop.example>"
    assert mail["In-Reply-To"] == "<parent@example.jp>"
    assert mail["References"] == "<tk3y9.thread@shop.example> <first@example.jp> <parent@example.jp>"
    assert mail["Reply-To"].addresses[0].addr_spec == "support+tk3y9@shop.example"
    assert mail["From"].addresses[0].display_name == "ショップ窓口"
    assert mail["X-Madoguchi-Desk"] == "our-mark"
    assert mail["Auto-Submitted"] is None
    assert mail["List-Unsubscribe"] is None


def test_the_desks_own_line_stands_under_the_signature() -> None:
    message = letter(
        account(footer="ショップ窓口"),
        signature="担当 佐藤",
        postscript="LINEでも承ります： https://desk.example/line/go/1/2/abc",
        quoted=Quoted("いつ届きますか。"),
    )
    assert written(message) == written(message)
    plain, html = (text_in(part) for part in parsed(message).iter_parts())
    for text in (plain, html):
        assert text.index("担当 佐藤") < text.index("LINEでも承ります") < text.index("ショップ窓口")
    assert "\n\nLINEでも承ります： https://desk.example/line/go/1/2/abc\n\n" in plain
    assert '<a href="https://desk.example/line/go/1/2/abc">' in html


def test_an_automatic_letter_says_so() -> None:
    message = letter(account(), automatic=True, unsubscribe_url="https://desk.example/u/1")
    mail = parsed(message)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == "<https://desk.example/u/1>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert parsed(replace(message, in_reply_to="a@b"))["Auto-Submitted"] == "auto-replied"


def test_the_same_letter_is_the_same_bytes_at_each_try() -> None:
    message = letter(
        account(), key="3f2a/é", attachments=(a_file("a.pdf"),), created_at=datetime(2026, 1, 2, tzinfo=UTC)
    )
    assert written(message) == written(message)
    identifier = compose(message).message_id
    assert addresses.key_of(message.account, f"<{identifier}>") == "3f2a/é"
    assert addresses.key_of(message.account, "<3f2a@elsewhere.example>") is None


@pytest.mark.parametrize(
    ("text", "charset", "encoding"),
    [
        ("日本語", "utf-8", "base64"),
        ("mostly english, one café in a long line of text", "utf-8", "quoted-printable"),
        ("ascii only\n.\n..dot\nFrom here", "utf-8", "7bit"),
        ("日本語 ～ －", "iso-2022-jp", "7bit"),
        ("①は入らない", "iso-2022-jp", "base64"),
        ("長" * 3000, "iso-2022-jp", "base64"),
        ("a" * 3000, "utf-8", "quoted-printable"),
    ],
)
def test_each_text_gets_the_encoding_that_fits(text: str, charset: str, encoding: str) -> None:
    part = next(parsed(letter(account(charset=charset), text=text)).iter_parts())
    assert part["Content-Transfer-Encoding"] == encoding
    twins = str.maketrans("～－", "〜−")
    assert text_in(part).rstrip("\n").translate(twins) == text.translate(twins)
    assert all(len(line) <= 998 for line in written(letter(account(charset=charset), text=text)).split(b"\r\n"))


def test_files_and_pictures_in_place_come_back_whole() -> None:
    data = bytes(range(256)) * 4000
    message = letter(
        account(),
        html='<p>見てください <img src="cid:pic1"></p>',
        attachments=(
            a_file("見積書　髙島様.pdf", data),
            a_file("写真.png", b"\x89PNG", "image/png", inline=True, content_id="pic1"),
            a_file("forwarded.eml", b"From: x\r\n\r\nhello", "message/rfc822"),
            a_file("not shown.png", b"1", "image/png", inline=True, content_id="pic2"),
        ),
    )
    mail = parsed(message)
    files = {part.get_filename(): part for part in mail.walk() if part.get_filename()}
    assert files["見積書　髙島様.pdf"].get_content() == data
    assert files["写真.png"]["Content-ID"] == "<pic1>"
    assert files["写真.png"].get_content_disposition() == "inline"
    assert files["forwarded.eml"].get_content() == b"From: x\r\n\r\nhello"
    assert files["not shown.png"].get_content_disposition() == "attachment"
    ours = read(written(message))
    assert [file.filename for file in ours.attachments if file.inline] == ["写真.png"]


def test_our_own_reader_takes_the_history_off_again() -> None:
    for language, name in (("ja", "山田太郎"), ("en", "Taro Yamada")):
        at = datetime(2026, 3, 12, 1, 20, tzinfo=UTC)
        quoted = Quoted("いつ届きますか。", name=name, address="taro@example.jp", at=at)
        mail = read(written(letter(account(), text="届きました。", quoted=quoted, language=language)))
        assert mail.reply_text == "届きました。"


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("taro@example.jp", "taro@example.jp"),
        ("a..b.@docomo.ne.jp", '"a..b."@docomo.ne.jp'),
        (".a@ezweb.ne.jp", '".a"@ezweb.ne.jp'),
        ('"a..b."@docomo.ne.jp', '"a..b."@docomo.ne.jp'),
        ("user@日本語.jp", "user@xn--wgv71a119e.jp"),
        ("user+tag@example.jp", "user+tag@example.jp"),
        ("窓口@example.jp", "窓口@example.jp"),
        ("x@[127.0.0.1]", "x@[127.0.0.1]"),
    ],
)
def test_addresses_as_smtp_takes_them(address: str, form: str) -> None:
    assert addresses.smtp_form(address) == form


@pytest.mark.parametrize(
    "address", ["", "nobody", "@x.jp", "a@", "a@b c.jp", "a\r\n@b.jp", "a@b.jp>", "a@" + "日" * 70]
)
def test_what_is_no_address_is_undeliverable(address: str) -> None:
    with pytest.raises(Undeliverable):
        compose(letter(account(), address))


def test_the_token_is_found_where_it_was_put() -> None:
    plus = account()
    pattern = account(reply_address="pattern", reply_pattern="R-{token}@In.example")
    none = account(reply_address="none")
    for where in (plus, pattern):
        placed = addresses.reply_address(where, "abc12")
        assert addresses.find_token(where, ["x@y.example", placed.upper()]) == "abc12"
        assert addresses.belongs(where, placed)
    assert addresses.reply_address(none, "abc12") == "support@shop.example"
    thread = addresses.thread_reference(none, "abc12")
    assert addresses.find_token(none, ["support@shop.example"], ["<x@y>", f"<{thread}>"]) == "abc12"
    assert addresses.find_token(plus, ["support+sale@shop.example", "other+tabc@shop.example"]) is None
    assert addresses.find_token(plus, [], ["tabc.thread@elsewhere.example"]) is None


def test_paragraphs_keep_what_was_typed_and_run_nothing() -> None:
    html = paragraphs("一行目\n  二行目\n\n<script>x</script> (https://a.example/b_(c)) http://x.example/.")
    assert html.count("<p") == 2
    assert "一行目<br>\n&nbsp;&nbsp;二行目" in html
    assert "<script" not in html
    assert 'href="https://a.example/b_(c)"' in html
    assert 'href="http://x.example/"' in html


def test_half_a_character_becomes_a_question_mark_and_no_failure() -> None:
    broken = "a\ud83d\x00b"
    mail = parsed(letter(account(footer=broken), text=broken, subject=broken, sender_name=broken))
    assert mail["Subject"] == "a? b"


def test_an_encoded_word_is_never_longer_than_allowed() -> None:
    for charset in ("utf-8", "iso-2022-jp"):
        for word in encoded_words("あ" * 500 + "a" * 300 + "🙇" * 100, charset):
            assert len(word) <= 75
