"""A card that says the same as the words of its letter: LINE shows one of them, never both."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from channels.contract import Account, Native, OutboundMessage, Party
from channels.line.bubbles import compose

BUBBLE: dict[str, Any] = {
    "type": "bubble",
    "body": {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "発送いたしました"}]},
}


@pytest.mark.parametrize("instead", [True, False])
async def test_words_that_the_card_says_are_its_alternative_text(instead: bool) -> None:
    message = OutboundMessage(
        key="k",
        account=Account(1, "line", "LINE", "@shop"),
        to=(Party("line", "U1"),),
        text="R-1001を発送いたしました",
        created_at=datetime.now(UTC),
        rich=Native(alt="R-1001を発送いたしました", contents=BUBBLE, instead=instead),
    )
    found = await compose(cast(Any, None), message)
    assert [each["type"] for each in found] == (["flex"] if instead else ["text", "flex"])
    assert found[-1]["altText"] == "R-1001を発送いたしました"
