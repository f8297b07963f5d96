"""In charge of what an admin can set for a mailbox: the table of fields, and the typed view the transports read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from channels.contract import Account, Field

INCOMING = "Incoming"
OUTGOING = "Outgoing"
OAUTH = "Sign-in with Google or Microsoft"
TRUST = "Trust"
LOOK = "What customers see"

SECURITY = (("tls", "TLS from the start"), ("starttls", "STARTTLS"), ("none", "None (only inside one machine)"))

FIELDS: tuple[Field, ...] = (
    Field(
        "incoming", "How mail comes in", "choice", "imap", required=True, section=INCOMING,
        choices=(
            ("imap", "Fetched from an IMAP mailbox"),
            ("smtp", "Sent to our SMTP or LMTP listener"),
            ("none", "Not at all, or only by the HTTP hook"),
        ),
    ),
    Field("aliases", "Other addresses", "long", "", section=INCOMING,
          help="One a line. Mail to them comes to this mailbox as well. @example.jp takes a whole domain."),
    Field("imap_host", "IMAP server", section=INCOMING, default=""),
    Field("imap_port", "IMAP port", "number", 993, section=INCOMING),
    Field("imap_security", "IMAP encryption", "choice", "tls", section=INCOMING, choices=SECURITY),
    Field("imap_user", "IMAP user", section=INCOMING, default="", help="Empty: the mail address."),
    Field("imap_password", "IMAP password", "secret", section=INCOMING,
          help="Not needed with Google or Microsoft sign-in."),
    Field("imap_folders", "Folders to fetch", "long", "INBOX", section=INCOMING,
          help="One a line. The first is watched (IDLE), the others are asked at each round."),
    Field(
        "imap_after", "After a mail was filed", "choice", "none", section=INCOMING,
        choices=(("none", "Leave it as it is"), ("seen", "Mark it as seen"), ("move", "Move it to a folder")),
    ),
    Field("imap_move_to", "Folder for filed mail", section=INCOMING, default="Madoguchi"),
    Field("imap_poll_seconds", "Seconds between two rounds", "number", 60, section=INCOMING,
          help="Where the server has IDLE, new mail comes at once all the same."),
    Field("imap_import_days", "Days to look back at the first connection", "number", 3, section=INCOMING,
          help="Older mail stays in the mailbox, untouched."),
    Field("hook_secret", "Secret of the HTTP hook", "secret", section=INCOMING,
          help="whsec_… (Standard Webhooks). Empty: no hook."),
    Field("smtp_host", "SMTP server", section=OUTGOING, default=""),
    Field("smtp_port", "SMTP port", "number", 587, section=OUTGOING),
    Field("smtp_security", "SMTP encryption", "choice", "starttls", section=OUTGOING, choices=SECURITY),
    Field("smtp_user", "SMTP user", section=OUTGOING, default="",
          help="Empty: the mail address if there is a password or a sign-in, else no sign-in at all."),
    Field("smtp_password", "SMTP password", "secret", section=OUTGOING),
    Field(
        "reply_address", "Address for answers", "choice", "plus", section=OUTGOING,
        choices=(
            ("plus", "support+t…@: the server knows plus addresses"),
            ("pattern", "My own pattern, on a domain where every address reaches us"),
            ("none", "The plain address: answers are found by their references alone"),
        ),
    ),
    Field("reply_pattern", "Pattern for answers", section=OUTGOING, default="",
          help="With {token} in it: reply-{token}@in.example.jp"),
    Field(
        "oauth_provider", "Sign-in", "choice", "none", section=OAUTH,
        choices=(("none", "By password"), ("google", "Google"), ("microsoft", "Microsoft 365")),
    ),
    Field("oauth_client_id", "Client ID", section=OAUTH, default=""),
    Field("oauth_client_secret", "Client secret", "secret", section=OAUTH),
    Field("oauth_refresh_token", "Refresh token", "secret", section=OAUTH),
    Field("oauth_tenant", "Microsoft tenant", section=OAUTH, default="common"),
    Field("oauth_token_url", "Token endpoint", section=OAUTH, default="", help="Empty: the provider's own."),
    Field("authserv_id", "Name of the checking server", section=TRUST, default="",
          help="The first word of Authentication-Results headers we may believe (mx.google.com). "
               "Empty: believe none."),
    Field("from_name", "Sender's name", section=LOOK, default="", help="Empty: the account's name."),
    Field(
        "charset", "Character set of sent mail", "choice", "utf-8", section=LOOK,
        choices=(("utf-8", "UTF-8"), ("iso-2022-jp", "ISO-2022-JP where every character fits")),
    ),
    Field("footer", "Footer", "long", "", section=LOOK, help="Plain text under every mail."),
    Field("html_template", "HTML template", "long", "", section=LOOK,
          help="With {body}, and where wanted {footer} and {quoted}. Empty: ours, which looks like plain mail."),
    Field("time_zone", "Time zone of dates in mails", section=LOOK, default="Asia/Tokyo"),
    Field("undo_seconds", "Seconds in which a mail can be recalled", "number", 10, section=LOOK),
    Field(
        "acknowledge", "Acknowledge new tickets", "boolean", False, section=LOOK,
        help="By a mail, never to automatic mail nor to a forged sender",
    ),
)  # fmt: skip

DEFAULTS = {field.name: field.default for field in FIELDS}


@dataclass(frozen=True, slots=True)
class MailSettings:
    """An account's settings and secrets, each of its right type; made by `settings_of`."""

    incoming: str
    addresses: tuple[str, ...]
    domains: tuple[str, ...]
    imap_host: str
    imap_port: int
    imap_security: str
    imap_user: str
    imap_password: str
    imap_folders: tuple[str, ...]
    imap_after: str
    imap_move_to: str
    imap_poll_seconds: float
    imap_import_days: float
    hook_secret: str
    smtp_host: str
    smtp_port: int
    smtp_security: str
    smtp_user: str
    smtp_password: str
    reply_address: str
    reply_pattern: str
    oauth_provider: str
    oauth_client_id: str
    oauth_client_secret: str
    oauth_refresh_token: str
    oauth_tenant: str
    oauth_token_url: str
    authserv_id: str
    from_name: str
    charset: str
    footer: str
    html_template: str
    time_zone: ZoneInfo
    undo_seconds: float


MOST_HELD = 200
_held: dict[int, tuple[Account, MailSettings]] = {}


def settings_of(account: Account) -> MailSettings:
    """The account's settings with defaults filled in. A number that is none, as the default; never raises."""
    held = _held.get(id(account))
    # Held together with its account, so that no other one can come to lie at the same address.
    if held is not None and held[0] is account:
        return held[1]
    settings = _filled(account)
    if len(_held) >= MOST_HELD:
        _held.clear()
    _held[id(account)] = account, settings
    return settings


def _filled(account: Account) -> MailSettings:

    def text(name: str) -> str:
        value = account.settings.get(name)
        return str(DEFAULTS[name] if value is None else value).strip()

    def number(name: str, least: float) -> float:
        value: Any = account.settings.get(name)
        try:
            return max(float(DEFAULTS[name] if value in (None, "") else value), least)
        except (TypeError, ValueError):
            return float(DEFAULTS[name])

    def lines(name: str) -> tuple[str, ...]:
        return tuple(line.strip() for line in re.split(r"[\n,]", text(name)) if line.strip())

    def secret(name: str) -> str:
        return account.secrets.get(name, "")

    others = [alias.lower() for alias in lines("aliases")]
    by_oauth = text("oauth_provider") != "none"
    signs_in = by_oauth or bool(secret("smtp_password"))
    return MailSettings(
        incoming=text("incoming"),
        addresses=(account.address.strip().lower(), *(other for other in others if not other.startswith("@"))),
        domains=tuple(other[1:] for other in others if other.startswith("@")),
        imap_host=text("imap_host"),
        imap_port=int(number("imap_port", 1)),
        imap_security=text("imap_security"),
        imap_user=text("imap_user") or account.address,
        imap_password=secret("imap_password"),
        imap_folders=lines("imap_folders") or ("INBOX",),
        imap_after=text("imap_after"),
        imap_move_to=text("imap_move_to") or "Madoguchi",
        imap_poll_seconds=number("imap_poll_seconds", 0.05),
        imap_import_days=number("imap_import_days", 0),
        hook_secret=secret("hook_secret"),
        smtp_host=text("smtp_host"),
        smtp_port=int(number("smtp_port", 1)),
        smtp_security=text("smtp_security"),
        smtp_user=text("smtp_user") or (account.address if signs_in else ""),
        smtp_password=secret("smtp_password"),
        reply_address=text("reply_address"),
        reply_pattern=text("reply_pattern").lower(),
        oauth_provider=text("oauth_provider"),
        oauth_client_id=text("oauth_client_id"),
        oauth_client_secret=secret("oauth_client_secret"),
        oauth_refresh_token=secret("oauth_refresh_token"),
        oauth_tenant=text("oauth_tenant") or "common",
        oauth_token_url=text("oauth_token_url"),
        authserv_id=text("authserv_id").lower(),
        from_name=text("from_name") or account.name,
        charset=text("charset"),
        footer=str(account.settings.get("footer") or "").rstrip(),
        html_template=str(account.settings.get("html_template") or ""),
        time_zone=_zone(text("time_zone")),
        undo_seconds=number("undo_seconds", 0),
    )


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return ZoneInfo("Asia/Tokyo")
