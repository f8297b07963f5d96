"""Reads ISO-2022-JP as Japanese mailers write it: with NEC and IBM kanji, half-width kana and lost escapes.

RFC 1468 knows four escapes; Outlook and phones write CP50220/CP50221, which no Python codec reads.
"""

import re
import struct
from functools import cache

from channels.email.reading.tables import listed

NAME = "iso-2022-jp"
LABELS = frozenset(
    listed(
        "iso-2022-jp iso2022jp csiso2022jp iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 iso-2022-jp-2004 iso-2022-jp-ext "
        "iso-2022-jp-ms cp50220 cp50221 cp50222 x-iso-2022-jp iso2022-jp iso-2022jp jis jis_encoding csjisencoding "
        "x-windows-iso2022jp windows-50220 windows-50221 iso_2022_jp"
    )
)
# The escapes that make a text ISO-2022-JP beyond doubt (Korean and Chinese ISO-2022 use others).
ESCAPES = re.compile(rb"\x1b(?:\$[@B]|\(I|\$\([DOPQ@B])")
STEP = re.compile(rb"(\x1b(?:\$\([DOPQ@B]|\$[@BA]|\([BJIHT]|&@)|[\x0e\x0f]|[\r\n]+)")
ASCII, KANA, KANJI, SUPPLEMENT, JIS2004, PLANE2 = range(6)
MODES = {
    b"\x1b(B": ASCII,
    b"\x1b(J": ASCII,
    b"\x1b(H": ASCII,
    b"\x1b(T": ASCII,
    b"\x1b(I": KANA,
    b"\x0e": KANA,
    b"\x0f": ASCII,
    b"\x1b$@": KANJI,
    b"\x1b$B": KANJI,
    b"\x1b$(@": KANJI,
    b"\x1b$(B": KANJI,
    b"\x1b$(D": SUPPLEMENT,
    b"\x1b$(O": JIS2004,
    b"\x1b$(Q": JIS2004,
    b"\x1b$(P": PLANE2,
}
HIGH = bytes(range(0x80, 0x100)) * 2
PIECE = re.compile(rb"[\x21-\x7e]{2,}|[^\x21-\x7e]+|[\x21-\x7e]")


def decode(data: bytes) -> str:
    """The text; bytes outside any escape that have the high bit are read as Shift_JIS, which is what strays in."""
    out: list[str] = []
    mode = ASCII
    for piece in STEP.split(data):
        if not piece:
            continue
        if piece in MODES:
            mode = MODES[piece]
        elif piece[0] in b"\r\n":
            # RFC 1468: a line ends in ASCII; senders that forget the escape still mean it.
            mode = ASCII
            out.append(piece.decode("ascii"))
        elif piece[0] == 0x1B and len(piece) > 1 and piece[1] in b"$&":
            mode = ASCII
        elif mode == ASCII:
            out.append(piece.decode("cp932", "replace"))
        elif mode == KANA:
            out.append(piece.translate(HIGH).decode("cp932", "replace"))
        else:
            out.append(_wide(piece, mode))
    return "".join(out)


def decode_euc(data: bytes) -> str:
    """EUC-JP with the NEC and IBM kanji of eucJP-ms, which Python's codec refuses; damage becomes U+FFFD."""
    out: list[str] = []
    for match in EUC.finditer(data):
        two, three, kana, plain = match.groups()
        if two is not None:
            out.append(_wide(two.translate(LOW), KANJI))
        elif three is not None:
            out.append(three.decode("euc_jp", "replace"))
        elif kana is not None:
            out.append(kana.replace(b"\x8e", b"").decode("cp932", "replace"))
        elif plain is not None:
            out.append(plain.decode("ascii"))
        else:
            out.append("\ufffd")
    return "".join(out)


EUC = re.compile(rb"((?:[\xa1-\xfe]{2})+)|((?:\x8f[\xa1-\xfe]{2})+)|((?:\x8e[\xa1-\xdf])+)|([\x00-\x7f]+)|.", re.DOTALL)
LOW = bytes(range(0x80)) * 2


def _wide(data: bytes, mode: int) -> str:
    out: list[str] = []
    for run in PIECE.findall(data):
        if len(run) < 2 or run[0] < 0x21 or run[0] > 0x7E:
            out.append(run.decode("cp932", "replace"))
            continue
        table = _table(mode)
        out.append(
            "".join([table.get(code, "\ufffd") for code in struct.unpack(f">{len(run) // 2}H", run[: len(run) & ~1])])
        )
        if len(run) & 1:
            out.append(chr(run[-1]))
    return "".join(out)


@cache
def _table(mode: int) -> dict[int, str]:
    """Every character of a 94 by 94 set; JIS X 0208 by way of CP932, so that rows 13 and 89 to 92 are there."""
    table: dict[int, str] = {}
    for row in range(0x21, 0x7F):
        for cell in range(0x21, 0x7F):
            if mode == KANJI:
                lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
                odd = cell + (0x20 if cell > 0x5F else 0x1F)
                trail = odd if row & 1 else cell + 0x7E
                raw, codec = bytes((lead, trail)), "cp932"
            elif mode == SUPPLEMENT:
                raw, codec = bytes((0x8F, row | 0x80, cell | 0x80)), "euc_jp"
            elif mode == JIS2004:
                raw, codec = bytes((row | 0x80, cell | 0x80)), "euc_jis_2004"
            else:
                raw, codec = bytes((0x8F, row | 0x80, cell | 0x80)), "euc_jis_2004"
            try:
                table[row << 8 | cell] = raw.decode(codec)
            except UnicodeDecodeError:
                continue
    return table
