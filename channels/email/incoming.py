"""In charge of turning a read mail into what the desk takes: messages and delivery reports. Pure, no network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, cast

from channels.contract import Arrival, Attachment, DeliveryReport, Inbound, InboundMessage, Party
from channels.email.addresses import find_token, key_of, normal, split
from channels.email.reading import Address, Mail, read
from channels.email.settings import settings_of

Verdict = Literal["pass", "fail", "none"]
MOST_FILES = 500
"""A mail with more files than this was made to hurt: each is a write to disk. The original keeps them all."""
STATES: dict[str, Literal["delivered", "delayed", "bounced", "complained"]] = {
    "delayed": "delayed",
    "delay": "delayed",
    "queued": "delayed",
    "complained": "complained",
    "success": "delivered",
    "deliverable": "delivered",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}


def inbound(arrival: Arrival, mark: str = "") -> Sequence[Inbound]:
    """What an arrival says; `mark` is our own loop mark, under which our own mail may come back."""
    mail = read(cast(bytes, arrival.raw.view()))  # an mmap serves as well: the reader only slices and searches
    message = _message(arrival, mail, mark)
    reports: list[Inbound] = []
    for bounce in (*mail.bounces, *mail.reports):
        reports.append(
            DeliveryReport(
                key=key_of(arrival.account, bounce.message_id) if bounce.message_id else None,
                recipient=normal(bounce.recipient) if bounce.recipient else "",
                state=STATES.get(bounce.action.lower(), "bounced"),
                at=message.sent_at,
                words=bounce.diagnostic,
                status=bounce.status,
                message=None if reports else message,
            )
        )
    return reports or [message]


def _message(arrival: Arrival, mail: Mail, mark: str) -> InboundMessage:
    account = arrival.account
    authentication = judge(mail, settings_of(account).authserv_id)
    references = tuple(dict.fromkeys(item for item in (*mail.references, mail.in_reply_to) if item))
    automatic = mail.auto_reason or ("bounce" if mail.is_bounce else "auto" if mail.is_auto else "")
    if mark and any(mark == found.strip() for found in mail.loop_marks):
        automatic = "loop"
    return InboundMessage(
        external_id=mail.message_id or arrival.external_id,
        sender=_sender(arrival, mail, authentication),
        subject=mail.subject,
        text=mail.text if mail.is_bounce else mail.reply_text,
        whole_text=mail.text,
        html=mail.html,
        sent_at=_sent_at(mail.date, arrival.received_at),
        to=_parties(mail.to),
        cc=_parties(mail.cc),
        reply_to=next(iter(_parties(mail.reply_to)), None),
        attachments=tuple(
            Attachment(
                filename=file.filename,
                content_type=file.content_type,
                size=file.size,
                chunks=file.chunks,
                inline=file.inline,
                content_id=file.content_id or None,
            )
            for file in mail.attachments[:MOST_FILES]
        ),
        token=find_token(account, _addressed(arrival, mail), references),
        references=references,
        automatic=automatic or None,
        authentication=authentication,
        acknowledge=account.settings.get("acknowledge") is True and not automatic and authentication != "fail",
        marks=mail.marks if len(mail.attachments) <= MOST_FILES else tuple(sorted({*mail.marks, "parts-cut"})),
    )


def _addressed(arrival: Arrival, mail: Mail) -> Sequence[str]:
    """Every address the mail was sent to, the surest first: envelope, what servers noted, To, Cc."""
    recipients = arrival.envelope.get("rcpt_tos")
    envelope = [str(one) for one in recipients] if isinstance(recipients, (list, tuple)) else []
    return [*envelope, *mail.delivered_to, *(one.email for one in (*mail.to, *mail.cc))]


def _sender(arrival: Arrival, mail: Mail, authentication: Verdict) -> Party:
    if mail.from_email:
        # Nobody's claim is checked where no relay is trusted, as everywhere in mail; only a failed one is held back.
        return Party("email", normal(mail.from_email), mail.from_name, verified=authentication != "fail")
    envelope = str(arrival.envelope.get("mail_from") or "")
    return Party("email", normal(envelope) if "@" in envelope else "", mail.from_name, verified=False)


def _parties(addresses: Sequence[Address]) -> tuple[Party, ...]:
    return tuple(Party("email", normal(one.email), one.name, verified=False) for one in addresses if one.email)


def _sent_at(date: datetime | None, received_at: datetime) -> datetime:
    """The sender's clock where it can be right: never later than we received it."""
    if date is None:
        return received_at
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return min(date, received_at)


def judge(mail: Mail, authserv_id: str) -> Verdict:
    """What the trusted server found out about the sender (RFC 8601); "none" where no server is trusted.

    DMARC decides where it was checked. Else a DKIM signature of the sender's own domain passes, and a failed SPF
    without one fails. Where the trusted server wrote several headers a failure outweighs: a forger may add a pass
    in its name if the server does not strip it, but nobody forges a failure.
    """
    verdicts: set[Verdict] = set()
    domain = split(mail.from_email)[1]
    for result in mail.authentication:
        if not authserv_id or result.server.lower() != authserv_id:
            continue
        aligned = bool(domain) and (
            result.domain.rpartition("@")[2] == domain or domain.endswith("." + result.domain.rpartition("@")[2])
        )
        if result.dmarc in ("pass", "fail"):
            verdicts.add("pass" if result.dmarc == "pass" else "fail")
        elif result.dkim == "pass":
            verdicts.add("pass" if aligned else "none")
        elif result.spf == "fail":
            verdicts.add("fail")
    return "fail" if "fail" in verdicts else "pass" if "pass" in verdicts else "none"
