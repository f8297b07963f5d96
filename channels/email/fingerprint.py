"""In charge of telling a mail that comes again from a new one: a digest that does not mind by which way it came.

Each hop writes its traces in front of a mail (Received, Delivered-To …), so the same mail fetched by IMAP and handed
over by SMTP, or delivered to two of our addresses, is not the same bytes. Where a mail names itself (Message-ID and
Date), traces are left out of the digest. Where it does not, every byte counts: two alerts of a machine that are equal
but for their traces are two.
"""

from __future__ import annotations

import hashlib
import re

LONGEST_HEAD = 256 * 1024

# RFC 5321 §4.4, RFC 8601, RFC 8617, and what common servers and filters add on delivery
TRACE = re.compile(
    rb"(?:received|x-received|return-path|delivered-to|x-original-to|envelope-to|x-envelope-(?:to|from)|delivery-date"
    rb"|authentication-results|arc-[a-z-]+|received-spf|x-google-[a-z-]+|x-gm-[a-z-]+|x-forwarded-(?:to|for)"
    rb"|x-spam[a-z-]*|x-virus[a-z-]*|x-rspamd[a-z-]*|x-ms-exchange-organization-[a-z-]+|status|x-status|x-uid"
    rb"|x-keywords|x-mozilla-[a-z0-9-]+)[ \t]*:",
    re.I,
)
NAMES_ITSELF = (re.compile(rb"^message-id[ \t]*:.*@", re.I | re.M), re.compile(rb"^date[ \t]*:.*\d", re.I | re.M))
FIELD = re.compile(rb"[^\n]*\n(?:[ \t][^\n]*\n)*|[^\n]+\Z")
BLANK = re.compile(rb"\n\r?\n")


class Fingerprint:
    """Fed with a mail piece by piece; `name` is then what the desk knows it by."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._head = bytearray()
        self._in_head = True

    def update(self, piece: bytes) -> None:
        """More of the mail."""
        if not self._in_head:
            self._digest.update(piece)
            return
        searched = max(len(self._head) - 3, 0)
        self._head += piece
        end = BLANK.search(self._head, searched)
        if end is not None and end.end() <= LONGEST_HEAD:
            self._leave_head(end.end())
        elif len(self._head) > LONGEST_HEAD:
            self._leave_head(0)

    def _leave_head(self, end: int) -> None:
        head, rest = bytes(self._head[:end]), self._head[end:]
        if all(pattern.search(head) for pattern in NAMES_ITSELF):
            head = b"".join(field for field in FIELD.findall(head) if not TRACE.match(field))
        self._digest.update(head)
        self._digest.update(rest)
        self._in_head = False
        self._head.clear()

    @property
    def name(self) -> str:
        """`sha256:` and the digest of all that was fed."""
        if self._in_head:
            self._leave_head(len(self._head))
        return f"sha256:{self._digest.hexdigest()}"


def fingerprint(mail: bytes) -> str:
    """The name of a mail that is in memory."""
    whole = Fingerprint()
    whole.update(mail)
    return whole.name
