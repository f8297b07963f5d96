"""Reads address lists as people and mailers write them, not only as RFC 5322 section 3.4 allows."""

import re

from channels.email.reading import words
from channels.email.reading.charsets import clean
from channels.email.reading.mail import Address

# One piece of an address list: quoted string, comment, bracketed address, separator, or a run of anything else.
TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|<([^<>]*)>|([,;])|([(])|([^",;<>()]+)|(.)', re.DOTALL)
UNQUOTED = re.compile(r'()(?!)|<([^<>]*)>|([,;])|([(])|([^",;<>()]+)|(.)', re.DOTALL)
LONGEST_NAME = 500
BARE = re.compile(r"[^\s<>\"',;:()\[\]]+@[^\s<>\"',;:()]+")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
SPACES = re.compile(r"\s+")
WORD = re.compile(r"=\?[^?\s]{1,80}\?[bBqQ]\?[^?]*\?=")
NOBODY = re.compile(r"(?i)undisclosed|unlisted|recipients? list|recipient list|no recipients")


def parse(raw: bytes, limit: int = 20_000, hint: str = "") -> list[Address]:
    """The addresses of a header value, in order; pieces without an address are only kept as a name in front of one."""
    text = words.raw_text(raw, hint)
    found: list[Address] = []
    pieces: list[tuple[str, str]] = []  # (kind, text) since the last separator
    carried = ""  # a name cut by a comma that nobody quoted: Yamada, Taro <taro@example.jp>
    at, size = 0, len(text)
    token = TOKEN
    while at < size and len(found) < limit:
        word = WORD.match(text, at)
        if word is not None:
            pieces.append(("text", word.group()))
            at = word.end()
            continue
        match = token.match(text, at)
        if match is None:
            break
        quoted, angle, separator, comment, plain, stray = match.groups()
        at = match.end()
        if quoted is not None:
            pieces.append(("quoted", ESCAPED.sub(r"\1", quoted)))
        elif angle is not None:
            pieces.append(("angle", angle))
        elif comment is not None:
            at, inner = _comment(text, at)
            pieces.append(("comment", inner))
        elif separator is not None:
            carried = _finish(pieces, carried, found)
            pieces = []
        elif plain is not None:
            begin = plain.find("=?")
            if begin > 0:
                at = match.start() + begin
                plain = plain[:begin]
            if ":" in plain and not pieces and "@" not in plain.split(":", 1)[0]:
                # A group's name (RFC 5322 section 3.4) is no recipient.
                plain = plain.split(":", 1)[1]
                carried = ""
            pieces.append(("text", plain))
        elif stray == '"':
            # No quote closes this one, so none can close a later one; looking again would cost the square.
            token = UNQUOTED
        elif stray not in ("<", ">", ")"):
            pieces.append(("text", stray))
    _finish(pieces, carried, found)
    return found


def first(raw: bytes, hint: str = "") -> Address:
    """The first address; when there is none, the text is kept as a name."""
    found = parse(raw, 1, hint)
    if found:
        return found[0]
    text = words.decode(raw, hint).strip().strip('"<>').strip()
    return Address(clean(text), "")


def _comment(text: str, at: int) -> tuple[int, str]:
    """The end and text of a comment whose bracket is open; comments nest (RFC 5322 section 3.2.2)."""
    depth, begin = 1, at
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if not depth:
                return at + 1, text[begin:at]
        at += 1
    return len(text), text[begin:]


def _finish(pieces: list[tuple[str, str]], carried: str, found: list[Address]) -> str:
    """Adds the address that the pieces spell; returns a name without one, which may belong to the next."""
    if not pieces:
        return carried
    angles = [text for kind, text in pieces if kind == "angle"]
    with_address = [text for text in angles if "@" in text or "＠" in text] or [text for text in angles if text.strip()]
    if with_address:
        email = tidy(with_address[-1])
        name = _name([piece for piece in pieces if piece[0] in ("text", "quoted")])
        if carried:
            name = f"{carried}, {name}" if name else carried
        if not name:
            name = _name([piece for piece in pieces if piece[0] == "comment"])
        if email:
            found.append(Address(name, email))
        return ""
    glued = "".join(f'"{text}"' if kind == "quoted" else text for kind, text in pieces if kind in ("text", "quoted"))
    bare = _bare(pieces, glued)
    if bare is not None:
        email, name = bare
        found.append(Address(name or _name([piece for piece in pieces if piece[0] == "comment"]), email))
        return ""
    name = _name([piece for piece in pieces if piece[0] in ("text", "quoted")])
    return "" if NOBODY.search(name) else (f"{carried}, {name}" if carried else name)[:LONGEST_NAME]


def _bare(pieces: list[tuple[str, str]], glued: str) -> tuple[str, str] | None:
    """An address without brackets: alone, behind a name, or with its local part in quotes."""
    stripped = glued.strip()
    if "@" not in stripped:
        stripped = stripped.replace("＠", "@")
    if "@" not in stripped:
        return None
    if not SPACES.search(stripped) or re.fullmatch(r'"[^"]*"@\S+', stripped):
        return tidy(stripped), ""
    matches = list(BARE.finditer(stripped))
    if not matches:
        return None
    match = matches[-1]
    name = stripped[: match.start()] + " " + stripped[match.end() :]
    return tidy(match.group()), _name([("text", name)])


def _name(pieces: list[tuple[str, str]]) -> str:
    text = words.decode_text("".join(part for _, part in pieces).strip()) if pieces else ""
    text = SPACES.sub(" ", clean(text)).strip()
    while len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return text.replace('\\"', '"')


def tidy(email: str) -> str:
    """An address without what mailers put around it; its local part stays as it is (``foo..bar.@docomo.ne.jp``)."""
    email = clean(words.decode_text(email)).strip().strip("<>").strip()
    if email.lower().startswith("mailto:"):
        email = email[7:]
    email = email.replace("＠", "@")
    if email.startswith("@") and ":" in email:
        email = email.split(":", 1)[1]  # a source route (RFC 5322 section 4.4)
    local, at, domain = email.rpartition("@")
    if at:
        local = local.strip()
        if len(local) > 1 and local[0] == local[-1] == '"' and not re.search(r'[\s"\\,;:<>()@]', local[1:-1]):
            local = local[1:-1]
        if '"' not in local:
            local = SPACES.sub("", local)
        email = f"{local}@{SPACES.sub('', domain).strip('.,;')}"
    return email[:1_000]
