"""The rich text in which Outlook hides a body is read, in Japanese too, and so is the HTML that it may wrap."""

import struct

import pytest

from channels.email.reading import rtf


def compressed(raw: bytes) -> bytes:
    """LZFu data made of literals only, which is allowed."""
    body = b"".join(b"\x00" + raw[at : at + 8] for at in range(0, len(raw), 8))
    return struct.pack("<IIII", len(body) + 12, len(raw), rtf.COMPRESSED, 0) + body


def test_literals_are_decompressed() -> None:
    raw = b"{\\rtf1\\ansi hello\\par world}"
    assert rtf.decompress(compressed(raw)) == raw


def test_a_reference_into_the_dictionary_is_followed() -> None:
    # 0x0 4: six bytes from the beginning of the dictionary, then the end mark at the write position.
    data = struct.pack(">H", 0 << 4 | 4) + b"x"
    end = struct.pack(">H", (207 + 7) << 4)
    body = b"\x05" + data + end
    assert rtf.decompress(struct.pack("<IIII", len(body) + 12, 100, rtf.COMPRESSED, 0) + body) == b"{\\rtf1x"


def test_uncompressed_rich_text_is_taken_as_it_is() -> None:
    assert rtf.decompress(struct.pack("<IIII", 17, 5, rtf.PLAIN, 0) + b"{abc}") == b"{abc}"


@pytest.mark.parametrize(
    "data", [b"", b"short", b"\xff" * 40, struct.pack("<IIII", 99, 99, rtf.COMPRESSED, 0) + b"\xff\x01"]
)
def test_what_is_no_rich_text_gives_nothing(data: bytes) -> None:
    assert rtf.decompress(data) == b""


def test_text_is_read_without_tables_and_controls() -> None:
    raw = (
        b"{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}{\\*\\generator x;}\\pard one\\par two \\b bold\\b0\\{x\\}}"
    )
    assert rtf.read(raw) == ("one\ntwo bold{x}", "")


def test_japanese_is_read_by_code_page_and_by_unicode() -> None:
    octets = "".join(f"\\'{byte:02x}" for byte in "見積①".encode("cp932"))
    raw = f"{{\\rtf1\\ansi\\ansicpg932\\uc1 {octets} \\u35211?\\u31309?}}".encode()
    assert rtf.read(raw) == ("見積① 見積", "")


def test_wrapped_html_comes_out_as_html() -> None:
    raw = b"{\\rtf1\\ansi\\fromhtml1{\\*\\htmltag84 <b>}\\htmlrtf {\\b \\htmlrtf0 a < b"
    text, html = rtf.read(raw + b"{\\*\\htmltag92 </b>}\\htmlrtf }\\htmlrtf0}")
    assert text == ""
    assert html.replace(" ", "") == "<b>a&lt;b</b>"
