"""Reads failure notices that are written for people: qmail, Exim, Exchange, Notes, phone carriers and many more."""

import logging
import re
from dataclasses import dataclass, field

from channels.email.reading import addresses, subjects
from channels.email.reading.failures import codes, phrases
from channels.email.reading.headers import Headers, unfold
from channels.email.reading.mail import Address, Bounce
from channels.email.reading.parts import Part

ADDRESS = re.compile(
    r"[^\s<>()\[\]\"'`,;:=|\u3000-\u30ff\uff00-\uffef]{1,120}@[A-Za-z0-9][A-Za-z0-9.-]{0,250}[A-Za-z0-9]"
)
ANSWER = re.compile(r"(?i)\s*(?:re|aw|fwd?|wg|sv|vs|antw|回复|答复|转发|回覆|轉寄|返信|転送)\s*(?:\[\d+\])?[:：]")
DAEMON = re.compile(
    r"(?i)(?:mailer-?_?daemon|mail-?_?daemon|mailerdaemon|mdaemon|daemon|post-?_?master|postmast|mail-?system|"
    r"mailsystem|bounces?|"
    r"mail-?deliver\w*|delivery|mta|smtp|system|sysadmin|majordom\w*|amavis|virusalert|spamcontrol|mailgate|"
    r"mailmarshal|mail-?error|returned-?mail|microsoftexchange[0-9a-f]*)(?:[+-][^@]*)?@"
)
DAEMON_NAME = re.compile(
    r"(?i)mail(?:er)?[- ]?(?:delivery|daemon|system|administrator|admin|gateway|router|transport)|"
    r"delivery (?:sub)?system|system administrator|postmaster|"
    r"mail ?delivery|internet mail|microsoft (?:outlook|exchange)|exchange|notes mail|mail server|メール(?:配信|配送|"
    r"システム|サーバ)|システム管理者|"
    r"自動送信|mailmarshal|interscan|groupwise|sweeper|courier|arcor"
)
OUR_OWN = re.compile(r"(?i)(?:mailer-?daemon|postmaster|mail-?daemon|abuse|helpdesk|hostmaster)@|\.(?:gif|png|jpe?g)\Z")
NO_REPLY = re.compile(r"(?i)(?:no-?_?reply|do-?not-?reply)[^@]*@")
# The library logs every detector that stumbles over a damaged header.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)
MOST_TEXT = 60_000
LONGEST_LINE = 2_000


@dataclass(slots=True)
class Evidence:
    """What speaks for a failure notice before a single address was looked for."""

    head: Headers
    subject: str
    sender: Address
    text: str
    failed: list[str] = field(default_factory=list)
    _body: str | None = None

    def __post_init__(self) -> None:
        for raw in self.head.all("x-failed-recipients"):
            self.failed += [one.email for one in addresses.parse(b" ".join(raw.split()), 1_000)]

    @property
    def body(self) -> str:
        """The notice itself, without the mail that came back, its lines cut to a length that a server would write."""
        if self._body is None:
            text = "\n".join(line[:LONGEST_LINE] for line in self.text[:MOST_TEXT].split("\n"))
            marker = phrases.ORIGINAL.search(text)
            self._body = text[: marker.start()] if marker is not None and marker.start() > 20 else text
        return self._body

    @property
    def answered(self) -> bool:
        """A person who answers or forwards a notice, or an absence note."""
        if self.failed or self.from_daemon:
            return subjects.is_automatic(self.subject) and not self.failed
        return (bool(ANSWER.match(self.subject)) and not self.null_path) or subjects.is_automatic(self.subject)

    @property
    def null_path(self) -> bool:
        """No return path (RFC 5321 section 4.5.5), as failure notices must have."""
        return any(
            unfold(raw).replace(b" ", b"") in (b"<>", b"<MAILER-DAEMON>") for raw in self.head.all("return-path")
        )

    @property
    def from_daemon(self) -> bool:
        """Sent by a mail server and not by a person."""
        return bool(DAEMON.match(self.sender.email + "@") or DAEMON_NAME.search(self.sender.name)) or bool(
            DAEMON.match(self.head.first("return-path").decode("latin-1").strip(" <>") + "@")
        )

    @property
    def from_server(self) -> bool:
        """Not written by a person, whatever it says."""
        return bool(self.failed) or self.from_daemon or self.null_path

    @property
    def bad_subject(self) -> bool:
        """A subject that servers write."""
        return phrases.SUBJECT.search(self.subject[:300]) is not None

    @property
    def suspicious(self) -> bool:
        """Enough to look into the text."""
        return self.from_server or self.bad_subject or self.not_a_member

    @property
    def not_a_member(self) -> bool:
        """A list server that takes mail from its members only."""
        return phrases.MEMBER_SUBJECT.search(self.subject) is not None

    @property
    def delayed(self) -> bool:
        """Only a warning: the server goes on trying."""
        return (
            phrases.DELAYED_SUBJECT.search(self.subject[:300]) is not None
            or phrases.DELAYED.search(self.body) is not None
        ) and phrases.GIVEN_UP.search(self.body) is None


def read(evidence: Evidence, root: Part, parts: list[Part]) -> list[Bounce]:
    """The failed recipients that the text names."""
    if not evidence.suspicious or evidence.delayed:
        return []
    known = _known_format(evidence)
    returned = any(part.kind in ("message/rfc822", "text/rfc822-headers") for part in parts)
    if not evidence.failed and not known and not _convincing(evidence, returned):
        # Old formats that only the library knows, if a server wrote them.
        server = evidence.from_server or phrases.SERVER_SUBJECT.search(evidence.subject) is not None
        known = _by_library(root) if server else []
        if not known:
            return []
    recipients = evidence.failed or known or _surely(evidence, root)
    recipients = recipients or _named(evidence, phrases.PLACES) or _from_returned(parts, evidence)
    text = evidence.text.lower()
    recipients = sorted(dict.fromkeys(recipients), key=lambda one: text.find(one.lower()) % (len(text) + 1))
    if not recipients and (
        "multipart/report" in (root.kind, root.said) or (evidence.from_daemon and evidence.bad_subject)
    ):
        # Surely a failure, though it names nobody.
        recipients = [""]
    return [_bounce(one, recipients, evidence) for one in recipients[:200]]


def _convincing(evidence: Evidence, returned: bool) -> bool:
    """Whether a server wrote it: a customer who complains about a returned mail uses the same words."""
    bad_text = phrases.TEXT.search(evidence.body) is not None
    if evidence.from_daemon:
        return bad_text or evidence.bad_subject
    strong = phrases.STRONG.search(evidence.text[:MOST_TEXT]) is not None
    if evidence.null_path:
        at_once = phrases.STRONG.search(evidence.body[:600]) is not None
        machine = returned or NO_REPLY.match(evidence.sender.email) is not None
        return (evidence.bad_subject and bad_text) or (at_once and machine)
    return phrases.SERVER_SUBJECT.search(evidence.subject) is not None and strong and bad_text


def _bounce(recipient: str, recipients: list[str], evidence: Evidence) -> Bounce:
    text = evidence.body
    at = text.lower().find(recipient.lower()) if recipient else -1
    if at >= 0:
        ends = [text.lower().find(other.lower(), at + len(recipient)) for other in recipients if other != recipient]
        end = min((one for one in ends if one > at), default=len(text))
        about = text[at:end]
    else:
        about = text
    status = codes.status(about) or codes.status(text) or codes.from_reply(about) or codes.from_reply(text)
    diagnostic = " ".join(about[:600].split())
    return Bounce(recipient, status, diagnostic[:500], "", "failed")


def _known_format(evidence: Evidence) -> list[str]:
    """Formats so peculiar that they need no other proof."""
    match = phrases.NOT_A_MEMBER.search(evidence.body)
    if match is not None and ("x-mlserver" in evidence.head or phrases.MEMBER_SUBJECT.search(evidence.subject)):
        return [match.group(1)]
    return []


def _named(evidence: Evidence, places: tuple[re.Pattern[str], ...]) -> list[str]:
    """Addresses in the places where notices name them, the surest places first."""
    own = {
        one.email.lower()
        for name in ("to", "delivered-to", "x-original-to", "envelope-to")
        for one in addresses.parse(b" ".join(evidence.head.first(name).split()))
    }
    own.add(evidence.sender.email.lower())
    for pattern in places:
        found = []
        for match in pattern.finditer(evidence.body):
            for address in ADDRESS.findall(match.group(1)):
                address = address.strip(".").removeprefix("mailto:")
                if not OUR_OWN.search(address) and (address.lower() not in own or pattern in phrases.CERTAIN):
                    found.append(address)
        if found:
            return list(dict.fromkeys(found))
    if places is phrases.CERTAIN:
        return []
    rest = [
        one.strip(".") for one in ADDRESS.findall(evidence.body) if one.lower() not in own and not OUR_OWN.search(one)
    ]
    return rest[:1]


def _surely(evidence: Evidence, root: Part) -> list[str]:
    """The places where notices name the recipient without doubt; where the library sees others, it knows better."""
    certain, library = _named(evidence, phrases.CERTAIN), _by_library(root)
    if not library or {one.lower() for one in certain} & {one.lower() for one in library}:
        return certain
    return library


def _by_library(root: Part) -> list[str]:
    """What flufl.bounce knows of older formats."""
    import email
    from email.message import Message

    from flufl.bounce import all_failures

    try:
        message: Message = email.message_from_bytes(bytes(root.buffer[:300_000]))
        _, permanent = all_failures(message)
    except Exception:
        return []
    found = sorted(one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in permanent)
    return [one for one in found if ADDRESS.fullmatch(one)]


def _from_returned(parts: list[Part], evidence: Evidence) -> list[str]:
    """The recipient of the returned mail, when the notice itself names nobody."""
    from channels.email.reading import headers as header_fields
    from channels.email.reading.mail import Limits

    for part in parts:
        if part.kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
            data = part.data(100_000)
            inner, _ = header_fields.parse(data, 0, len(data), Limits(headers=300), top=True)
            found = addresses.parse(b" ".join(inner.first("to").split()), 2)
            if len(found) == 1:
                return [found[0].email]
    rest = evidence.text[len(evidence.body) : len(evidence.body) + MOST_TEXT]
    match = re.search(r"^[ \t>]*To:[ \t]*(.{3,300})$", rest, re.MULTILINE)
    found_addresses = ADDRESS.findall(match.group(1)) if match is not None else []
    return found_addresses[:1] if len(found_addresses) == 1 else []
