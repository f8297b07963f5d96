"""What the desk reads out of a body, whatever site, browser or program wrote it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_from_bytes

import aiohttp
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from channels.contract import Arrival, OutboundMessage, Party, Raw, Undeliverable
from channels.form import FormChannel, FormDefinition
from channels.form.definition import DefinitionError
from channels.form.subjects import subject_of
from channels.form.submission import open_body
from channels.multipart import BodyError
from tests.channels.form.conftest import GOOD, Counter, account, settings

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"


def encoded(codec: str, **fields: str) -> bytes:
    """A body as a page in that encoding posts it."""
    pairs = (f"{name}={quote_from_bytes(text.encode(codec))}" for name, text in {**GOOD, **fields}.items())
    return "&".join(pairs).encode()


def part(name: str | bytes, body: bytes, more: bytes = b"") -> bytes:
    """One part of a multipart body."""
    name = name if isinstance(name, bytes) else name.encode()
    return b'--b\r\nContent-Disposition: form-data; name="' + name + b'"' + more + b"\r\n\r\n" + body + b"\r\n"


def multipart(*parts: bytes) -> bytes:
    """A multipart body with all that is required."""
    return b"".join([*(part(name, text.encode()) for name, text in GOOD.items()), *parts]) + b"--b--\r\n"


FORM = {
    "slug": "contact",
    "title": {"ja": "お問い合わせ", "en": "Enquiry"},
    "fields": [
        {"name": "topic", "type": "select", "label": "種類", "options": [{"value": "r", "label": "返品"}]},
        {"name": "order", "label": "注文番号"},
        {"name": "body", "type": "textarea", "label": "内容", "role": "body"},
    ],
}
WRITTEN = "お世話になっております。\n商品がまだ届きません。至急お願いします。"
SAID = {"topic": ("r",), "order": ("A-77",), "body": (WRITTEN,)}


@pytest.mark.parametrize(
    ("pattern", "other", "subject"),
    [
        ("", {}, "お問い合わせ：返品"),
        ("", {"topic": ()}, "お問い合わせ：商品がまだ届きません"),
        ("", {"topic": (), "body": ()}, "お問い合わせ"),
        ("", {"topic": (), "body": ("あ" * 80,)}, "お問い合わせ：" + "あ" * 29 + "…"),
        ("【{topic}】{order} {words}", {}, "【返品】A-77 商品がまだ届きません"),
        ("【{topic}】{order} {words}", {"order": ()}, "【返品】 商品がまだ届きません"),
        ("【{topic}】{order}", {"topic": ()}, "A-77"),
        ("{title}: {order}", {"order": ()}, "お問い合わせ"),
        ("{order}", {"order": ("{title}",)}, "{title}"),
        ("{order}", {"order": ()}, "お問い合わせ"),
    ],
)
def test_a_ticket_from_a_form_is_called_what_it_is_about(pattern: str, other: dict[str, Any], subject: str) -> None:
    form = FormDefinition.parse({**FORM, "subject": pattern})
    options = {"r": "返品"}
    told = subject_of(form, {**SAID, **other}, "ja", lambda _, values: [options.get(value, value) for value in values])
    assert told == subject


def test_a_subject_that_speaks_of_no_field_is_refused() -> None:
    with pytest.raises(DefinitionError, match="no field is called colour"):
        FormDefinition.parse({**FORM, "subject": {"ja": "{title} {colour}"}})


async def test_a_submission_becomes_a_message(counter: Counter) -> None:
    sent = {**GOOD, "kana": "ヤマダ タロウ", "phone": "０９０ー１２３４ー５６７８", "order_number": "A-77"}
    counter.desk.set_accounts(account(team_id=3, priority="high", tags=["web"]))
    await counter.post({**sent, "utm_source": "flyer", "_private": "x"})
    message = counter.message()
    assert message.sender == Party("email", "taro@shop.example", "山田 太郎", verified=False)
    assert message.text == (
        "まだ届きません。\n\nフリガナ：ヤマダ タロウ\n電話番号：090-1234-5678\nご注文番号：A-77\n"
        "お問い合わせの種類：お届けについて\nutm_source：flyer"
    )
    assert message.subject == "お問い合わせ：お届けについて"
    assert message.fields == {
        "utm_source": "flyer",
        "kana": "ヤマダ タロウ",
        "name": "山田 太郎",
        "email": "taro@shop.example",
        "phone": "+819012345678",
        "order_number": "A-77",
        "topic": "delivery",
        "consent": True,
    }
    assert (message.routing.team_id, message.routing.priority, message.routing.tags) == (3, "high", ("web",))
    assert message.acknowledge
    assert message.language == "ja"


async def test_who_leaves_no_mail_address_is_known_by_phone_or_by_this_form_alone(counter: Counter) -> None:
    fields = [
        {"name": "phone", "type": "phone", "label": "電話", "role": "phone"},
        {"name": "text", "type": "textarea", "label": "内容", "role": "body"},
    ]
    counter.desk.set_accounts(account(fields=fields))
    await counter.post({"phone": "03-1234-5678", "text": "一"})
    await counter.post({"phone": "", "text": "二"})
    assert counter.message(0).sender == Party("phone", "+81312345678", verified=False)
    assert counter.message(1).sender.kind == "form"
    assert not counter.message(1).acknowledge


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "euc_jp", "iso2022_jp"])
@pytest.mark.parametrize("text", ["返品をお願いします。", "ﾃｽﾄです", "表示がおかしい"])
async def test_a_page_in_any_japanese_encoding_is_read(counter: Counter, codec: str, text: str) -> None:
    if codec == "iso2022_jp":
        text = text.replace("ﾃｽﾄ", "テスト")
    answer = await counter.post(encoded(codec, message=text), **{"Content-Type": URLENCODED})
    assert answer.status == 303
    assert counter.message().text.startswith(text)
    assert counter.message().sender.name == "山田 太郎"


async def test_what_a_legacy_encoding_lacks_comes_as_a_reference_and_is_brought_back(counter: Counter) -> None:
    body = encoded("cp932", message="①㈱髙橋です&#128522;", _charset_="Shift_JIS")
    await counter.post(body, **{"Content-Type": URLENCODED})
    assert counter.message().text.startswith("①㈱髙橋です😊")


@pytest.mark.parametrize("label", ["utf-8", "iso-8859-1", "nonsense", "shift_jis"])
async def test_a_charset_that_lies_is_found_out(counter: Counter, label: str) -> None:
    body = encoded("cp932", message="届きません", _charset_=label)
    await counter.post(body, **{"Content-Type": f"{URLENCODED}; charset={label}"})
    assert counter.message().text.startswith("届きません")


async def test_files_come_as_they_were_sent(counter: Counter) -> None:
    picture = bytes(range(256)) * 8000
    form = aiohttp.FormData()
    for name, value in GOOD.items():
        form.add_field(name, value)
    form.add_field("photos", io.BytesIO(picture), filename="壊れた皿.png", content_type="image/png")
    form.add_field("photos", b"", filename="", content_type="application/octet-stream")
    form.add_field("photos", b"%PDF", filename="注文書.pdf", content_type="application/pdf")
    assert (await counter.post(form)).status == 303
    first, second = counter.message().attachments
    assert (first.filename, first.content_type, first.size) == ("壊れた皿.png", "image/png", len(picture))
    assert b"".join(first.chunks()) == b"".join(first.chunks()) == picture
    assert (second.filename, b"".join(second.chunks())) == ("注文書.pdf", b"%PDF")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (rb"C:\Users\taro\Desktop\photo.png", "photo.png"),
        (b"../../etc/passwd.png", "passwd.png"),
        (b"a%22b%0D%0A.png", "ab.png"),
        ("gpj\u202e.png".encode(), "gpj.png"),
        (b"..", "file"),
        (b"\x00\x01.png", "png"),
        (b"x" * 500 + b".png", "x" * 146 + ".png"),
    ],
)
def test_a_filename_is_never_a_path_nor_a_trick(sent: bytes, kept: str) -> None:
    more = b'; filename="' + sent + b'"\r\nContent-Type: image/png'
    body = multipart(part("photos", b"x", more))
    (upload,) = open_body(body, MULTIPART, FormDefinition.parse(settings())).uploads
    assert upload.filename == kept


def test_a_shift_jis_page_sends_its_filenames_in_shift_jis_too() -> None:
    parts = [part(name, text.encode("cp932")) for name, text in GOOD.items()]
    parts.append(part("photos", b"x", '; filename="表.png"\r\nContent-Type: image/png'.encode("cp932")))
    sent = open_body(b"".join(parts) + b"--b--\r\n", MULTIPART, FormDefinition.parse(settings()))
    assert sent.uploads[0].filename == "表.png"
    assert sent.first("name") == "山田 太郎"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "taro@shop", "メールアドレスは"),
        ("email", "a b@shop.jp", "メールアドレスは"),
        ("email", "x" * 300 + "@shop.jp", "254文字以内"),
        ("phone", "abc", "電話番号は"),
        ("topic", "bribery", "選択肢の中から"),
        ("message", " \r\n　", "ご入力ください"),
        ("message", "あ" * 10001, "10000文字以内"),
        ("name", "", "ご入力ください"),
    ],
)
async def test_each_mistake_has_its_words(counter: Counter, field: str, value: str, words: str) -> None:
    answer = await counter.post({**GOOD, field: value})
    assert answer.status == 422
    assert words in answer.error(field)


async def test_a_consent_not_given_is_not_taken_for_given(counter: Counter) -> None:
    answer = await counter.post({name: value for name, value in GOOD.items() if name != "consent"})
    assert "チェック" in answer.error("consent")


@pytest.mark.parametrize("written", ["TARO@SHOP.JP", "ｔａｒｏ＠ｓｈｏｐ．ｊｐ", " mailto:taro@shop.jp "])
async def test_an_address_is_forgiven_its_width_and_case(counter: Counter, written: str) -> None:
    assert (await counter.post({**GOOD, "email": written})).status == 303
    assert counter.message().sender.address == "taro@shop.jp"


async def test_an_old_carrier_address_with_two_dots_is_taken(counter: Counter) -> None:
    assert (await counter.post({**GOOD, "email": "a..b.@docomo.ne.jp"})).status == 303


async def test_dates_numbers_and_choices_have_one_form(counter: Counter) -> None:
    fields = [
        {"name": "day", "type": "date", "label": "日", "minimum": "2026-01-01"},
        {"name": "count", "type": "number", "label": "数", "minimum": 1, "maximum": 99},
        {
            "name": "kinds",
            "type": "checkbox",
            "label": "種類",
            "options": [{"value": "tea", "label": {"ja": "お茶", "en": "Tea"}}, {"value": "cup", "label": "茶碗"}],
        },
        {"name": "zip", "type": "text", "label": "〒", "pattern": r"\d{3}-\d{4}", "pattern_help": {"ja": "7桁です"}},
    ]
    counter.desk.set_accounts(account(fields=fields))
    body = [
        ("day", "２０２６年８月２０日"),
        ("count", "１２"),
        ("kinds[]", "お茶"),
        ("kinds[]", "cup"),
        ("zip", "150-0001"),
    ]
    await counter.post(body)
    assert counter.message().fields == {
        "day": "2026-08-20",
        "count": "12",
        "kinds": ["tea", "cup"],
        "zip": "150-0001",
    }
    answer = await counter.post({"day": "2025-12-31", "count": "100", "kinds": "beer", "zip": "1500001"})
    assert [answer.error(name)[:6] for name in ("day", "count", "kinds", "zip")] == [
        "2026-0",
        "99 以下の",
        "選択肢の中か",
        "7桁です",
    ]
    for wrong in ("2026-02-30", "nan", "1_0"):
        assert (await counter.post({"day": wrong, "count": wrong})).status == 422


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (("a.exe", b"MZ", "application/x-msdownload"), "送信できない種類"),
        (("a.png", b"x" * (11 * 1024 * 1024), "image/png"), "10MBを超えて"),
    ],
)
async def test_a_file_that_may_not_be_sent_is_named(counter: Counter, file: tuple[str, bytes, str], words: str) -> None:
    form = aiohttp.FormData()
    for name, value in GOOD.items():
        form.add_field(name, value)
    form.add_field("photos", io.BytesIO(file[1]), filename=file[0], content_type=file[2])
    answer = await counter.post(form)
    assert words in answer.error("photos")
    assert "もう一度お選びください" in answer.text


HOSTILE: list[tuple[str, bytes]] = [
    (URLENCODED, b""),
    (URLENCODED, b"&" * 5000),
    (URLENCODED, b"&".join(b"f%d=x" % n for n in range(10_000))),
    (URLENCODED, b"message=" + b"x" * 1_100_000),
    (URLENCODED, b"%=%&%ZZ=%C3&=&==&\xff=\xfe"),
    (MULTIPART, b""),
    (MULTIPART, b"--b--"),
    (MULTIPART, b"--b\r\n" * 5000),
    (MULTIPART, b"".join(part(f"f{n}", b"x") for n in range(10_000)) + b"--b--"),
    (MULTIPART, multipart()[:-9]),
    (MULTIPART, b"--b\r\n" + b"X: y\r\n" * 100_000 + b"\r\nz\r\n--b--"),
    (MULTIPART, b"--b\r\nContent-Disposition: form-data; name=\r\n\r\nx\r\n--b--"),
    (MULTIPART, multipart(part("photos", b"x", b'; filename="a"\r\nContent-Type: ' + b"a/" * 5000))),
    ("multipart/form-data", multipart()),
    ("multipart/form-data; boundary=", multipart()),
    (f"multipart/form-data; boundary={'b' * 5000}", multipart()),
    ("multipart/mixed; boundary=b", multipart()),
    ("application/json", b"{}"),
    ("text/plain", b"a=b"),
    ("", b"a=b"),
    ("/;;;=\x01", b"a=b"),
]


@pytest.mark.parametrize(("content_type", "body"), HOSTILE)
async def test_a_hostile_body_is_refused_in_words(counter: Counter, content_type: str, body: bytes) -> None:
    if "\x01" in content_type:
        content_type = content_type.replace("\x01", "")
    answer = await counter.post(io.BytesIO(body), **{"Content-Type": content_type})
    assert answer.status in (303, 400, 413, 422)
    assert "Traceback" not in answer.text


@hypothesis_settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([URLENCODED, MULTIPART]))
def test_no_bytes_whatever_make_the_reader_fall(body: bytes, content_type: str) -> None:
    form = FormDefinition.parse(settings())
    for candidate in (body, b"--b\r\n" + body + b"\r\n--b--", multipart(body)):
        try:
            open_body(candidate, content_type, form)
        except BodyError:
            continue


async def test_html_in_a_message_stays_text(counter: Counter) -> None:
    await counter.post({**GOOD, "message": "<img src=x onerror=alert(1)>\x00\x1b[2J"})
    assert counter.message().text.startswith("<img src=x onerror=alert(1)>[2J\n")
    assert counter.message().html is None


async def test_an_old_arrival_is_read_by_the_form_as_it_is_now(counter: Counter) -> None:
    await counter.post({**GOOD, "order_number": "A-1"})
    fields = [field for field in settings()["fields"] if field["name"] != "order_number"]
    old = counter.desk.arrivals[0]
    now = Arrival(account(fields=fields), old.external_id, old.raw, old.media_type, old.received_at, old.envelope)
    (message,) = counter.channel.read(now)
    assert getattr(message, "fields", {})["order_number"] == "A-1"


def test_what_is_no_form_any_more_is_for_the_quarantine() -> None:
    arrival = Arrival(account(), "x", Raw(b"{}"), "application/json", datetime.now(UTC))
    with pytest.raises(BodyError):
        FormChannel().read(arrival)


async def test_a_form_has_no_way_out() -> None:
    letter = OutboundMessage("k", account(), (Party("form", "x"),), "返事", datetime.now(UTC))
    with pytest.raises(Undeliverable, match="mail"):
        await FormChannel().deliver(letter)


def bad(**more: Any) -> dict[str, Any]:
    """A definition with one thing wrong."""
    return settings(**more)


@pytest.mark.parametrize(
    ("definition", "where"),
    [
        (bad(slug="Bad Slug"), "slug"),
        (bad(slug="static"), "slug"),
        (bad(title={}), "title"),
        (bad(title={"fr": "Bonjour"}), "title"),
        (bad(theme="red"), "theme"),
        (bad(sites=["shop.example"]), "sites"),
        (bad(sites=["https://a.example; script-src *"]), "sites"),
        (bad(fields=[]), "fields"),
        (bad(fields=[{"name": "a", "label": "あ", "type": "emial"}]), "fields.a.type"),
        (bad(fields=[{"name": "a", "label": "あ", "requierd": True}]), "fields.a"),
        (bad(fields=[{"name": "_x", "label": "あ"}]), "fields._x"),
        (bad(fields=[{"name": "email", "label": "あ"}]), "fields.email"),
        (bad(fields=[{"name": "a", "label": "あ", "type": "select"}]), "fields.a.options"),
        (bad(fields=[{"name": "a", "label": "あ", "pattern": "("}]), "fields.a.pattern"),
        (bad(fields=[{"name": "a", "label": "あ", "pattern": "(a+)+"}]), "fields.a.pattern"),
        (bad(fields=[{"name": "a", "label": ""}]), "fields.a.label"),
        (bad(fields=[{"name": "a", "label": "あ"}, {"name": "a", "label": "い"}]), "fields.a"),
        (bad(fields=[{"name": "a", "label": "あ", "type": "file", "accept": ["pdf"]}]), "fields.a.accept"),
        (bad(fields=[{"name": "a", "label": "あ", "role": "email"}]), "fields.a.type"),
        (bad(captcha={"provider": "turnstile"}), "captcha.sitekey"),
        (bad(fields=[{"name": "a", "label": "あ", "type": "number", "minimum": "few"}]), "fields.a.minimum"),
        (bad(fields=[{"name": "a", "label": "あ", "type": "date", "maximum": 7}]), "fields.a.maximum"),
        (bad(priority="soon"), "priority"),
    ],
)
def test_a_wrong_definition_names_the_place(definition: dict[str, Any], where: str) -> None:
    with pytest.raises(ValueError) as found:
        FormDefinition.parse(definition)
    assert where in [problem.where for problem in found.value.problems]  # type: ignore[attr-defined]
    assert all(problem.says("ja") for problem in found.value.problems)  # type: ignore[attr-defined]
