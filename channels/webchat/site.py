"""What an account of the web chat is: one site, its words and colours, where it may stand, what visitors may do.

The settings of an account are one such definition; `Site.of` is its one reader, `problems` says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from channels.contract import Account, Routing
from channels.wording import LANGUAGES

MEGABYTE = 1024 * 1024
PROFILE = ("name", "email", "phone")
FILE_TYPES = [
    "image/png", "image/jpeg", "image/gif", "image/webp", "image/heic", ".pdf", ".txt", ".csv", ".doc", ".docx",
    ".xls", ".xlsx", ".zip", "video/mp4", "audio/mpeg",
]  # fmt: skip
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?")

Words = dict[str, str]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One field before the chat: `name`, `email` and `phone` are known by these names, others are the shop's own."""

    name: str
    label: Words = {}
    required: bool = False


class Opening(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether somebody is there now; until when, or when again."""

    open: bool
    until: datetime | None = None
    next: datetime | None = None


Hours = Callable[[Account, datetime], Opening]
"""When a site is open, by the desk's calendar."""


def always_open(_account: Account, _at: datetime) -> Opening:
    """A desk without opening hours."""
    return Opening(True)


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one account, each of its type."""

    slug: str
    sites: list[str] = []
    color: str = "#1f5fbf"
    title: Words = {}
    greeting: Words = {}
    away: Words = {}
    prechat: list[Asked] = []
    consent: Words = {}
    file_megabytes: float = 20
    file_types: list[str] = msgspec.field(default_factory=lambda: list(FILE_TYPES))
    read_marks: bool = True
    acknowledge: bool = False
    proactive: bool = True
    title_flash: bool = False
    continuity_minutes: float = 5
    token_days: float = 365
    tokens_since: str = ""
    team_id: int | None = None
    priority: str = "normal"
    tags: list[str] = []

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Site:
        """The site that these settings describe. Raises `msgspec.ValidationError`."""
        return msgspec.convert({name: value for name, value in settings.items() if value is not None}, cls)

    @property
    def file_bytes(self) -> int:
        """How large a visitor's file may be."""
        return int(self.file_megabytes * MEGABYTE)

    @property
    def keeps(self) -> timedelta:
        """How long a visitor is known who does not come back."""
        return timedelta(days=max(self.token_days, 1))

    @property
    def valid_since(self) -> datetime | None:
        """Tokens given out before are void."""
        if not self.tokens_since:
            return None
        found = datetime.fromisoformat(self.tokens_since)
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    @property
    def routing(self) -> Routing:
        """Where its tickets go."""
        known = self.priority if self.priority in ("low", "normal", "high", "urgent") else None
        return Routing(self.team_id, known, tuple(self.tags))  # type: ignore[arg-type]

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may embed the chat."""
        return any(_fits(origin.lower(), allowed) for allowed in self.sites)

    def takes(self, filename: str, content_type: str) -> bool:
        """Whether a visitor may send such a file."""
        suffix = "." + filename.rpartition(".")[2].lower()
        main = content_type.partition("/")[0] + "/*"
        return not self.file_types or any(kind.lower() in (suffix, content_type, main) for kind in self.file_types)


def problems(settings: Mapping[str, Any]) -> dict[str, str]:
    """What keeps these settings from being a site, in English words for the catalogue, by where it is."""
    try:
        site = Site.of(settings)
    except msgspec.ValidationError as error:
        _, _, path = str(error).partition(" - at `$.")
        return {path.rstrip("`") or "settings": "is not of the right type"}
    found: dict[str, str] = {}
    if not _SLUG.fullmatch(site.slug):
        found["slug"] = "must be of small letters, digits and hyphens"
    elif site.slug.isdecimal():
        found["slug"] = "must have a letter in it"
    if not _COLOUR.fullmatch(site.color):
        found["color"] = "must be like #1f5fbf"
    if any(not _is_origin(one) for one in site.sites):
        found["sites"] = "must be origins like https://shop.example"
    for name in ("title", "greeting", "away", "consent"):
        if not getattr(site, name).keys() <= set(LANGUAGES):
            found[name] = "has a language that is not one of the choices"
    names = [field.name for field in site.prechat]
    if len(names) != len(set(names)) or any(not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) for name in names):
        found["prechat"] = "needs a different name of small letters for each field"
    if not 0 < site.file_megabytes <= 1000:
        found["file_megabytes"] = "must be between 0 and 1000"
    if site.continuity_minutes < 0:
        found["continuity_minutes"] = "must not be negative"
    try:
        site.valid_since  # noqa: B018 - asked for what it raises
    except ValueError:
        found["tokens_since"] = "must be a date like 2026-04-01"
    return found


def _is_origin(text: str) -> bool:
    parts = urlsplit(text.lower())
    try:
        port = parts.port
    except ValueError:
        return False
    plain = f"{parts.scheme}://{parts.hostname or ''}" + (f":{port}" if port else "")
    return parts.scheme in ("http", "https") and plain == text.lower() and bool(_HOST.fullmatch(parts.hostname or ""))


def _fits(origin: str, allowed: str) -> bool:
    scheme, _, host = allowed.lower().partition("://")
    if not host.startswith("*."):
        return origin == f"{scheme}://{host}"
    return (
        origin.startswith(f"{scheme}://")
        and origin.endswith(host[1:])
        and len(origin) > len(scheme) + 3 + len(host[1:])
    )
