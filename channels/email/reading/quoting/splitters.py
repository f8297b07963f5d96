"""Recognises the lines that say "from here on, or right below, is what somebody else wrote"."""

import re

from channels.email.reading.quoting import phrases

MOST_LINES = 6
FAR = 1_000_000_000
LONGEST = 420

INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
QUOTED = re.compile(r"[ \t\u3000]{0,4}(?:>(?!_<)|＞|»(?=\s|$))")
BAR = re.compile(r"[ \t]{0,4}[|｜│](?:\s|$)")
NAMED = re.compile(r"[ \t\u3000]{0,4}[^\s<>＜＞@:：]{1,16}[>＞]")
# Each character once and at most one blank behind it: anything looser takes exponential time.
RULE = re.compile(
    r"[ \t\u3000]*(?:[-_=*~#+・.ー－─━═＝―‐–—＿＊～〜〓■□◆◇○●☆★※┃│\u2500-\u257f][ \t\u3000]?){4,400}+[ \t\u3000]*\Z"
)
DASHES = r"[-_=*~─━－—–―＝<＜【\[\s]"
DASHES_END = r"[-_=*~─━－—–―＝>＞】\]\s]"
_ORIGINAL = re.compile(
    rf"(?:{DASHES}{{2,60}}(?:{phrases.ORIGINAL}){DASHES_END}{{2,60}}|"
    rf"[＜<【\[]\s*(?:{phrases.ORIGINAL})\s*[】\]＞>])(?:[:：]?\s*)\Z",
    re.IGNORECASE,
)
_ALSO_ORIGINAL = re.compile(
    r"original message processed by .{1,30}|[#*= -]*(?:please )?(?:reply|respond|type your (?:reply|response)|"
    r"enter your reply) above this line.*|"
    r".{0,10}この(?:線|行|ライン)より上.{0,30}|##- ?.{1,120} ?-##|-{3,} ?(?:reply|返信) ?-{3,}",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    rf"(?:{DASHES}{{2,60}}\s*(?:{phrases.FORWARDED})\s*[:：]?\s*{DASHES_END}{{0,60}}|(?:{phrases.FORWARDED})\s*[:：]|"
    rf"[＜<【\[]\s*(?:{phrases.FORWARDED})\s*[】\]＞>])\Z",
    re.IGNORECASE,
)
_ANY_VERB = "|".join(phrases.VERBS.values())
VERB = re.compile(rf"(?:(?<![^\W\d_])|(?<=[\u3040-\u9fff\uac00-\ud7af]))(?:{_ANY_VERB})(?![^\W\d_])", re.IGNORECASE)
POSTED = re.compile(r"(?i)posted by .{1,80} on \d{1,4}[/-]\d{1,2}[/-]\d{1,4}\Z")
LAST_VERB = re.compile(rf"(?:{_ANY_VERB})[\s*_>\xa0]*\Z", re.IGNORECASE)
START = re.compile(rf"[\s\u3000(\[*]*(?:{phrases.STARTS})(?=[\s:,\d年「\"])", re.IGNORECASE)
DATE_START = re.compile(
    r"[\s\u3000(\[*]*(?:[^\W\d_]{2,12}[.,]{0,2}\s+(?:den\s+|the\s+)?)?(?:\d{4}\s?[-/.年]\s?\d{1,2}|"
    r"\d{1,2}[-/. ]\s?(?:\d{1,2}|[^\W\d_]{3,10}\.?)[-/., ]\s?\d{2,4}|\d{4}년|"
    r"[^\W\d_]{3,9}\.? \d{1,2},? \d{4})"
)
NAME_START = re.compile(r"[\s\u3000]*[^:<>：]{1,100}[<＜(\[][^<>\s]{1,120}@[^<>\s]{1,120}[>＞)\]]")
TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.h時：]\s?\d{2}(?!\d{2})|(?<!\d)\d{1,2}時")
DATE = re.compile(
    r"\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|"
    r"\d{1,2}\.?[- ](?:de )?[^\W\d_]{3,10}\.?,?[- ](?:de )?\d{4}|[^\W\d_]{3,9}\.? \d{1,2},? \d{4}|"
    r"\d{4}년 ?\d{1,2}월|\d{1,2}月\d{1,2}日|\d{1,2}[ -][^\W\d_]{3,9}[ -]\d{2,4}|\b\d{1,2}\.? [^\W\d_]{3,10}\.? \d{4}"
)
ADDRESS = re.compile(r"[^\s<>@\"']{1,100}@[^\s<>@\"']{1,200}")
ENDS = re.compile(r"[:：][\s\u3000*>]*\Z")
DATE_ONLY = re.compile(
    r"\s*(?:\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d\d (?:GMT|UTC)[+-]\d\d?:\d\d .{1,80}|"
    r"\d{4}[/-]\d{1,2}[/-]\d{1,2}\s(?:\d{1,2}:\d\d\s)?.{1,100}<[^<>\s]+@[^<>\s]+>)\s*\Z"
)
WRAPPED = re.compile(r"\s*-{3,}\s?(.{10,300}?)\s?-{3,}\s*\Z")
OTHERS = re.compile(
    r"\s*(?:quoting|citando|citeren|zitat von|citat)\s.{3,200}:\s*\Z|\s*(?:in message|in article|"
    r"in) <[^<>]{3,200}>,?.{0,200}(?:wrote|writes):?\s*\Z|"
    r"\s*-+\s?.{1,100}\b(?:wrote|schrieb)\s.{5,100}-{2,}\s*\Z|\s*(?:sent|gesendet|envoyé|"
    r"enviado)\b.{3,150}\bwrote:\s*\Z|"
    r"[\s\u3000]*(?:(?:>{3}|＞{3}|》)\s*)?[^\s].{0,60}(?:さん|様|氏)?(?:は|が)?(?:書きました|wrote|"
    r"writes)\s*[:：]\s*\Z",
    re.IGNORECASE,
)


def is_original(line: str) -> bool:
    """``-----Original Message-----`` in any language."""
    stripped = line.strip()
    return 3 < len(stripped) < 160 and bool(_ORIGINAL.match(stripped) or _ALSO_ORIGINAL.fullmatch(stripped))


def is_forward(line: str) -> bool:
    """``---------- Forwarded message ---------`` in any language."""
    stripped = line.strip().strip("*")
    return 1 < len(stripped) < 160 and bool(_FORWARDED.match(stripped))


SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
RANGES = ((0x2000, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069), (0xFEFF, 0xFEFF))
UNSEEN = SPACES + "".join(chr(code) for first, last in RANGES for code in range(first, last + 1))
DIGIT = re.compile(r"\d")


def promising(lines: list[str]) -> list[bool]:
    """On which lines an attribution may begin: true for more than it need be, and cheap.

    One of its lines has a mark at its end; or it has a digit and stands above a quotation, or says a time zone or
    who posted.
    """
    found = [False] * len(lines)
    ends, digit, above_quote = FAR, FAR, False
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number].strip(UNSEEN)
        if not line:
            if lines[number + 1 : number + 2] and not lines[number + 1].strip().startswith("<"):
                ends = digit = FAR
            continue
        if line[-1] in ":：>-*_":
            ends = number
        if DIGIT.search(line):
            digit = number
        found[number] = ends - number < MOST_LINES or (
            digit - number < MOST_LINES
            and (above_quote or "GMT" in line or "UTC" in line or line[:6].lower() == "posted")
        )
        above_quote = above_quote or line[0] in ">＞»"
    return found


def attribution(lines: list[str], at: int, starts_paragraph: bool, before_quote: bool) -> int:
    """How many lines from `at` on introduce a quotation; 0 for none. Clients wrap such a line as they like."""
    if len(lines[at]) > LONGEST:
        return 0
    first = INVISIBLE.sub("", lines[at]).strip()
    if not first:
        return 0
    explicit = bool(START.match(first) or DATE_START.match(first))
    named = bool(NAME_START.match(first)) or starts_paragraph
    if not explicit and not named and not first.startswith(("-", "Sent", "sent", "(", "[")) and not VERB.search(first):
        return 0
    joined, used = "", 0
    for number in range(at, min(at + MOST_LINES, len(lines))):
        piece = INVISIBLE.sub("", lines[number]).strip()
        if not piece:
            # One client writes the name and the address with blank lines between them.
            if (
                number + 1 < len(lines)
                and lines[number + 1].strip()[:1] == "<"
                and len(lines[number + 1].strip()) < 200
            ):
                continue
            break
        if (
            used
            and QUOTED.match(lines[number])
            and not (piece.startswith("> ") and VERB.search(piece) and ENDS.search(piece))
        ):
            break
        if used and not explicit and (START.match(piece) or DATE_START.match(piece)) and _complete(lines, number):
            return 0
        joined = f"{joined} {piece}".strip()
        used = number - at + 1
        if len(joined) > LONGEST:
            return 0
        if _introduces(joined, explicit, named, before_quote or _quote_follows(lines, number + 1)):
            return used
        if used == 1 and not explicit and not starts_paragraph and not NAME_START.match(first) and not _hangs(piece):
            return 0
    return 0


def _complete(lines: list[str], at: int) -> bool:
    """Whether an attribution begins at this very line, so that the line above it is the customer's."""
    return attribution(lines, at, False, False) > 0


def _hangs(piece: str) -> bool:
    return piece.endswith(("<", ",", "、")) or bool(ADDRESS.search(piece))


def _quote_follows(lines: list[str], at: int) -> bool:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at < len(lines) and bool(QUOTED.match(lines[at]))


def _introduces(joined: str, explicit: bool, named: bool, before_quote: bool) -> bool:
    if POSTED.match(joined):
        return True
    ends = ENDS.search(joined) is not None
    if not ends and joined[-1] not in ">-" and not joined[0].isdigit() and not LAST_VERB.search(joined):
        return False
    wrapped = WRAPPED.match(joined)
    if (
        wrapped is not None
        and VERB.search(wrapped.group(1))
        and (DATE.search(wrapped.group(1)) or TIME.search(wrapped.group(1)))
    ):
        return True
    address = ADDRESS.search(joined) is not None
    when = TIME.search(joined) is not None or DATE.search(joined) is not None
    verb = VERB.search(joined) is not None
    if DATE_ONLY.match(joined):
        return True
    if OTHERS.match(joined) and (when or address or before_quote):
        return True
    if ends and verb and (when or address) and (explicit or named):
        # A sentence of one's own may end like this; then a quotation, a date or an address tells.
        return before_quote or (when and (address or explicit)) or address
    if ends and address and when and (explicit or named):
        return True
    if not before_quote or not when:
        return False
    if ends:
        return (explicit or named) and len(joined) < 160
    return verb and ((address and explicit) or LAST_VERB.search(joined) is not None)


_KEY = re.compile(
    r"[ \t\u3000]{0,12}[*_]{0,2}(?:"
    + "|".join(f"(?P<{kind.replace('-', '_')}>{words})" for kind, words in phrases.KEYS.items())
    + r")[ \t\u3000\xa0]{0,3}[*_]{0,2}[ \t\u3000\xa0]{0,3}[:：][*_]{0,2}(?P<value>.*)\Z",
    re.IGNORECASE,
)


def _kind(line: str) -> tuple[str, str]:
    match = _KEY.match(line) if len(line) <= 2_000 and (":" in line or "：" in line) else None
    if match is None:
        return "", ""
    kind = next(name for name, value in match.groupdict().items() if value is not None and name != "value")
    return kind, match.group("value").strip()


def header_block(lines: list[str], at: int) -> int:
    """How many lines from `at` on are the header of a quoted mail (From, Sent, To, Subject); 0 for none."""
    kind, value = _kind(lines[at])
    if kind not in ("from", "sent", "to", "subject"):
        return 0
    found = {kind: value}
    last, number, misses = at, at + 1, 0
    while number < len(lines) and number - at < 14 and misses < 3:
        line = lines[number]
        if not line.strip():
            # Clients that make paragraphs of the lines put blanks between them.
            following = _kind(lines[number + 1])[0] if number + 1 < len(lines) else ""
            if not following or following in found:
                break
            number += 1
            continue
        kind, value = _kind(line)
        if kind:
            found.setdefault(kind, value)
            last, misses = number, 0
        else:
            misses += 1
        number += 1
    values = " ".join(found.values())
    if "from" in found and ("sent" in found or "subject" in found):
        # "From: Tokyo / Date: 3 May" is a booking, not a mail; a mail has two more fields, or an address, or a time.
        sure = len(found) >= 3 or "@" in values or "..." in values or TIME.search(found.get("sent", "")) is not None
        return last - at + 1 if sure else 0
    if "from" in found and "to" in found and "@" in found["from"] and "@" in found["to"]:
        return last - at + 1
    if "sent" in found and "to" in found and "@" in found["to"] and TIME.search(found["sent"]):
        return last - at + 1
    if {"sent", "to", "subject"} <= set(found) and TIME.search(found["sent"]):
        return last - at + 1
    return 0


LONE_DATE = re.compile(r"[\d./年月日 -]{6,16}[ ,]{0,2}\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?[AaPp][Mm])?\Z")
LONE_TO = re.compile(rf"(?:{phrases.KEYS['to']})\Z", re.IGNORECASE)
LONE_SUBJECT = re.compile(rf"(?:{phrases.KEYS['subject']})\Z", re.IGNORECASE)


def notes_block(lines: list[str], at: int) -> int:
    """The header that Lotus Notes writes: a name, a date, then To, cc and Subject on lines of their own."""
    if at + 1 >= len(lines) or not LONE_DATE.match(lines[at + 1].strip()) or len(lines[at]) > 200:
        return 0
    to = 0
    for number in range(at + 2, min(at + 18, len(lines))):
        word = lines[number].strip()
        if not to and LONE_TO.match(word):
            to = number
        elif to and LONE_SUBJECT.match(word):
            return number + 2 - at
    return 0
