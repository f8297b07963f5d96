"""What an admin says of an official account, and how the channel reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from channels.contract import OFFERS, Account, Field, Routing

API_BASE = "https://api.line.me"
DATA_BASE = "https://api-data.line.me"
DIALOG_BASE = "https://access.line.me"
STICKER_BASE = "https://stickershop.line-scdn.net"

FIELDS: Sequence[Field] = (
    Field("channel_id", "Channel ID", required=True, help="LINE Developers, Basic settings"),
    Field("channel_secret", "Channel secret", "secret", required=True, help="LINE Developers, Basic settings"),
    Field(
        "token_kind",
        "Access token",
        "choice",
        default="token",
        choices=(
            ("token", "A long-lived token, pasted below"),
            ("key", "Made and renewed by the desk with an assertion signing key (v2.1)"),
            ("stateless", "Made by the desk for 15 minutes each, with the channel secret"),
        ),
    ),
    Field("access_token", "Channel access token", "secret", help="LINE Developers, Messaging API, at the very end"),
    Field("private_key", "Assertion signing key", "secret", help="The private key as JSON (JWK), with its kid"),
    Field("greeting", "Greeting", "long", help="Said to everybody who adds the account as a friend; free of charge"),
    Field(
        "language",
        "Language of what the desk says by itself",
        "choice",
        default="ja",
        choices=(("ja", "日本語"), ("en", "English")),
    ),
    Field("acknowledge", "Acknowledge new tickets", "boolean", default=True, help="By a reply, free of charge"),
    Field(
        "automatic_pushes",
        "Automatic answers that may cost a message",
        "number",
        default=3,
        help="For each conversation and day, when it is too late for a free answer; 0: none",
    ),
    Field("groups", "Take part in groups", "boolean", default=False, help="A ticket for each group"),
    Field(
        "new_ticket_days",
        "Days after which a done ticket is over",
        "number",
        default=3,
        help="What the customer writes later begins a new one",
    ),
    Field("read_marks", "Tell customers what agents have read", "boolean", default=True),
    Field("typing", "Show customers that an answer is being written", "boolean", default=True),
    Field("file_megabytes", "Largest file in MB", "number", default=200, section="Files"),
    Field(
        "link_url",
        "Your shop's sign-in page for linking",
        help="It is opened with ?linkToken=…; empty: the desk asks for a mail address",
        section="Identity",
    ),
    Field("link_key", "Key of your shop's server", "secret", help="With which it asks for a nonce", section="Identity"),
    Field(
        OFFERS,
        "Offer LINE under mails",
        "boolean",
        default=False,
        help="A line with a link under answers to customers who are not on LINE yet, and 「LINEで続ける」 in the chat",
        section="Identity",
    ),
    Field("team_id", "Team", "number", section="Routing", hidden=True),
    Field(
        "priority",
        "Priority",
        "choice",
        default="normal",
        choices=(("low", "Low"), ("normal", "Normal"), ("high", "High"), ("urgent", "Urgent")),
        section="Routing",
    ),
    Field("tags", "Tags", "lines", default=[], help="One a line", section="Routing"),
    Field("api_base", "API host", default=API_BASE, hidden=True),
    Field("data_base", "Content host", default=DATA_BASE, hidden=True),
    Field("dialog_base", "Host of the linking dialog", default=DIALOG_BASE, hidden=True),
    Field("sticker_base", "Host of stickers", default=STICKER_BASE, hidden=True),
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """An account's settings, typed."""

    channel_id: str = ""
    token_kind: str = "token"
    greeting: str = ""
    language: str = "ja"
    acknowledge: bool = True
    automatic_pushes: int = 3
    groups: bool = False
    new_ticket_days: float = 3
    read_marks: bool = True
    typing: bool = True
    file_megabytes: float = 200
    link_url: str = ""
    team_id: int | None = None
    priority: str = "normal"
    tags: list[str] = []
    api_base: str = API_BASE
    data_base: str = DATA_BASE
    dialog_base: str = DIALOG_BASE
    sticker_base: str = STICKER_BASE

    @classmethod
    def of(cls, account: Account) -> Settings:
        """What is set; the rest as it stands by itself. Raises `ValueError` for what nobody could have typed."""
        given = {name: value for name, value in account.settings.items() if value not in (None, "")}
        try:
            return msgspec.convert(given, cls, strict=False)
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from error

    @property
    def routing(self) -> Routing:
        """Where tickets that begin here go."""
        return Routing(team_id=self.team_id, priority=self.priority, tags=tuple(self.tags))  # type: ignore[arg-type]

    @property
    def over_after(self) -> timedelta:
        """How long after its end a ticket is taken up again."""
        return timedelta(days=self.new_ticket_days)


def problems(settings: Mapping[str, Any]) -> dict[str, str]:
    """What keeps these settings from being an official account, by field; English source texts."""
    found: dict[str, str] = {}
    if not str(settings.get("channel_id", "")).isdecimal():
        found["channel_id"] = "is a number of about ten digits"
    link = str(settings.get("link_url") or "")
    if link and not link.startswith("https://") and not link.startswith("http://127.0.0.1"):
        found["link_url"] = "must begin with https://"
    if not str(settings.get("automatic_pushes") or 0).isdecimal():
        found["automatic_pushes"] = "is a whole number, 0 or more"
    return found
