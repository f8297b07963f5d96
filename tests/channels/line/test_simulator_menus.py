"""Rich menus on the simulated LINE."""

from __future__ import annotations

import json
from typing import Any

import pytest
from linebot.v3.messaging import (
    ApiException,
    CreateRichMenuAliasRequest,
    MessageAction,
    RichMenuArea,
    RichMenuBatchRequest,
    RichMenuBounds,
    RichMenuBulkLinkRequest,
    RichMenuBulkUnlinkRequest,
    RichMenuRequest,
    RichMenuSize,
    UpdateRichMenuAliasRequest,
)
from linebot.v3.messaging.models import RichMenuBatchLinkOperation

from channels.line.rules import Refusal
from channels.line.simulator import Person, Simulator
from channels.line.simulator.pictures import photo
from tests.channels.line.bot import Bot


def menu(**more: Any) -> RichMenuRequest:
    """A menu of one button."""
    area = RichMenuArea(
        bounds=RichMenuBounds(x=0, y=0, width=2500, height=843), action=MessageAction(label="問合せ", text="問い合わせ")
    )
    said = {"size": RichMenuSize(width=2500, height=843), "selected": True, "name": "店", "chatBarText": "メニュー"}
    return RichMenuRequest(**{**said, "areas": [area], **more})


async def made(bot: Bot) -> str:
    """A menu that can be shown."""
    menu_id: str = (await bot.api.create_rich_menu(menu())).rich_menu_id
    await bot.blob.set_rich_menu_image(menu_id, bytearray(photo()), _headers={"Content-Type": "image/png"})
    return menu_id


def seen(line: Simulator, person: Person) -> str | None:
    """The id of the menu on somebody's phone."""
    found = line.menus.seen_by(person)
    return found.id if found else None


def message(failed: pytest.ExceptionInfo[ApiException]) -> tuple[int, str]:
    """What a refusal says."""
    return failed.value.status, json.loads(failed.value.body)["message"]


async def test_a_menu_is_made_shown_to_all_and_taken_away(bot: Bot, hanako: Person) -> None:
    await bot.api.validate_rich_menu_object(menu())
    menu_id = (await bot.api.create_rich_menu(menu())).rich_menu_id
    with pytest.raises(ApiException) as failed:
        await bot.api.set_default_rich_menu(menu_id)
    assert message(failed) == (400, "must upload richmenu image before applying it to user")
    picture = photo()
    await bot.blob.set_rich_menu_image(menu_id, bytearray(picture), _headers={"Content-Type": "image/png"})
    with pytest.raises(ApiException):
        await bot.blob.set_rich_menu_image(menu_id, bytearray(picture), _headers={"Content-Type": "image/png"})
    assert bytes(await bot.blob.get_rich_menu_image(menu_id)) == picture
    await bot.api.set_default_rich_menu(menu_id)
    assert (await bot.api.get_default_rich_menu_id()).rich_menu_id == menu_id
    assert seen(bot.line, hanako) == menu_id
    assert (await bot.api.get_rich_menu(menu_id)).chat_bar_text == "メニュー"
    assert [each.rich_menu_id for each in (await bot.api.get_rich_menu_list()).richmenus] == [menu_id]
    await bot.api.cancel_default_rich_menu()
    assert seen(bot.line, hanako) is None
    await bot.api.delete_rich_menu(menu_id)
    with pytest.raises(ApiException) as failed:
        await bot.api.get_rich_menu(menu_id)
    assert failed.value.status == 404
    with pytest.raises(ApiException) as failed:
        await bot.api.get_default_rich_menu_id()
    assert failed.value.status == 404


async def test_a_person_can_have_a_menu_of_their_own(bot: Bot, hanako: Person) -> None:
    menu_id, taro = await made(bot), bot.line.person("太郎", friend=True)
    await bot.api.link_rich_menu_id_to_user(hanako.id, menu_id)
    assert (await bot.api.get_rich_menu_id_of_user(hanako.id)).rich_menu_id == menu_id
    assert [seen(bot.line, person) for person in (hanako, taro)] == [menu_id, None]
    await bot.api.unlink_rich_menu_id_from_user(hanako.id)
    with pytest.raises(ApiException) as failed:
        await bot.api.get_rich_menu_id_of_user(hanako.id)
    assert message(failed) == (404, "the user has no richmenu")
    both = [hanako.id, taro.id]
    await bot.api.link_rich_menu_id_to_users(RichMenuBulkLinkRequest(richMenuId=menu_id, userIds=both))
    assert [seen(bot.line, person) for person in (hanako, taro)] == [menu_id, menu_id]
    other = await made(bot)
    batch = RichMenuBatchRequest.from_dict({"operations": [{"type": "link", "from": menu_id, "to": other}]})
    assert isinstance(batch.operations[0], RichMenuBatchLinkOperation)
    await bot.api.validate_rich_menu_batch_request(batch)
    done = await bot.api.rich_menu_batch_with_http_info(batch)
    progress = await bot.api.get_rich_menu_batch_progress(done.headers["x-line-request-id"])
    assert progress.phase == "succeeded"
    assert seen(bot.line, taro) == other
    await bot.api.unlink_rich_menu_id_from_users(RichMenuBulkUnlinkRequest(userIds=both))
    assert seen(bot.line, taro) is None


async def test_an_alias_names_a_menu_and_a_tap_changes_to_it(bot: Bot, hanako: Person) -> None:
    first, second = await made(bot), await made(bot)
    await bot.api.create_rich_menu_alias(CreateRichMenuAliasRequest(richMenuAliasId="shop", richMenuId=first))
    with pytest.raises(ApiException) as failed:
        await bot.api.create_rich_menu_alias(CreateRichMenuAliasRequest(richMenuAliasId="shop", richMenuId=first))
    assert message(failed) == (400, "conflict richmenu alias id")
    await bot.api.update_rich_menu_alias("shop", UpdateRichMenuAliasRequest(richMenuId=second))
    assert (await bot.api.get_rich_menu_alias("shop")).rich_menu_id == second
    assert len((await bot.api.get_rich_menu_alias_list()).aliases) == 1
    hanako.tap({"type": "richmenuswitch", "richMenuAliasId": "shop", "data": "x"})
    assert seen(bot.line, hanako) == second
    await bot.api.delete_rich_menu_alias("shop")
    with pytest.raises(ApiException) as failed:
        await bot.api.get_rich_menu_alias("shop")
    assert failed.value.status == 404


OUTSIDE = {"x": 2000, "y": 0, "width": 501, "height": 10}


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"size": {"width": 700, "height": 400}}, "size.width"),
        ({"size": {"width": 2500, "height": 2000}}, "size.width"),
        ({"chatBarText": "x" * 15}, "chatBarText"),
        ({"name": "x" * 301}, "name"),
        ({"selected": None}, "selected"),
        (
            {"areas": [{"bounds": {"x": 2000, "y": 0, "width": 501, "height": 10}, "action": {"type": "camera"}}]},
            "areas[0]",
        ),
    ],
)
def test_a_menu_that_does_not_fit_is_refused(more: dict[str, Any], place: str) -> None:
    with pytest.raises(Refusal) as refused:
        Simulator("1", "2").menus.check(menu().to_dict() | more)
    assert refused.value.details[0].property.startswith(place)
