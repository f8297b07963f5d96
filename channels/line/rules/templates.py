"""Template messages. https://developers.line.biz/en/reference/messaging-api/#template-messages"""

from __future__ import annotations

from channels.line.rules.actions import check_action
from channels.line.rules.limits import (
    BUTTONS,
    BUTTONS_TEXT,
    BUTTONS_TEXT_TOPPED,
    COLUMN_BUTTONS,
    COLUMN_TEXT,
    COLUMN_TEXT_TOPPED,
    COLUMNS,
    CONFIRM_TEXT,
    TITLE,
)
from channels.line.rules.looking import Look

_KINDS = ("buttons", "confirm", "carousel", "image_carousel")


def check_template(template: Look) -> None:
    """Check one template object."""
    kind = template.one_of("type", _KINDS, required=True)
    if kind == "buttons":
        _check_picture(template)
        _check_card(template, most=BUTTONS_TEXT, topped=BUTTONS_TEXT_TOPPED, actions=(1, BUTTONS))
    elif kind == "confirm":
        template.text("text", CONFIRM_TEXT, required=True)
        for action in template.each("actions", 2, 2, required=True):
            check_action(action)
    elif kind == "carousel":
        template.one_of("imageAspectRatio", ("rectangle", "square"))
        template.one_of("imageSize", ("cover", "contain"))
        columns = template.each("columns", 1, COLUMNS, required=True)
        for column in columns:
            _check_card(column, most=COLUMN_TEXT, topped=COLUMN_TEXT_TOPPED, actions=(1, COLUMN_BUTTONS))
        _check_alike(template, columns)
    elif kind == "image_carousel":
        for column in template.each("columns", 1, COLUMNS, required=True):
            column.url("imageUrl", required=True)
            tap = column.inside("action", required=True)
            if tap is not None:
                check_action(tap, label=12, labelled=False)


def _check_picture(template: Look) -> None:
    template.one_of("imageAspectRatio", ("rectangle", "square"))
    template.one_of("imageSize", ("cover", "contain"))
    template.color("imageBackgroundColor")


def _check_card(card: Look, *, most: int, topped: int, actions: tuple[int, int]) -> None:
    card.url("thumbnailImageUrl")
    card.text("title", TITLE)
    below = card.has("thumbnailImageUrl") or card.has("title")
    card.text("text", topped if below else most, required=True)
    default = card.inside("defaultAction")
    if default is not None:
        check_action(default, labelled=False)
    for action in card.each("actions", *actions, required=True):
        check_action(action)


def _check_alike(template: Look, columns: list[Look]) -> None:
    """Columns of one carousel have the same number of actions, and all or none of them a picture and a title."""
    if len({len(column.value.get("actions") or ()) for column in columns}) > 1:
        template.wrong("columns", "The number of actions must be the same for all columns")
    for name in ("thumbnailImageUrl", "title"):
        if len({column.has(name) for column in columns}) > 1:
            template.wrong("columns", f"{name} must be specified for all columns or for none")
