"""Turns bytes into text when labels are missing, unknown to Python, or lies (WHATWG labels, RFC 1468, CP50221)."""

import codecs
import re
from functools import cache

import chardet
import webencodings

from channels.email.reading import jis
from channels.email.reading.tables import listed

# Labels that neither Python nor the WHATWG list maps to what senders mean by them.
LABELS = {
    "x-sjis": "cp932",
    "x-ms-cp932": "cp932",
    "ms_kanji": "cp932",
    "ms932": "cp932",
    "windows-932": "cp932",
    "cp943c": "cp932",
    "shift-jis": "cp932",
    "shift_jisx0213": "shift_jisx0213",
    "sjis": "cp932",
    "sjis-win": "cp932",
    "x-euc-jp": "euc_jp",
    "x-eucjp": "euc_jp",
    "eucjp": "euc_jp",
    "eucjp-ms": "euc_jp",
    "eucjp-win": "euc_jp",
    "euc-jp-ms": "euc_jp",
    "cp51932": "euc_jp",
    "utf-8mb4": "utf-8",
    "utf8mb4": "utf-8",
    "utf8mb3": "utf-8",
    "utf-8-mac": "utf-8",
    "utf8-mac": "utf-8",
    "unicode": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf-7": "utf-7",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "utf-16": "utf-16",
    "ucs-2": "utf-16",
    "utf-32": "utf-32",
    "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
    "gb2312": "gb18030",
    "iso-gb2312": "gb18030",
    "x-gb2312": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "windows-936": "gb18030",
    "hz-gb-2312": "hz",
    "hz": "hz",
    "cp950": "big5hkscs",
    "ms950": "big5hkscs",
    "windows-950": "big5hkscs",
    "big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "cp949": "cp949",
    "ms949": "cp949",
    "uhc": "cp949",
    "windows-949": "cp949",
    "johab": "johab",
    "iso-2022-kr": "iso2022_kr",
    "iso8859-1": "cp1252",
    "8859-1": "cp1252",
    "8859_1": "cp1252",
    "iso-8859-8-i": "cp1255",
    "iso-8859-8-e": "cp1255",
    "iso-8859-8": "cp1255",
    "windows-874": "cp874",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "tis620": "cp874",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2",
    "x-mac-japanese": "cp932",
    "x-mac-chinesesimp": "gb18030",
    "viscii": "cp1258",
    "ansi": "cp1252",
    "ansi_x3.110-1983": "cp1252",
    "iso-8859-1-windows-3.1-latin-1": "cp1252",
}
# Labels that only say "I do not know": the bytes decide.
NO_LABELS = frozenset(
    listed(
        "us-ascii ascii ansi_x3.4-1968 iso646-us us unknown unknown-8bit x-unknown default 8bit 7bit binary none null "
        "x-user-defined user-defined x-user-default charset text/plain utf _autodetect _autodetect_all _autodetect_jp"
    )
)
# What webencodings names, in Python's words where the two differ.
PYTHON_NAMES = {
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "windows-874": "cp874",
    "iso-8859-8": "cp1255",
    "iso-8859-8-i": "cp1255",
    "x-mac-cyrillic": "mac_cyrillic",
    "macintosh": "mac_roman",
    "x-user-defined": "cp1252",
}
# Written with ASCII bytes (or NULs) only, so that strict UTF-8 says nothing about them.
NOT_ASCII = frozenset({"utf-7", "hz", "iso2022_kr"})
WIDE = frozenset({"utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"})
MULTIBYTE = frozenset({"cp932", "euc_jp", "gb18030", "big5hkscs", "cp949", "johab", "shift_jisx0213"})
# The languages a desk in Japan hears; more candidates only mean more wrong guesses on short texts.
CANDIDATES = listed(
    "cp932 euc-jp gb18030 big5hkscs cp949 cp1252 cp1250 cp1251 koi8-r iso-8859-5 cp1253 cp1254 cp1255 cp1256 cp1257 "
    "cp874 iso-8859-2 iso-8859-9 iso-8859-15 utf-16-le utf-16-be"
)
DETECT_BYTES = 20_000

UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff]+")
CONTROLS = bytes(code for code in (*range(32), 127) if code not in b"\t\n\r")  # what is unwanted in ASCII
SURROGATES = re.compile("[\ud800-\udfff]+")
HIGH = re.compile(rb"[\x80-\xff]")
LONG_UTF8 = re.compile(rb"[\xe0-\xf4][\x80-\xbf][\x80-\xbf]")
# ASCII, kana, full-width signs and the everyday kanji of JIS level 1, all of them two bytes long.
SHIFT_JIS_KANJI = re.compile(rb"(?:[\x00-\x7f]|[\x81-\x83\x88-\x97][\x40-\x7e\x80-\xfc])*+")
CUT_UTF8 = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z")


def clean(text: str) -> str:
    """Without NUL, other C0 controls, noncharacters and lone surrogates, which databases and JSON refuse."""
    if text.isprintable() and text.isascii():
        return text
    if not text.isascii() and SURROGATES.search(text):
        text = SURROGATES.sub("\ufffd", text)
    return UNWANTED.sub("", text)


@cache
def python_name(label: str) -> str | None:
    """The codec for a charset label as mails write it; None for one that is unknown or says nothing."""
    label = label.strip().strip("\"'").strip().lower().split("*")[0]
    if not label or label in NO_LABELS:
        return None
    if label in LABELS:
        return LABELS[label]
    if label in jis.LABELS:
        return jis.NAME
    dashed = label.replace("_", "-").replace(" ", "-")
    if dashed in LABELS:
        return LABELS[dashed]
    known = webencodings.lookup(label) or webencodings.lookup(dashed)
    if known is not None:
        if known.name == "iso-2022-jp":
            return jis.NAME
        if known.name in PYTHON_NAMES:
            return PYTHON_NAMES[known.name]
        label = known.name
    try:
        info = codecs.lookup(label)
    except (LookupError, UnicodeError, ValueError):
        return None
    if not getattr(info, "_is_text_encoding", True) or info.name in ("idna", "punycode", "unicode_escape"):
        return None
    if info.name.startswith("iso2022_jp"):
        return jis.NAME
    return "cp1252" if info.name in ("iso8859-1", "ascii") else info.name


def decode(data: bytes, label: str = "") -> tuple[str, str]:
    """The text and, when the label had to be overruled or guessed, a mark (else ``""``). Never raises."""
    name = python_name(label[:100]) if label else None
    if name not in NOT_ASCII and name not in WIDE and data.isascii() and b"\x1b" not in data and b"\x00" not in data:
        return data.translate(None, CONTROLS).decode("ascii"), ""
    text, mark = _decode(data, name)
    return clean(text.removeprefix("\ufeff")), mark


def _decode(data: bytes, name: str | None) -> tuple[str, str]:
    high = not data.isascii()
    if (
        name not in NOT_ASCII
        and name not in WIDE
        and jis.ESCAPES.search(data)
        and not (high and _strict(data, "utf-8"))
    ):
        return jis.decode(data), "" if name == jis.NAME else "charset-guessed"
    if name in WIDE:
        return _wide(data, name)
    if name in NOT_ASCII:
        return data.decode(name, "replace"), ""
    if not high:
        if b"\x00" in data[:200] and data[:200].count(b"\x00") * 3 > len(data[:200]):
            return _wide(data, None)
        return data.decode("ascii"), ""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") and name in (None, "utf-8"):
        return _wide(data, "utf-16")
    text = _strict(data, "utf-8")
    # Two-byte UTF-8 is also good Shift_JIS, EUC or GBK; a label that names one of these is believed then.
    if text is not None and (name not in MULTIBYTE or LONG_UTF8.search(data) or _strict(data, name) is None):
        return text, "" if name in (None, "utf-8") else "charset-guessed"
    if name is not None and name != "utf-8" and name != jis.NAME:
        text = _strict(data, name)
        if text is not None and name in ("cp1252", "cp932") and (name == "cp1252" or _half_kana(text)):
            japanese = _looks_japanese(data)
            if japanese is not None and japanese != text:
                return japanese, "charset-guessed"
        if text is not None:
            return text, ""
        if text is None and name == "cp1252" and not _looks_japanese(data):
            return data.decode("latin-1"), ""
        if text is None and name in ("euc_jp", "gb18030", "cp949", "big5hkscs"):
            text = jis.decode_euc(data) if name == "euc_jp" else None
            if text is not None and "\ufffd" not in text:
                return text, ""
    broken = _mostly(data, "utf-8")
    if broken is not None:
        return broken, "charset-damaged"
    japanese = _looks_japanese(data)
    if japanese is not None:
        return japanese, "charset-guessed"
    if name is not None and name not in ("utf-8", "cp1252", jis.NAME):
        broken = _mostly(data, name)
        if broken is not None:
            return broken, "charset-damaged"
    return guess(data), "charset-guessed"


def guess(data: bytes) -> str:
    """The most likely reading of 8-bit bytes that carry no usable label and are no UTF-8."""
    japanese = _looks_japanese(data)
    if japanese is not None:
        return japanese
    found = chardet.detect(data[:DETECT_BYTES], include_encodings=CANDIDATES, compat_names=False, prefer_superset=True)
    name = python_name(found["encoding"] or "") or "cp1252"
    if name not in MULTIBYTE and SHIFT_JIS_KANJI.fullmatch(data[:DETECT_BYTES]):
        # A name or two kanji: in western charsets these bytes are quotes and dashes inside words.
        name = "cp932"
    text = _strict(data, name)
    if text is not None:
        return text
    return data.decode(name, "replace") if name in MULTIBYTE else data.decode("latin-1")


def _strict(data: bytes, name: str | None) -> str | None:
    try:
        return data.decode(name or "utf-8")
    except (UnicodeError, LookupError, ValueError):
        return None


def _mostly(data: bytes, name: str) -> str | None:
    """The text if only a few of its characters are damaged, as when a line was cut or a byte was lost."""
    if name == "utf-8":
        cut = CUT_UTF8.sub(b"", data)
        if cut != data:
            text = _strict(cut, name)
            if text is not None and HIGH.search(cut):
                return text
    sample = data[:DETECT_BYTES].decode(name, "replace")
    wide = sum(1 for char in sample if char > "\x7f")
    return data.decode(name, "replace") if sample.count("\ufffd") * 4 <= wide else None


def _wide(data: bytes, name: str | None) -> tuple[str, str]:
    """UTF-16 and UTF-32, with or without a byte order mark, and with labels that contradict the bytes."""
    if name is not None and name.startswith("utf-32"):
        text = _strict(data, name)
        if text is not None:
            return text, ""
    if b"\x00" not in data and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        text = _strict(data, "utf-8")
        if text is not None:
            return text, "charset-guessed"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace"), ""
    even, odd = data[0:400:2].count(0), data[1:400:2].count(0)
    if name in ("utf-16-le", "utf-16-be") and even == odd:
        return data.decode(name, "replace"), ""
    # RFC 2781 section 4.3: without a mark UTF-16 is big-endian; zeros in the second bytes tell otherwise.
    return data.decode("utf-16-le" if odd > even else "utf-16-be", "replace"), ""


KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc\u3001\u3002\u300c\u300d\uff01-\uff5e]")
HAN = re.compile("[\u4e00-\u9fff]")
HALF_KANA = re.compile("[\uff61-\uff9f]")


def _half_kana(text: str) -> bool:
    """EUC-JP read as Shift_JIS turns into half-width kana, which nobody writes for long."""
    half = len(HALF_KANA.findall(text[:DETECT_BYTES]))
    return half > 4 and half * 3 > sum(1 for char in text[:DETECT_BYTES] if char > "\x7f")


def _looks_japanese(data: bytes) -> str | None:
    """The text when the bytes are surely Shift_JIS or EUC-JP: strict, and written with kana as Japanese is."""
    sample = data[:DETECT_BYTES]
    best: tuple[float, str] | None = None
    for name in ("cp932", "euc_jp"):
        looked = _begin(sample, name)
        if looked is None and name == "euc_jp":
            looked = jis.decode_euc(sample)
        if looked is None or "\ufffd" in looked.rstrip("\ufffd"):
            continue
        others = sum(1 for char in looked if char > "\x7f")
        if not others:
            continue
        kana, han, half = len(KANA.findall(looked)), len(HAN.findall(looked)), len(HALF_KANA.findall(looked))
        odd = others - kana - han - half
        share = (kana * 1.5 + han * 0.5 - half * 0.7 - odd) / others
        if kana < 2 or share < 0.5:
            continue
        if best is None or share > best[0]:
            best = share, name
    if best is None:
        return None
    whole = _strict(data, best[1])
    if whole is not None:
        return whole
    return jis.decode_euc(data) if best[1] == "euc_jp" else data.decode("cp932", "replace")


def _begin(sample: bytes, name: str) -> str | None:
    """The strict reading of bytes that may be cut inside their last character."""
    try:
        return codecs.getincrementaldecoder(name)().decode(sample, final=len(sample) < DETECT_BYTES)
    except UnicodeError:
        return None
