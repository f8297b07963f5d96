"""Whatever a mail says of its charset, its text can be read."""

import pytest

from channels.email.reading import read
from channels.email.reading.charsets import clean, decode
from tests.channels.email.reading.letters import jis_ms, mail, parts

JA = "お世話になっております。日本語の本文です。よろしくお願いします。"
MS = "㈱髙橋商店の山﨑です。①見積②請求書をお送りします。"
LABELS = [
    ("x-sjis", "cp932", MS),
    ("windows-31j", "cp932", MS),
    ("x-ms-cp932", "cp932", MS),
    ("Shift_JIS", "cp932", MS),
    ("shift-jis", "cp932", MS),
    ("sjis", "cp932", MS),
    ("cp932", "cp932", MS),
    ("MS_Kanji", "cp932", MS),
    ("csShiftJIS", "cp932", MS),
    ("euc-jp", "euc_jp", JA),
    ("x-euc-jp", "euc_jp", JA),
    ("eucJP-ms", "euc_jp", JA),
    ("cp51932", "euc_jp", JA),
    ("iso-2022-jp", "iso2022_jp", JA),
    ("ISO-2022-JP-MS", "iso2022_jp", JA),
    ("csISO2022JP", "iso2022_jp", JA),
    ("cp50221", "iso2022_jp", JA),
    ("utf-8mb4", "utf-8", JA),
    ("UTF8", "utf-8", JA),
    ("utf-7", "utf-7", JA),
    ("utf-16", "utf-16", JA),
    ("utf-16le", "utf-16-le", JA),
    ("utf-16be", "utf-16-be", JA),
    ("unknown-8bit", "utf-8", JA),
    ("x-unknown", "cp932", JA),
    ("default", "euc_jp", JA),
    ("gb2312", "gb18030", "朱镕基先生您好，价格为€100。"),
    ("gbk", "gbk", "您好，请提供订单号。谢谢！"),
    ("hz-gb-2312", "hz", "您好，请提供订单号。"),
    ("iso-gb2312", "gb18030", "您好，请提供订单号。"),
    ("big5", "big5hkscs", "您好，請提供訂單號。謝謝！"),
    ("ks_c_5601-1987", "cp949", "똠방각하 펲시콜라 안녕하세요"),
    ("euc-kr", "euc_kr", "안녕하세요. 주문 번호를 알려 주세요."),
    ("iso-2022-kr", "iso2022_kr", "안녕하세요. 주문 번호"),
    ("iso-8859-1", "cp1252", "Preis: 100 € – “Angebot” für Sie"),
    ("us-ascii", "cp1252", "Grüße aus München, schöne Straße"),
    ("windows-1251", "cp1251", "Проверка кодировки письма"),
    ("koi8-r", "koi8-r", "Проверка кодировки письма"),
    ("windows-874", "cp874", "สวัสดีครับ ทดสอบ"),
    ("tis-620", "tis-620", "สวัสดีครับ ทดสอบ"),
    ("iso-8859-8-i", "iso8859-8", "שלום עולם בדיקה"),
    ("iso-8859-15", "iso8859-15", "Coût: 10 €"),
    ("macintosh", "mac_roman", "Grüße aus München"),
]
LIES = [
    ("iso-2022-jp", JA.encode("cp932"), JA),
    ("utf-8", JA.encode("cp932"), JA),
    ("iso-2022-jp", JA.encode(), JA),
    ("Shift_JIS", JA.encode(), JA),
    ("us-ascii", JA.encode("iso2022_jp"), JA),
    ("utf-8", JA.encode("iso2022_jp"), JA),
    ("iso-8859-1", JA.encode("cp932"), JA),
    ("big5", JA.encode(), JA),
    ("euc-jp", JA.encode("cp932"), JA),
    ("Shift_JIS", JA.encode("euc_jp"), JA),
    ("utf-8", JA.encode("euc_jp"), JA),
    ("iso-8859-1", "Grüße".encode(), "Grüße"),
    ("no-such-charset", JA.encode("cp932"), JA),
    ("utf-8", "Grüße aus München und Umgebung".encode("latin-1"), "Grüße aus München und Umgebung"),
]


@pytest.mark.parametrize(("label", "codec", "text"), LABELS, ids=[f"{label}" for label, _, _ in LABELS])
def test_a_body_is_read_under_every_label_that_mailers_use(label: str, codec: str, text: str) -> None:
    found = read(mail(text.encode(codec), Content_Type=f'text/plain; charset="{label}"'))
    assert found.text.strip() == text


@pytest.mark.parametrize(("label", "raw", "text"), LIES)
def test_a_label_that_lies_is_overruled_by_the_bytes(label: str, raw: bytes, text: str) -> None:
    found = read(mail(raw, Content_Type=f"text/plain; charset={label}"))
    assert found.text.strip() == text
    assert "charset-guessed" in found.marks or label == "iso-2022-jp"


@pytest.mark.parametrize("codec", ["cp932", "euc_jp", "iso2022_jp", "utf-8"])
def test_japanese_without_any_label_is_recognised(codec: str) -> None:
    assert read(mail(JA.encode(codec), without=("MIME-Version",))).text.strip() == JA


@pytest.mark.parametrize("text", ["返品したいです。", "領収書をください", "キャンセルできますか？"])
@pytest.mark.parametrize("codec", ["cp932", "euc_jp"])
def test_even_a_few_japanese_characters_are_recognised(codec: str, text: str) -> None:
    assert decode(text.encode(codec))[0] == text


def test_iso_2022_jp_holds_the_kanji_that_python_codecs_refuse() -> None:
    text = "①㈱髙﨑～－"
    assert read(mail(jis_ms(text), Content_Type="text/plain; charset=iso-2022-jp")).text == text


def test_half_width_kana_and_jis_roman_are_read_from_iso_2022_jp() -> None:
    raw = b'\x1b(I6E\x1b(J abc \x1b$B$"\x1b(B'
    assert decode(raw, "iso-2022-jp")[0] == "ｶﾅ abc あ"


def test_a_line_end_brings_iso_2022_jp_back_to_ascii() -> None:
    assert decode(b'\x1b$B$"$$\r\nabc\r\n', "iso-2022-jp")[0] == "あい\r\nabc\r\n"


def test_supplementary_kanji_of_iso_2022_jp_1_are_read() -> None:
    raw = "丂".encode("iso2022_jp_1")
    assert decode(raw, "iso-2022-jp")[0] == "丂"


def test_a_few_damaged_bytes_do_not_change_the_reading_of_the_rest() -> None:
    raw = JA.encode()
    text, mark = decode(raw[:40] + b"\xff" + raw[40:-1], "utf-8")
    assert text.startswith(JA[:12])
    assert mark == "charset-damaged"


def test_html_names_its_charset_in_meta_when_the_header_does_not() -> None:
    html = '<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS"><p>件名①</p>'
    assert read(mail(html.encode("cp932"), Content_Type="text/html")).text == "件名①"


def test_the_header_wins_over_meta_while_it_fits() -> None:
    html = '<meta charset="iso-8859-1"><p>日本語</p>'
    assert read(mail(html.encode(), Content_Type="text/html; charset=utf-8")).text == "日本語"


def test_a_byte_order_mark_is_no_text() -> None:
    assert read(mail(b"\xef\xbb\xbfabc", Content_Type="text/plain; charset=utf-8")).text == "abc"


def test_nothing_that_a_database_refuses_is_left() -> None:
    assert clean("a\x00b\x1bc\ud800d\ufffee\r\n\t") == "abc\ufffdde\r\n\t"
    assert "\ufffd" in decode(b"+2AA-", "utf-7")[0]


def test_each_part_has_its_own_charset() -> None:
    raw = parts(
        b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + "一つ目".encode("iso2022_jp"),
        b"Content-Type: text/plain; charset=Shift_JIS\r\n\r\n" + "二つ目①".encode("cp932"),
    )
    assert read(raw).text.split() == ["一つ目", "二つ目①"]
