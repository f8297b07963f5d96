"""Rich menus. https://developers.line.biz/en/reference/messaging-api/#rich-menu-structure"""

from __future__ import annotations

from channels.line.rules.actions import MENU, check_action
from channels.line.rules.looking import Look


def check_rich_menu(menu: Look) -> None:
    """Check one rich menu object."""
    size = menu.inside("size", required=True)
    width = height = None
    if size is not None:
        size.number("width", 800, 2500, required=True, whole=True)
        size.number("height", 250, 2500, required=True, whole=True)
        width, height = size.value.get("width"), size.value.get("height")
        if isinstance(width, int) and isinstance(height, int) and height and width / height < 1.45:
            size.wrong("width", "The aspect ratio (width / height) must be 1.45 or more")
    if not isinstance(menu.value.get("selected"), bool):
        menu.wrong("selected", "May not be empty" if not menu.has("selected") else "Must be a boolean")
    menu.text("name", 300, required=True)
    menu.text("chatBarText", 14, required=True)
    for area in menu.each("areas", 0, 20, required=True):
        bounds = area.inside("bounds", required=True)
        if bounds is not None:
            _check_bounds(bounds, width, height)
        action = area.inside("action", required=True)
        if action is not None:
            check_action(action, kinds=MENU, labelled=False)


def _check_bounds(bounds: Look, width: object, height: object) -> None:
    for name in ("x", "y"):
        bounds.number(name, 0, 2147483647, required=True, whole=True)
    for name in ("width", "height"):
        bounds.number(name, 1, 2147483647, required=True, whole=True)
    for start, length, whole in (("x", "width", width), ("y", "height", height)):
        first, size = bounds.value.get(start), bounds.value.get(length)
        if isinstance(first, int) and isinstance(size, int) and isinstance(whole, int) and first + size > whole:
            bounds.wrong(length, "The area must lie within the rich menu")
