"""The structure of a mail is found however damaged it is, and files keep their names and bytes."""

import base64
import mmap
import struct
from pathlib import Path

import pytest

from channels.email.reading import Limits, read
from channels.email.reading.parameters import file_name, parameters
from tests.channels.email.reading.letters import attached, jis_ms, mail, parts, word

PDF = b"%PDF-1.4 test"
NAME = "見積書（株式会社髙橋①様）.pdf"
TEXT = "Content-Type: text/plain; charset=utf-8\r\n\r\n本文です。"


def percent(data: bytes) -> str:
    return "".join(f"%{byte:02X}" for byte in data)


def pieces(data: str, size: int, first: str = "utf-8''") -> list[str]:
    cut = [data[at : at + size] for at in range(0, len(data), size)]
    return [f"filename*{number}*={first if not number else ''}{piece}" for number, piece in enumerate(cut)]


@pytest.mark.parametrize(
    "disposition",
    [
        f"filename*=UTF-8''{percent(NAME.encode())}",
        f"filename=fallback.pdf; filename*=utf-8'ja'{percent(NAME.encode())}",
        f"filename*=utf-8'ja'{percent(NAME.encode())}; filename=fallback.pdf",
        f"filename*=Shift_JIS'ja'{percent(NAME.encode('cp932'))}",
        f"filename*=iso-2022-jp''{percent(jis_ms(NAME))}",
        "; ".join(pieces(percent(NAME.encode()), 24)),
        "; ".join(reversed(pieces(percent(NAME.encode()), 24))),
        "; ".join(pieces(percent(NAME.encode()), 15)),
        "; ".join(pieces(percent(NAME.encode("cp932")), 15, "Shift_JIS''")),
        f'filename="{word(NAME)}"',
        f"filename={word(NAME)}",
        'filename="' + "\r\n ".join(word(NAME[at : at + 5]) for at in range(0, len(NAME), 5)) + '"',
        f'filename="{NAME}"',
        f"filename={NAME}",
    ],
)
def test_a_file_keeps_its_japanese_name(disposition: str) -> None:
    found = read(parts(TEXT, attached(f"attachment; {disposition}")))
    assert [(one.filename, one.size) for one in found.attachments] == [(NAME, len(PDF))]
    assert found.text == "本文です。"


@pytest.mark.parametrize("codec", ["cp932", "utf-8", "euc_jp"])
def test_a_name_in_raw_bytes_is_read(codec: str) -> None:
    name = "表の見積書です.pdf"  # 表 ends in a backslash in Shift_JIS
    raw = parts(TEXT, attached('attachment; filename="NAME"').replace(b"NAME", name.encode(codec)))
    assert read(raw).attachments[0].filename == name


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("C:\\Users\\taro\\report.pdf", "report.pdf"),
        ("c:report.pdf", "report.pdf"),
        ("/etc/passwd", "passwd"),
        ("report.pdf%00.exe", "report.pdf.exe"),
        ("php://filter/x", "x"),
        ("a\x00b\x1f.txt", "a b .txt"),
        ("\u202egnp.exe", "gnp.exe"),
        ("...", ""),
        ("..", ""),
        ("  ", ""),
        (".htaccess", "htaccess"),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
        ("見積書.pdf", "見積書.pdf"),
    ],
)
def test_a_file_name_carries_no_path_and_no_tricks(given: str, safe: str) -> None:
    assert file_name(given) == safe


def test_a_file_without_a_name_gets_one() -> None:
    found = read(parts(TEXT, attached("attachment")))
    assert found.attachments[0].filename.endswith(".pdf")


def test_unquoted_blanks_and_forgotten_semicolons_are_read() -> None:
    assert parameters("; filename=my holiday photo.jpg")["filename"] == "my holiday photo.jpg"
    assert parameters('; charset=utf-8 name="a.txt"') == {"charset": "utf-8", "name": "a.txt"}
    assert parameters('; name="no end')["name"] == "no end"
    assert parameters('; name="a "quoted" b.txt"; x=1')["name"] == 'a "quoted" b.txt'


def test_text_image_text_gives_both_texts() -> None:
    raw = parts(TEXT, attached("inline; filename=a.png", b"png", "image/png"), "Content-Type: text/plain\r\n\r\nafter")
    found = read(raw)
    assert found.text.split() == ["本文です。", "after"]
    assert [one.inline for one in found.attachments] == [True]


@pytest.mark.parametrize("disposition", ["attachment; filename=log.txt", "attachment", "inline; filename=log.txt"])
def test_a_text_file_does_not_join_the_body(disposition: str) -> None:
    found = read(parts(TEXT, attached(disposition, b"secret log", "text/plain")))
    assert "secret" not in found.text
    assert [one.read() for one in found.attachments] == [b"secret log"]


def test_a_forwarded_mail_stays_one_file_named_after_its_subject() -> None:
    inner = mail("inner text", Subject=word("転送元の件名"))
    found = read(parts(TEXT, b"Content-Type: message/rfc822\r\n\r\n" + inner))
    assert "inner" not in found.text
    assert [(one.filename, one.content_type) for one in found.attachments] == [("転送元の件名.eml", "message/rfc822")]
    assert read(found.attachments[0].read()).text == "inner text"


def test_the_html_of_an_alternative_fills_an_empty_plain_part() -> None:
    raw = parts(
        "Content-Type: text/plain\r\n\r\n\r\n", "Content-Type: text/html\r\n\r\n<p>full</p>", kind="alternative"
    )
    assert read(raw).text == "full"


def test_plain_and_html_sent_as_mixed_are_not_told_twice() -> None:
    raw = parts("Content-Type: text/plain\r\n\r\nHello there", "Content-Type: text/html\r\n\r\n<p>Hello there</p>")
    found = read(raw)
    assert found.text == "Hello there"
    assert found.html == "<p>Hello there</p>"


def test_pictures_that_the_html_shows_are_inline() -> None:
    picture = b"Content-Type: image/png\r\nContent-ID: <pic@x>\r\n\r\nPNG"
    found = read(parts('Content-Type: text/html\r\n\r\n<img src="cid:pic@x">', picture, kind="related"))
    assert [(one.content_id, one.inline) for one in found.attachments] == [("pic@x", True)]
    assert 'src="cid:pic@x"' in (found.html or "")


@pytest.mark.parametrize(
    "kind", ["text/calendar", "application/pgp-signature", "application/pkcs7-signature", "image/tiff"]
)
def test_what_is_no_text_is_a_file(kind: str) -> None:
    found = read(parts(TEXT, f"Content-Type: {kind}\r\n\r\ndata"))
    assert [one.content_type for one in found.attachments] == [kind]
    assert found.text == "本文です。"


def test_a_wrong_boundary_is_guessed() -> None:
    raw = parts(TEXT, attached("attachment; filename=a.pdf")).replace(b'boundary="BOUND"', b'boundary="OTHER"')
    found = read(raw)
    assert (found.text, found.attachments[0].filename) == ("本文です。", "a.pdf")
    assert "boundary-guessed" in found.marks


@pytest.mark.parametrize("parameter", [b"", b"; boundary=", b"; charset=utf-8"])
def test_a_missing_boundary_is_guessed(parameter: bytes) -> None:
    raw = parts(TEXT).replace(b'; boundary="BOUND"', parameter)
    assert read(raw).text == "本文です。"


def test_a_multipart_without_any_parts_is_still_text() -> None:
    found = read(mail("just text", Content_Type="multipart/mixed; boundary=x"))
    assert found.text == "just text"
    assert "boundary-missing" in found.marks


def test_a_mail_that_was_cut_gives_what_arrived() -> None:
    found = read(parts(TEXT, attached("attachment; filename=a.pdf", b"x" * 300))[:-200])
    assert found.text == "本文です。"
    assert "truncated" in found.marks


def test_mime_structure_without_mime_headers_is_recognised() -> None:
    raw = parts(TEXT, attached("attachment; filename=a.pdf")).replace(
        b"Content-Type: multipart", b"X-Lost: multipart", 1
    )
    assert [one.filename for one in read(raw).attachments] == ["a.pdf"]


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("quoted-printable ", b"=E6=9C=AC=E6=96=87"),
        ("Quoted-Printable; x=1", b"=E6=9C=AC=E6=\r\n=96=87"),
        ("BASE64", base64.b64encode("本文".encode())),
        ("base64", base64.b64encode("本文".encode()).rstrip(b"=")),
        ("base64", b"5pys*\r\n 5paH\r\n"),
        ("8bit", "本文".encode()),
        ("something-new", "本文".encode()),
        ("base64", "本文 is not base64".encode()),
        ("x-uuencode", b"begin 644 x\n&YIRLYI:'\n`\nend\n"),
    ],
)
def test_every_transfer_encoding_is_undone(encoding: str, body: bytes) -> None:
    found = read(mail(body, Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding=encoding))
    assert found.text.strip().startswith("本文")


def test_a_plain_footer_behind_an_encoded_body_is_kept() -> None:
    body = base64.b64encode("本文".encode()) + b"\r\n\r\n____\r\nmailing list footer here\r\n"
    found = read(mail(body, Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding="base64"))
    assert "本文" in found.text
    assert "mailing list footer" in found.text


def test_a_uuencoded_file_in_the_text_is_a_file() -> None:
    import binascii

    coded = b"begin 644 data.bin\n" + binascii.b2a_uu(b"hello world") + b"`\nend\n"
    found = read(mail(b"see file\n" + coded + b"bye\n"))
    assert [(one.filename, one.read()) for one in found.attachments] == [("data.bin", b"hello world")]
    assert found.text.split() == ["see", "file", "bye"]


def test_flowed_text_is_joined_with_or_without_its_blanks() -> None:
    ja = "これは長い \r\n文です。\r\n> 引用 \r\n> です\r\n-- \r\n署名".encode()
    joined = read(mail(ja, Content_Type="text/plain; charset=utf-8; format=flowed; delsp=yes")).text
    assert joined == "これは長い文です。\n> 引用です\n-- \n署名"
    assert read(mail("one \r\ntwo", Content_Type="text/plain; format=flowed")).text == "one two"


def test_attachments_are_decoded_only_when_asked_and_can_be_asked_again() -> None:
    content = bytes(range(256)) * 20_000
    found = read(parts(TEXT, attached("attachment; filename=big.bin", content))).attachments[0]
    assert found.size == len(content)
    assert b"".join(found.chunks()) == content
    assert len(list(found.chunks())) > 1


def test_a_memory_map_is_read_like_bytes(tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(parts(TEXT, attached("attachment; filename=a.pdf")))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        found = read(mapped)
        assert (found.text, found.attachments[0].read()) == ("本文です。", PDF)


def test_a_memory_view_is_read_like_bytes() -> None:
    found = read(memoryview(parts(TEXT, attached("attachment; filename=a.pdf"))))
    assert (found.text, found.attachments[0].read()) == ("本文です。", PDF)


def test_limits_cut_and_say_so() -> None:
    raw = parts(*[TEXT] * 20)
    found = read(raw, limits=Limits(parts=5))
    assert "parts-cut" in found.marks
    assert found.text.count("本文です。") == 4


def test_nothing_at_all_is_an_empty_mail() -> None:
    found = read(b"")
    assert (found.subject, found.from_email, found.text, found.reply_text, found.html) == ("", "", "", "", None)


def test_boundaries_are_repaired_in_a_memory_view_too() -> None:
    raw = parts(TEXT, attached("attachment; filename=a.pdf")).replace(b'boundary="BOUND"', b'boundary="OTHER"')
    assert read(memoryview(raw)).text == "本文です。"


def winmail(*files: tuple[bytes, bytes]) -> bytes:
    """A winmail.dat with files (MS-OXTNEF section 2.1)."""

    def attribute(level: int, name: int, data: bytes) -> bytes:
        checksum = sum(data) & 0xFFFF
        return struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", checksum)

    out = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00089006, struct.pack("<I", 0x00010000))
    for name, content in files:
        out += attribute(2, 0x00069002, b"\x01" + b"\x00" * 13)
        out += attribute(2, 0x00018010, name + b"\x00") + attribute(2, 0x0006800F, content)
    return out


@pytest.mark.parametrize("kind", ["application/ms-tnef", "application/octet-stream"])
def test_a_winmail_dat_is_unpacked(kind: str) -> None:
    packed = winmail(("見積書.pdf".encode("cp932"), b"one"), (b"note.txt", b"two"))
    found = read(parts(TEXT, attached("attachment; filename=winmail.dat", packed, kind)))
    assert [(one.filename, one.read()) for one in found.attachments] == [("見積書.pdf", b"one"), ("note.txt", b"two")]
    assert "tnef" in found.marks


def test_a_broken_winmail_dat_stays_a_file() -> None:
    found = read(parts(TEXT, attached("attachment; filename=winmail.dat", b"nonsense", "application/ms-tnef")))
    assert [one.filename for one in found.attachments] == ["winmail.dat"]


def test_text_whose_header_names_a_boundary_is_split() -> None:
    raw = parts(TEXT, attached("attachment; filename=a.pdf")).replace(b"multipart/mixed", b"text/plain")
    assert [one.filename for one in read(raw).attachments] == ["a.pdf"]
