"""Reads Message-ID, In-Reply-To and References from raw header bytes, so that one broken id spoils no other."""

import re

from channels.email.reading.charsets import clean
from channels.email.reading.headers import unfold
from channels.email.reading.words import raw_text

BRACKETED = re.compile(r"<([^<>]*)>?")
COMMENT = re.compile(r"\([^()]*\)")
LONGEST = 998  # RFC 5322 section 2.1.1: no line, so no id, is longer


def one(raw: bytes) -> str:
    """The id of a Message-ID or In-Reply-To field without its brackets, or ``""``."""
    text = clean(raw_text(unfold(raw))).strip()
    match = BRACKETED.search(text)
    if match is not None:
        while match is not None and not match.group(1).strip():
            match = BRACKETED.search(text, match.end())
        return match.group(1).strip()[:LONGEST] if match is not None else ""
    text = COMMENT.sub(" ", text).strip().strip(">").strip()
    if re.search(r"\s", text):
        # Free text in front, as old mailers wrote: Your message of Tuesday, abc@x.
        return next((token.strip(",;\"'") for token in text.split() if "@" in token), "")[:LONGEST]
    return text[:LONGEST]


def many(raws: list[bytes], limit: int) -> tuple[str, ...]:
    """The ids of every References field in their order, each once; a very long chain keeps its two ends."""
    found: dict[str, None] = {}
    for raw in raws:
        text = COMMENT.sub(" ", clean(raw_text(unfold(raw))))
        at = 0
        for match in BRACKETED.finditer(text):
            for token in _bare(text[at : match.start()]):
                found.setdefault(token)
            if match.group(1).strip():
                found.setdefault(match.group(1).strip()[:LONGEST])
            at = match.end()
        rest = text[at:]
        for token in _bare(rest) if at or "@" in rest else rest.split()[:1]:
            found.setdefault(token[:LONGEST])
    ids = list(found)
    return tuple(ids if len(ids) <= limit else ids[:1] + ids[-(limit - 1) :])


def _bare(text: str) -> list[str]:
    return (
        [token.strip(",;\"'")[:LONGEST] for token in re.split(r"[\s,;]+", text) if "@" in token.strip("@")]
        if "@" in text
        else []
    )
