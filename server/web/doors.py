"""The parts that the doors stand on, given by the composition root, and the typed keys under which they are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web

from channels.contract import Channel, Desk
from server.accounts import Keys
from server.answers.links import ChoiceLinks, FileLinks
from server.customers.rights.audit import Looks
from server.customers.sources import Sources
from server.database import Database
from server.faq.live import Faq
from server.files import Files
from server.help.live import Help
from server.inbox.presence import Presence
from server.privacy.keeper import Keeper
from server.webhooks import Webhooks

ROOT = Path(__file__).parent.parent.parent


class RetriesArrivals(Protocol):
    """What the doors ask of the desk beside the channel contract."""

    async def retry(self, arrival_id: int) -> Any:
        """Read a quarantined arrival again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Everything the doors need.

    `secret` signs what leaves and comes back (cursors of links); `proxies` is how many reverse proxies append to
    X-Forwarded-For; `requests_per_minute` is what one caller may ask of the JSON API (0: no limit).
    """

    database: Database
    files: Files
    keys: Keys
    public_url: str
    secret: bytes = field(repr=False)
    desk: Desk | None = None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    faq: Faq | None = None
    help: Help | None = None
    choice_links: ChoiceLinks | None = None
    file_links: FileLinks | None = None
    presence: Presence = field(default_factory=Presence)
    webhooks: Webhooks | None = None
    looks: Looks | None = None
    keeper: Keeper | None = None
    sources: Sources | None = None
    proxies: int = 0
    demo: bool = False
    requests_per_minute: int = 6000
    max_upload_bytes: int = 50_000_000
    max_import_bytes: int = 1_000_000_000
    version: str = "0.1.0"
    assets: Path = ROOT / "widgets" / "dist"
    templates: Path = ROOT / "templates"

    @property
    def secure(self) -> bool:
        """Whether browsers reach the desk by https: then cookies are bound to it."""
        return self.public_url.startswith("https://")

    @property
    def origin(self) -> str:
        """Scheme, host and port of the public address, as browsers write an Origin."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"


DOORS = web.AppKey("doors", Doors)


def address_of(request: web.BaseRequest, proxies: int) -> str:
    """The client's address. Only what our own proxies appended to X-Forwarded-For is believed."""
    hops = [hop.strip() for hop in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",") if hop.strip()]
    if proxies > 0 and len(hops) >= proxies:
        return hops[-proxies][:64]
    return request.remote or ""
