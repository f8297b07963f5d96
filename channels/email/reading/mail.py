"""What a mail is once it has been read: plain frozen values, every string clean enough for a database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime


class MailTooComplex(ValueError):
    """A mail bomb: so many headers or parts that reading on would cost more than the mail is worth."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where reading stops; the mail keeps a mark (`headers-cut`, `parts-cut`, `text-cut`, ...) when one was met.

    Counts are counts, sizes are bytes (characters for texts).
    """

    headers: int = 20_000
    header_bytes: int = 4_000_000
    header_value: int = 400_000
    recipients: int = 20_000
    references: int = 1_000
    parts: int = 10_000
    depth: int = 400
    delimiters: int = 50_000
    text: int = 2_000_000
    html: int = 1_500_000
    unpacked: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Address:
    """A name and an address as written; `email` has no brackets, `name` is decoded and may be empty."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with the mail; its bytes are decoded only while `chunks()` is walked.

    `filename` is safe to show and to store: no path, no control characters, never empty. `content_id` has no
    brackets. `inline` tells that the mail's text refers to it or that its sender asked to show it in place.
    """

    filename: str
    content_type: str
    size: int
    inline: bool
    content_id: str
    source: Callable[[], Iterator[bytes]] = field(repr=False, compare=False)

    def chunks(self) -> Iterator[bytes]:
        """The decoded bytes, piece by piece, from the raw mail (which must still be open if it is an mmap)."""
        return self.source()

    def read(self) -> bytes:
        """The decoded bytes at once."""
        return b"".join(self.source())


@dataclass(frozen=True, slots=True)
class Bounce:
    """One address to which a mail of ours could not be delivered (RFC 3464, or what servers write instead).

    `status` is an enhanced status code (RFC 3463, "5.1.1") or empty; `message_id` names the mail that came back. In
    `Mail.reports` something else is told of the address: `action` is "delayed", "delivered" … or "complained".
    """

    recipient: str
    status: str
    diagnostic: str
    message_id: str
    action: str


@dataclass(frozen=True, slots=True)
class Authentication:
    """One Authentication-Results header (RFC 8601). Only worth something if the caller trusts `server`."""

    server: str
    dkim: str
    spf: str
    dmarc: str
    arc: str
    domain: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as the desk needs it. Ids carry no brackets; texts use ``\\n``; missing things are empty, not None.

    `marks` tells what was repaired or cut: boundary-guessed, boundary-missing, charset-damaged, charset-guessed,
    depth-cut, envelope-line, header-skipped, header-unfinished, headers-cut, parts-cut, text-cut, tnef, truncated.
    `auto_reason` is one of auto-response-suppress, auto-submitted, autoreply, autoresponder, bounce, daemon,
    delivery-report, list, loop, null-return-path, precedence, report, vacation, vacation-subject, or empty.
    """

    subject: str
    from_email: str
    from_name: str
    sender: Address | None
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    text: str
    reply_text: str
    html: str | None
    attachments: tuple[Attachment, ...]
    is_auto: bool
    auto_reason: str
    is_bounce: bool
    bounces: tuple[Bounce, ...]
    reports: tuple[Bounce, ...]
    authentication: tuple[Authentication, ...]
    delivered_to: tuple[str, ...]
    list_id: str
    auto_submitted: tuple[str, ...]
    precedence: tuple[str, ...]
    loop_marks: tuple[str, ...]
    marks: tuple[str, ...]

    @property
    def bounce(self) -> Bounce | None:
        """The first failed recipient, for the many bounces that have just one."""
        return self.bounces[0] if self.bounces else None
