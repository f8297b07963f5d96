"""The menu under the demo shop's chat on LINE: three places to tap, as a shop would have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from channels.contract import HasMenu
from server.app import Parts

PICTURE = Path(__file__).parent.parent / "templates" / "demo" / "static" / "line-menu.png"
WIDTH, HEIGHT = 2500, 843


def definition(shop: str) -> dict[str, Any]:
    """As LINE writes it; the first place opens the shop at this address."""
    actions: list[dict[str, str]] = [
        {"type": "uri", "label": "商品をさがす", "uri": shop},
        {"type": "message", "label": "ご注文の状況", "text": "注文の状況を教えてください。"},
        {"type": "message", "label": "よくあるご質問", "text": "送料と返品について教えてください。"},
    ]
    wide = WIDTH // len(actions)
    return {
        "size": {"width": WIDTH, "height": HEIGHT},
        "selected": True,
        "name": "月の輪",
        "chatBarText": "メニュー",
        "areas": [
            {"bounds": {"x": place * wide, "y": 0, "width": wide, "height": HEIGHT}, "action": action}
            for place, action in enumerate(actions)
        ],
    }


async def put(parts: Parts, account: int) -> None:
    """Show it on every phone. Raises what the channel raises."""
    channel = parts.channels["line"]
    assert isinstance(channel, HasMenu)
    known = await parts.desk.account(account)
    await channel.put_menu(known, definition(f"{parts.settings.public_url}/demo/shop"), PICTURE.read_bytes())
