"""In charge of judging an SMTP server's words: is a refusal final, or shall the courier come again?

    where it was said      4xx, silence, lost line     5xx
    connecting, EHLO, TLS  later                       later: it is about us or the hour, not about the letter
    sign-in                later                       later: an admin must mend the account, the letter is fine
    MAIL FROM, DATA        later                       final
    RCPT TO                later                       final for that recipient

Two exceptions: 552 to RCPT TO means "too many recipients" or a full mailbox (RFC 5321 §4.5.3.1.10) and 5.2.2 a full
mailbox, which people empty; 421 says goodbye at any place and is never about the letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from channels.contract import TryLater, Undeliverable

Place = Literal["connect", "sign-in", "mail", "rcpt", "data"]

ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
SIGN_IN_CODES = {530, 534, 535, 538}  # RFC 4954 §6: asked for sign-in though we are at MAIL FROM


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: `code` is SMTP's three digits (0: nothing was said), `text` its words in one line."""

    code: int
    text: str

    @classmethod
    def of(cls, code: int, text: str) -> Answer:
        """From the library's response; line breaks and stray bytes made harmless."""
        words = " ".join(text.encode("utf-8", "replace").decode("utf-8", "replace").split())
        return cls(code, words[:500])

    @property
    def words(self) -> str:
        """Code and text, as shown to an agent."""
        return f"{self.code} {self.text}".strip() if self.code > 0 else self.text

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463), else SMTP's own."""
        found = ENHANCED.match(self.text)
        return found[1] if found else str(self.code) if self.code > 0 else ""


def is_final(answer: Answer, place: Place) -> bool:
    """Whether the same letter would be refused for ever."""
    if place in ("connect", "sign-in") or not 500 <= answer.code <= 599 or answer.code in SIGN_IN_CODES:
        return False
    if place == "rcpt":
        return answer.code != 552 and not answer.status.startswith("5.2.2")
    return True


def failure(answer: Answer, place: Place) -> Undeliverable | TryLater:
    """The exception to raise for a refusal."""
    if is_final(answer, place):
        return Undeliverable(answer.words, code=answer.status)
    lead = {"connect": "No connection to the mail server. ", "sign-in": "The mail server refuses our sign-in. "}
    after = timedelta(minutes=15) if place == "sign-in" else None
    return TryLater(lead.get(place, "") + answer.words, after=after, code=answer.status)
