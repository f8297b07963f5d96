"""Rich menus: the account's menus, their pictures and aliases, and who sees which.

https://developers.line.biz/en/docs/messaging-api/using-rich-menus/
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from channels.line.rules import Findings, Look, Refusal, check_rich_menu, problems_of
from channels.line.simulator import ids

if TYPE_CHECKING:
    from channels.line.simulator.people import Person

MOST = 1000
PICTURE_BYTES = 1_000_000
_ALIAS = re.compile(r"[a-z0-9_-]{1,32}\Z")
_MIMES = ("image/png", "image/jpeg")


@dataclass(eq=False)
class RichMenu:
    """One menu: its object as it was sent, and its picture once that was uploaded."""

    id: str
    menu: dict[str, Any]
    picture: bytes | None = None
    mime: str = ""

    def shown(self) -> dict[str, Any]:
        """The menu as the API gives it."""
        return {"richMenuId": self.id, **self.menu}


class Menus:
    """The rich menus of one account."""

    def __init__(self) -> None:
        self.menus: dict[str, RichMenu] = {}
        self.aliases: dict[str, str] = {}
        self.default: str | None = None

    def check(self, menu: dict[str, Any]) -> None:
        """Raises Refusal (400) with everything that is wrong with a menu."""
        found = Findings()
        check_rich_menu(Look(menu, "", found))
        refusal = problems_of(found)
        if refusal is not None:
            raise refusal

    def create(self, menu: dict[str, Any]) -> str:
        """Keep a menu; its id."""
        self.check(menu)
        if len(self.menus) >= MOST:
            raise Refusal(400, "The maximum number of rich menus has been reached")
        kept = RichMenu("richmenu-" + ids.opaque(32), {name: menu[name] for name in _KEPT})
        self.menus[kept.id] = kept
        return kept.id

    def get(self, menu_id: str) -> RichMenu:
        """One menu.

        Raises Refusal (404).
        """
        menu = self.menus.get(menu_id)
        if menu is None:
            raise Refusal(404, "richmenu not found")
        return menu

    def upload(self, menu_id: str, picture: bytes, mime: str) -> None:
        """Keep a menu's picture, which can be given once."""
        menu = self.get(menu_id)
        if mime not in _MIMES:
            raise Refusal(415, f"The content type, {mime}, is not supported")
        if len(picture) > PICTURE_BYTES:
            raise Refusal(413, "Request Entity Too Large")
        if menu.picture is not None:
            raise Refusal(400, "An image has already been uploaded to the richmenu")
        menu.picture, menu.mime = picture, mime

    def usable(self, menu_id: str) -> RichMenu:
        """A menu that can be shown: it has its picture.

        Raises Refusal (404 or 400).
        """
        menu = self.get(menu_id)
        if menu.picture is None:
            raise Refusal(400, "must upload richmenu image before applying it to user")
        return menu

    def delete(self, menu_id: str) -> None:
        """Forget a menu; whoever saw it sees the default again."""
        self.get(menu_id)
        del self.menus[menu_id]
        self.default = None if self.default == menu_id else self.default
        self.aliases = {name: menu for name, menu in self.aliases.items() if menu != menu_id}

    def create_alias(self, name: str, menu_id: str) -> None:
        """Give a menu a name of its own."""
        if not _ALIAS.match(name):
            raise Refusal(400, "Invalid richMenuAliasId")
        if name in self.aliases:
            raise Refusal(400, "conflict richmenu alias id")
        self._check_for_alias(menu_id)
        self.aliases[name] = menu_id

    def update_alias(self, name: str, menu_id: str) -> None:
        """Let a name mean another menu."""
        if name not in self.aliases:
            raise Refusal(404, "richmenu alias not found")
        self._check_for_alias(menu_id)
        self.aliases[name] = menu_id

    def _check_for_alias(self, menu_id: str) -> None:
        if menu_id not in self.menus or self.menus[menu_id].picture is None:
            raise Refusal(400, "richmenu not found")

    def seen_by(self, person: Person) -> RichMenu | None:
        """The menu at the bottom of a person's chat: their own, else the default."""
        return self.menus.get(person.rich_menu or "") or self.menus.get(self.default or "")


_KEPT = ("size", "selected", "name", "chatBarText", "areas")
