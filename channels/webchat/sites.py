"""Finding an account by the name that a client or an address gives, and whom its site lets in."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

import msgspec

from channels.contract import Account, Desk
from channels.webchat.forms import Refusal
from channels.webchat.site import Site

log = logging.getLogger(__name__)


class Sites:
    """The accounts of the web chat, each with its settings read once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._read: dict[int, tuple[Account, Site | None]] = {}

    def find(self, name: str) -> tuple[Account, Site]:
        """The site of this slug or number. Raises `Refusal`."""
        for account in self._desk.accounts("webchat"):
            if name in (account.settings.get("slug"), str(account.id)) and (site := self._site(account)) is not None:
                return account, site
        raise Refusal("unknown_site")

    def of(self, account_id: int) -> tuple[Account, Site]:
        """The site of an account. Raises `Refusal`."""
        return self.find(str(account_id))

    def embeds(self, origin: str | None, host: str) -> bool:
        """Whether some site's page, or one of our own, may connect at all. What is no page says no origin."""
        if not origin or self._ours(origin) or urlsplit(origin).netloc == host:
            return True
        found = (self._site(account) for account in self._desk.accounts("webchat"))
        return any(site is not None and site.allows(origin) for site in found)

    def may(self, site: Site, origin: str) -> bool:
        """Whether this very site may be spoken for from there: from our own pages, or from where it stands."""
        return self._ours(origin) or site.allows(origin) or not self._foreign(origin)

    def _ours(self, origin: str) -> bool:
        parts = urlsplit(self._desk.public_url)
        return origin == f"{parts.scheme}://{parts.netloc}"

    def _foreign(self, origin: str) -> bool:
        """Whether it is another site's own origin; what else got in came by our own host under another name."""
        found = (self._site(account) for account in self._desk.accounts("webchat"))
        return any(site is not None and site.allows(origin) for site in found)

    def _site(self, account: Account) -> Site | None:
        known = self._read.get(account.id)
        if known is not None and known[0].settings == account.settings:
            return known[1]
        try:
            site = Site.of(account.settings)
        except (msgspec.ValidationError, ValueError) as error:
            log.warning("The chat of account %d cannot be used: %s", account.id, error)
            site = None
        self._read[account.id] = (account, site)
        return site
