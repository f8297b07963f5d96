"""Headers are read as they are written in the wild, and broken ones cost only themselves."""

import pytest

from channels.email.reading import Address, read
from tests.channels.email.reading.letters import jis_ms, mail, word

JA = "【重要】見積依頼①のお知らせ"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (word("見積依頼"), "見積依頼"),
        (word("見積依頼", "iso2022_jp", "ISO-2022-JP"), "見積依頼"),
        (word("見積①㈱髙", "cp932", "Shift_JIS"), "見積①㈱髙"),
        (word("見積①", "cp932", "windows-31j"), "見積①"),
        (word("見積依頼", "cp932", "ISO-2022-JP"), "見積依頼"),
        (word("見積依頼", "utf-8", "iso-2022-jp"), "見積依頼"),
        (word("見積", label="utf-8*ja"), "見積"),
        ("=?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus?= =?utf-8?q?_K=C3=B6ln?=", "Grüße aus Köln"),
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe aus K=C3=B6ln?=", "Grüße aus Köln"),
        ("=?utf-8?Q?what=3F_yes?=", "what? yes"),
        ("=?utf-8?Q?what?_yes?=", "what? yes"),
        ("Re:" + word("見積"), "Re:見積"),
        ("[A] " + word("見積") + " (2)", "[A] 見積 (2)"),
        (word("見積").replace("=?=", "?="), "見積"),
        ("=?utf-8?B??=", ""),
        ("=?utf-8?B?6KaL56mN5L6d6aC8", "見積依頼"),
        (JA.encode(), JA),
        (JA.encode("cp932"), JA),
        ("見積依頼のお知らせです".encode("euc_jp"), "見積依頼のお知らせです"),
        (jis_ms(JA), JA),
        ("Grüße".encode("latin-1"), "Grüße"),
        ("a\x00b\x07c", "abc"),
        ("  spaced   out ", "spaced   out"),
        ("", ""),
    ],
)
def test_a_subject_is_read(raw: str | bytes, text: str) -> None:
    assert read(mail(Subject=raw)).subject == text


def test_a_character_cut_between_two_words_is_put_together_again() -> None:
    import base64

    data = "システムメンテナンスのお知らせ".encode()
    cut = [base64.b64encode(data[at : at + 16]).decode() for at in range(0, len(data), 16)]
    subject = "\r\n ".join(f"=?UTF-8?B?{piece}?=" for piece in cut)
    assert read(mail(Subject=subject)).subject == "システムメンテナンスのお知らせ"


@pytest.mark.parametrize(
    ("raw", "name", "email"),
    [
        ("taro@example.jp", "", "taro@example.jp"),
        ("<taro@example.jp>", "", "taro@example.jp"),
        (f"{word('山田太郎')} <taro@example.jp>", "山田太郎", "taro@example.jp"),
        (f'"{word("山田太郎", "iso2022_jp", "ISO-2022-JP")}" <taro@example.jp>', "山田太郎", "taro@example.jp"),
        (f"{word('山田, 太郎')} <taro@example.jp>", "山田, 太郎", "taro@example.jp"),
        (f"{word('a@b <x>')} <taro@example.jp>", "a@b <x>", "taro@example.jp"),
        ("Yamada, Taro <taro@example.jp>", "Yamada, Taro", "taro@example.jp"),
        ('"Yamada, Taro" <taro@example.jp>', "Yamada, Taro", "taro@example.jp"),
        ("taro@example.jp (Taro Yamada)", "Taro Yamada", "taro@example.jp"),
        ("Taro Yamada taro@example.jp", "Taro Yamada", "taro@example.jp"),
        ("taro@example.jp <taro@example.jp>", "taro@example.jp", "taro@example.jp"),
        ("foo..bar.@docomo.ne.jp", "", "foo..bar.@docomo.ne.jp"),
        ('"foo..bar."@docomo.ne.jp', "", "foo..bar.@docomo.ne.jp"),
        ("Taro <foo..bar.@docomo.ne.jp>", "Taro", "foo..bar.@docomo.ne.jp"),
        ("山田 <taro@example.jp>".encode("cp932"), "山田", "taro@example.jp"),
        (b"\x1b$B;3ED\x1b(B <taro@example.jp>", "山田", "taro@example.jp"),
        ("Taro <taro@日本語.jp>", "Taro", "taro@日本語.jp"),
        ("Taro < taro@example.jp >", "Taro", "taro@example.jp"),
        ("Taro <mailto:taro@example.jp>", "Taro", "taro@example.jp"),
        ("a@x.jp, b@y.jp", "", "a@x.jp"),
        ('"say \\"hi\\"" <taro@example.jp>', 'say "hi"', "taro@example.jp"),
        ("MAILER-DAEMON", "MAILER-DAEMON", ""),
        ("<>", "", ""),
        ("", "", ""),
    ],
)
def test_a_sender_is_read(raw: str | bytes, name: str, email: str) -> None:
    found = read(mail(From=raw))
    assert (found.from_name, found.from_email) == (name, email)


@pytest.mark.parametrize(
    ("raw", "emails"),
    [
        ("a@x.jp, b@y.jp", ["a@x.jp", "b@y.jp"]),
        ("a@x.jp; B <b@y.jp>;", ["a@x.jp", "b@y.jp"]),
        ("Team: a@x.jp, b@y.jp;, c@z.jp", ["a@x.jp", "b@y.jp", "c@z.jp"]),
        ("undisclosed-recipients:;", []),
        ("Undisclosed recipients: ;", []),
        ('"a, b" <a@x.jp>,\r\n\t"c" <c@x.jp>', ["a@x.jp", "c@x.jp"]),
        ("a@x.jp,,b@y.jp,", ["a@x.jp", "b@y.jp"]),
        ("<@relay.jp:a@x.jp>", ["a@x.jp"]),
        ('"unclosed <a@x.jp>, b@y.jp', ["a@x.jp", "b@y.jp"]),
    ],
)
def test_recipients_are_read(raw: str, emails: list[str]) -> None:
    assert [one.email for one in read(mail(To=raw)).to] == emails


def test_a_missing_sender_is_not_replaced_by_reply_to() -> None:
    found = read(mail("x", "Reply-To: other@example.jp", without=("From",)))
    assert found.from_email == ""
    assert found.reply_to == (Address("", "other@example.jp"),)


def test_the_first_of_two_from_fields_counts() -> None:
    assert read(mail("x", "From: second@example.jp")).from_email == "taro@example.jp"


@pytest.mark.parametrize(
    ("raw", "identity"),
    [
        ("<a@x.jp>", "a@x.jp"),
        ("a@x.jp", "a@x.jp"),
        ("<>", ""),
        ("", ""),
        ("<@x.jp>", "@x.jp"),
        ("\r\n <a@x.jp>", "a@x.jp"),
        ("<OF1234 .01@x.jp>", "OF1234 .01@x.jp"),
        ("<[uuid]@x.jp>", "[uuid]@x.jp"),
        ("<a@x.jp> (comment)", "a@x.jp"),
    ],
)
def test_a_message_id_is_read_from_its_raw_text(raw: str, identity: str) -> None:
    assert read(mail(Message_ID=raw)).message_id == identity


def test_the_thread_is_read_from_broken_references() -> None:
    found = read(
        mail(
            "x",
            "References: <a@x>,<b@x><c@x>\r\n\t(note) broken\r\n <d@x>",
            "In-Reply-To: Your mail of Monday <d@x> <e@x>",
        )
    )
    assert found.references == ("a@x", "b@x", "c@x", "d@x")
    assert found.in_reply_to == "d@x"


def test_a_chain_of_25_references_keeps_its_order() -> None:
    ids = [f"ref{number}@mail.example.jp" for number in range(25)]
    folded = "\r\n\t".join(f"<{one}>" for one in ids)
    assert read(mail("x", f"References: {folded}")).references == tuple(ids)


@pytest.mark.parametrize(
    "prefix", [b"From taro Mon Jan 1 00:00:00 2024\r\n", b">From taro\r\n", b"\xef\xbb\xbf", b"\r\n\r\n", b" "]
)
def test_what_stands_in_front_of_the_headers_is_skipped(prefix: bytes) -> None:
    found = read(prefix + mail("body"))
    assert (found.subject, found.text.strip()) == ("test", "body")


@pytest.mark.parametrize("line", [b"this is no header\r\n", b"X-Broken\r\n", b"\xff\xfe\r\n"])
def test_a_bad_line_among_headers_costs_only_itself(line: bytes) -> None:
    found = read(line + mail("body"))
    assert (found.from_email, found.subject, found.text.strip()) == ("taro@example.jp", "test", "body")


def test_a_blank_before_the_colon_is_no_error() -> None:
    assert read(b"From : a@x.jp\r\nSubject : hi\r\n\r\nbody").subject == "hi"


def test_a_body_without_a_blank_line_is_still_a_body() -> None:
    found = read(b"From: a@x.jp\r\nSubject: hi\r\nThis is the text.\r\nMore text.\r\n")
    assert found.subject == "hi"
    assert found.text.split("\n")[0] == "This is the text."


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_every_line_end_is_read(end: bytes) -> None:
    raw = mail("one\r\ntwo\r\n").replace(b"\r\n", end)
    found = read(raw)
    assert (found.subject, found.text.split()) == ("test", ["one", "two"])


def test_dates_become_aware_or_stay_away() -> None:
    assert read(mail(Date="Tue, 12 Mar 2024 10:20:30 +0900")).date is not None
    assert read(mail(Date="Tue, 12 Mar 2024 10:20:30 -0000")).date.tzinfo is not None  # type: ignore[union-attr]
    assert read(mail(Date="yesterday")).date is None
    assert read(mail(Date="Tue, 12 Mar 99999 10:20:30 +0900")).date is None


def test_authentication_results_are_told_with_their_server() -> None:
    found = read(
        mail(
            "x",
            "Authentication-Results: mx.desk.example; dkim=fail header.d=a.jp;\r\n"
            " dkim=pass header.d=b.jp; spf=pass; dmarc=none",
        )
    ).authentication
    assert [(one.server, one.dkim, one.spf, one.dmarc) for one in found] == [
        ("mx.desk.example", "pass", "pass", "none")
    ]


def test_delivery_and_loop_headers_are_kept() -> None:
    found = read(mail("x", "Delivered-To: inbox@desk.example", "X-Madoguchi-Desk: desk-1", "List-Id: News <news.x.jp>"))
    assert found.delivered_to == ("inbox@desk.example",)
    assert found.loop_marks == ("desk-1",)
    assert found.list_id == "news.x.jp"
