"""No mail, whatever it holds, takes long, fails, or gives out what a database refuses."""

import random
import re
import time
from dataclasses import asdict, fields

import pytest

from channels.email.reading import Mail, read
from tests.channels.email.reading.letters import attached, mail, parts

# Of this thread's processor time, since tests run on busy and on slow machines; most take a thirtieth of it, and what
# grows with the square takes many times as long.
SECONDS = 5.0
UNWANTED = re.compile("[\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f]")
HTML = {"Content_Type": "text/html; charset=utf-8"}
DAEMON = {"From": "MAILER-DAEMON@x.jp", "Subject": "failure notice"}


def nested(depth: int) -> bytes:
    head = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (one, one) for one in range(depth)
    )
    return b"From: a@x.jp\r\nSubject: deep\r\n" + head + b"Content-Type: text/plain\r\n\r\ndeep text\r\n"


BOMBS = {
    "300 levels": nested(300),
    "5,000 levels": nested(5_000),
    "100,000 headers": mail("x", *["X-A: b"] * 100_000),
    "a header folded 100,000 times": mail("x", "X-A: " + "a\r\n " * 100_000),
    "3,000 parts": parts(*["Content-Type: text/plain\r\n\r\npart"] * 3_000),
    "3,000 files": parts(*[attached("attachment; filename=a.pdf")] * 3_000),
    "200,000 delimiters": mail(b"--x\r\n" * 200_000, Content_Type="multipart/mixed; boundary=y"),
    "100 nested mails": b"Content-Type: message/rfc822\r\n\r\n" * 100 + b"x",
    "5,000 recipients": mail(To=", ".join(f"u{one} <u{one}@x.jp>" for one in range(5_000))),
    "open brackets": mail(From="(" * 100_000),
    "open quotes": mail(From='"\\' * 50_000),
    "open angles": mail(From="<" * 100_000),
    "open words": mail(Subject="=?utf-8?Q?" * 30_000),
    "a line of 1.5 MB": mail("a" * 1_500_000),
    "a line of blanks": mail(" " * 1_500_000 + "x"),
    "a line of dashes": mail("- " * 700_000),
    "a line of quotes": mail(">" * 1_500_000),
    "attributions": mail("On Mon, Jan 1, 2024 at 10:00 Taro <t@x.jp>\n" * 5_000),
    "quotations and answers": mail("> a\nb\n" * 30_000),
    "rules": mail("--- --- ---\n" * 15_000),
    "uuencoded beginnings": mail("begin 644 a.txt\nM\n" * 30_000),
    "20,000 links": mail('<a href="https://x.jp" style="color:red">x</a> ' * 20_000, **HTML),
    "10,000 divs": mail("<div>" * 10_000 + "x" + "</div>" * 10_000, **HTML),
    "100,000 divs": mail("<div>" * 100_000 + "x", **HTML),
    "open formatting": mail("<b><p>" * 50_000, **HTML),
    "nested tables": mail("<table><tr><td>" * 30_000 + "x", **HTML),
    "100,000 attributes": mail("<p " + " ".join(f"a{one}=1" for one in range(100_000)) + ">x</p>", **HTML),
    "tags that never end": mail("<a " * 300_000, **HTML),
    "angles": mail("<" * 300_000, **HTML),
    "base64 of padding": mail("QQ==" * 100_000, Content_Type="application/pdf", Content_Transfer_Encoding="base64"),
    "equal signs": mail("=" * 300_000, Content_Transfer_Encoding="quoted-printable"),
    "JIS escapes": mail(b"\x1b$B\x1b(B" * 60_000, Content_Type="text/plain; charset=iso-2022-jp"),
    "noise": mail(random.Random(1).randbytes(300_000), without=("MIME-Version",)),
    "100,000 parameters": mail(Content_Type="text/plain; " + "; ".join(f"a*{one}*=%41" for one in range(100_000))),
    "references": mail("x", "References: " + "(" * 100_000 + "<" * 100_000),
    "failures": mail("<a@x.jp>:\n550 user unknown\n" * 20_000, **DAEMON),
    "addresses": mail("a@b " * 100_000, **DAEMON),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_mail_bomb_is_read_in_time(bomb: str) -> None:
    begun = time.thread_time()
    found = read(BOMBS[bomb])
    assert time.thread_time() - begun < SECONDS
    assert found.reply_text.strip() or not found.text.strip()


def test_the_text_below_300_levels_is_found() -> None:
    assert read(BOMBS["300 levels"]).text == "deep text"


def test_what_was_cut_is_marked() -> None:
    assert "headers-cut" in read(BOMBS["100,000 headers"]).marks
    assert "depth-cut" in read(BOMBS["5,000 levels"]).marks


def test_the_sender_behind_100000_headers_is_found() -> None:
    found = read(b"X-A: b\r\n" * 100_000 + mail("body"))
    assert (found.from_email, found.text) == ("taro@example.jp", "body")


def test_all_5000_recipients_are_kept() -> None:
    assert len(read(BOMBS["5,000 recipients"]).to) == 5_000


SEEDS = [
    parts(
        'Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B$"\x1b(B',
        attached("attachment; filename*=utf-8''%E3%81%82"),
    ),
    mail("<p>あ</p><blockquote>q</blockquote>", **HTML),
    mail(
        "返信\n\n2024/03/12 10:20、A <a@b.c> のメール:\n> 引用\n",
        Subject="=?utf-8?B?44GC?= =?iso-2022-jp?B?GyRCJCIbKEI=?=",
    ),
    mail("<a@x.jp>:\n550 5.1.1 unknown\n", **DAEMON),
]
STRAYS = [
    b"\x00",
    b"\xff",
    b"\x1b$B",
    b"=?",
    b"?=",
    b"<",
    b'"',
    b"\r",
    b"\n",
    b"--BOUND",
    b"\xed\xa0\x80",
    b"charset=utf-7 ",
    b"&#1;",
    b"+2AA-",
]


def mutated(raw: bytes, chance: random.Random) -> bytes:
    data = bytearray(raw)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0:
                data[at : at + 1] = bytes((chance.randrange(256),))
            case 1:
                del data[at : at + chance.randint(1, 60)]
            case 2:
                data[at:at] = chance.choice(STRAYS)
            case _:
                other = chance.randrange(len(data) + 1)
                data[at:at] = data[other : other + chance.randint(1, 80)]
    return bytes(data)


def strings(found: Mail) -> list[str]:
    text: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, str):
            text.append(value)
        elif isinstance(value, dict):
            for one in value.values():
                walk(one)
        elif isinstance(value, list | tuple):
            for one in value:
                walk(one)

    for one in fields(found):
        value = getattr(found, one.name)
        if one.name == "attachments":
            walk([(file.filename, file.content_type, file.content_id) for file in value])
        elif one.name in ("to", "cc", "reply_to", "bounces", "authentication"):
            walk([asdict(item) for item in value])
        else:
            walk(value)
    return text


@pytest.mark.parametrize("seed", range(8))
def test_damaged_mails_never_fail_and_are_always_storable(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(40):
        raw = mutated(chance.choice(SEEDS), chance)
        found = read(raw)
        assert not [text for text in strings(found) if UNWANTED.search(text)], raw
        for file in found.attachments:
            assert sum(map(len, file.chunks())) == file.size
            assert not re.search(r"[/\\\x00-\x1f]|^\.+$|^$", file.filename), raw
        assert found.reply_text.strip() or not found.text.strip()
