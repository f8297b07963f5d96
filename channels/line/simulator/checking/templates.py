"""Template messages. https://developers.line.biz/en/reference/messaging-api/#template-messages"""

from __future__ import annotations

from channels.line.simulator.checking.actions import check_action
from channels.line.simulator.checking.looking import Look

_KINDS = ("buttons", "confirm", "carousel", "image_carousel")


def check_template(template: Look) -> None:
    """Check one template object."""
    kind = template.one_of("type", _KINDS, required=True)
    if kind == "buttons":
        _check_picture(template)
        _check_card(template, most=160, most_with_picture=60, actions=(1, 4))
    elif kind == "confirm":
        template.text("text", 240, required=True)
        for action in template.each("actions", 2, 2, required=True):
            check_action(action)
    elif kind == "carousel":
        template.one_of("imageAspectRatio", ("rectangle", "square"))
        template.one_of("imageSize", ("cover", "contain"))
        columns = template.each("columns", 1, 10, required=True)
        for column in columns:
            _check_card(column, most=120, most_with_picture=60, actions=(1, 3))
        _check_alike(template, columns)
    elif kind == "image_carousel":
        for column in template.each("columns", 1, 10, required=True):
            column.url("imageUrl", required=True)
            tap = column.inside("action", required=True)
            if tap is not None:
                check_action(tap, label=12, labelled=False)


def _check_picture(template: Look) -> None:
    template.one_of("imageAspectRatio", ("rectangle", "square"))
    template.one_of("imageSize", ("cover", "contain"))
    template.color("imageBackgroundColor")


def _check_card(card: Look, *, most: int, most_with_picture: int, actions: tuple[int, int]) -> None:
    card.url("thumbnailImageUrl")
    card.text("title", 40)
    topped = card.has("thumbnailImageUrl") or card.has("title")
    card.text("text", most_with_picture if topped else most, required=True)
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
