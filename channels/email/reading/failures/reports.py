"""Reads delivery status notifications (RFC 3464), also where their fields stand in the wrong kind of part."""

import re

from channels.email.reading import words
from channels.email.reading.failures import codes
from channels.email.reading.failures.notices import Evidence
from channels.email.reading.mail import Bounce
from channels.email.reading.parts import Part
from channels.email.reading.tables import listed

STATUS_KINDS = ("message/delivery-status", "message/global-delivery-status", "message/delivery-status-report")
FIELD = re.compile(r"[ \t>]*([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)\Z")
BEGIN = re.compile(
    r"^[ \t>]*(?:Reporting-MTA|Final-Recipient|Original-Recipient|Original-Envelope-Id)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
RECIPIENT_FIELD = re.compile(r"^[ \t>]*(?:Final|Original|X-Actual)-Recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)
FAILED = ("failed", "failure", "fail", "undeliverable", "error", "expired")
NOT_FAILED = ("delayed", "delivered", "relayed", "expanded", "deliverable", "queued", "success", "delay")
MOST_RECIPIENTS = 1_000
LIMIT = 400_000


def read(parts: list[Part], root: Part, text: str, evidence: Evidence) -> tuple[list[Bounce], list[Bounce]]:
    """The failed recipients, and those of whom the report tells something else: a delay, a delivery."""
    sources = [words.raw_text(part.data(LIMIT)) for part in parts if part.kind in STATUS_KINDS]
    if not any(RECIPIENT_FIELD.search(source) for source in sources):
        for part in parts:
            if (part.kind.startswith("text/") and part.kind != "text/html") or part.kind == "application/octet-stream":
                if part is root and not evidence.suspicious:
                    continue
                source = words.raw_text(part.data(LIMIT))
                if RECIPIENT_FIELD.search(source) and (
                    evidence.suspicious or "multipart/report" in (root.kind, root.said)
                ):
                    begin = BEGIN.search(source)
                    sources.append(source[begin.start() if begin else 0 :])
    found: list[Bounce] = []
    others: list[Bounce] = []
    for source in sources:
        for fields in blocks(source):
            if len(found) + len(others) >= MOST_RECIPIENTS:
                break
            one = _recipient(fields, text)
            if one is None:
                continue
            failed = one.action not in NOT_FAILED if one.action else not one.status.startswith("2")
            (found if failed else others).append(one)
    return _once(found), _once(others)


def _once(found: list[Bounce]) -> list[Bounce]:
    """Each recipient's first block."""
    unique = {one.recipient.lower(): one for one in reversed(found)}
    return list(reversed(unique.values()))


REJECTED = re.compile(r"(?i)automatically rejected|rejected mail|was rejected|quota exceeded|mailbox full")


def rejected(parts: list[Part], subject: str, text: str) -> list[Bounce]:
    """A refusal that its server dressed up as a read receipt, as Dovecot does (RFC 5429 section 2.1.2 allows it)."""
    if not (REJECTED.search(subject) or REJECTED.search(text[:2_000])):
        return []
    for part in parts:
        if part.kind == "message/disposition-notification":
            for fields in blocks(words.raw_text(part.data(LIMIT))):
                one = _recipient(fields, text)
                if one is not None and "deleted" in fields.get("disposition", ""):
                    return [
                        Bounce(
                            one.recipient,
                            one.status,
                            one.diagnostic,
                            fields.get("original-message-id", "").strip("<> "),
                            "failed",
                        )
                    ]
    return []


def blocks(source: str) -> list[dict[str, str]]:
    """Blocks of fields between blank lines; a block may be cut where its writer put a blank line too many."""
    found: list[dict[str, str]] = []
    fields: dict[str, str] = {}
    name = ""
    for line in source.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line.strip():
            if fields:
                found.append(fields)
            fields, name = {}, ""
            continue
        match = FIELD.match(line)
        if line[:1] in " \t" and name and not (match and match.group(1).lower() in KNOWN):
            fields[name] = f"{fields[name]} {line.strip()}"[:4_000]
        elif match is not None:
            name = match.group(1).lower()
            if name == "final-recipient" and name in fields:
                # The next recipient without a blank line in front of it.
                found.append(fields)
                fields = {}
            fields.setdefault(name, match.group(2).strip())
        else:
            if name:
                fields[name] = f"{fields[name]} {line.strip()}"[:4_000]
    if fields:
        found.append(fields)
    return _joined(found)


KNOWN = frozenset(
    listed(
        "final-recipient original-recipient x-actual-recipient action status "
        "diagnostic-code remote-mta last-attempt-date "
        "final-log-id will-retry-until reporting-mta arrival-date received-from-mta dsn-gateway original-envelope-id"
    )
)


def _joined(blocks: list[dict[str, str]]) -> list[dict[str, str]]:
    """Action and Status that stand in a block of their own belong to the recipient above them."""
    found: list[dict[str, str]] = []
    for fields in blocks:
        has = _has_recipient(fields)
        if (
            not has
            and found
            and _has_recipient(found[-1])
            and ("action" in fields or "status" in fields or "diagnostic-code" in fields)
        ):
            for key, value in fields.items():
                found[-1].setdefault(key, value)
        elif has and found and not _has_recipient(found[-1]) and "status" in found[-1] and "status" not in fields:
            found[-1].update(fields)
        else:
            found.append(fields)
    return found


def _has_recipient(fields: dict[str, str]) -> bool:
    return any(name in fields for name in ("final-recipient", "original-recipient", "x-actual-recipient"))


def _recipient(fields: dict[str, str], text: str) -> Bounce | None:
    if not _has_recipient(fields):
        return None
    candidates = [
        _address(fields.get(name, "")) for name in ("original-recipient", "final-recipient", "x-actual-recipient")
    ]
    recipient = next((one for one in candidates if "@" in one), next((one for one in candidates if one), ""))
    if not recipient:
        return None
    diagnostic = re.sub(r"^[A-Za-z0-9_-]{1,20}\s*;\s*", "", fields.get("diagnostic-code", "")).strip()
    action = re.split(r"[\s(;]", fields.get("action", "").strip().lower())[0]
    status = codes.status(fields.get("status", ""))
    if not status or status.endswith(".0.0"):
        better = codes.status(diagnostic) or (codes.status(codes.near(text, recipient)) if not status else "")
        if better and not status:
            status = better
    if not status and action not in NOT_FAILED:
        status = codes.from_reply(diagnostic)
    return Bounce(recipient, status, diagnostic[:1_000], "", action[:40])


def _address(value: str) -> str:
    """``rfc822; <taro@example.jp>`` and every way in which servers get this wrong."""
    value = re.sub(r"\([^()]*\)", " ", value) if "@" in re.sub(r"\([^()]*\)", " ", value) else value
    kind, semicolon, rest = value.partition(";")
    value = (rest if semicolon and "@" not in kind else value).strip().rstrip(";").strip()
    match = re.search(r"<([^<>\s]+@[^<>\s]+)>", value) or re.search(r"([^\s<>\"';,]+@[^\s<>\"';,]+)", value)
    if match is None:
        return value.strip("<>\"' ").split(" ")[0]
    return match.group(1).removeprefix("mailto:").strip("'\"")
