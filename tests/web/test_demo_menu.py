"""The demo's menu on LINE: three places that fill their picture, and that LINE and a phone take."""

from __future__ import annotations

import io

from PIL import Image

from channels.line.menus import judged
from server import demo_menu
from tests.channels.line.conftest import house
from tests.channels.line.house import House

__all__ = ["house"]


async def test_every_phone_has_the_demos_menu(house: House) -> None:
    made, picture = demo_menu.definition("http://127.0.0.1:8025/demo/shop"), demo_menu.PICTURE.read_bytes()
    assert judged(made, picture) == "image/png"
    assert Image.open(io.BytesIO(picture)).size == (demo_menu.WIDTH, demo_menu.HEIGHT)
    await house.channel.put_menu(house.account, made, picture)
    (shown,) = await house.channel.menus(house.account)
    assert (shown["name"], shown["chatBarText"], len(shown["areas"])) == ("月の輪", "メニュー", 3)
    misaki = house.line.person("美咲", friend=True)
    misaki.text(made["areas"][1]["action"]["text"])
    await house.heard()
    assert [message.text for message in await house.from_customer()] == ["注文の状況を教えてください。"]
