"""What LINE would be sent for a macro or a preview, looked over before anybody sends it.

The rules are LINE's (`channels.line.rules`), so that a card which passes here is not refused there.
"""

from __future__ import annotations

from collections.abc import Sequence

from channels.contract import Choice, Rich, Undeliverable
from channels.line.bubbles import Bubble, rich, with_choices
from channels.line.rules import Refusal, check_messages

MOST_TOLD = 3


def draw(what: Rich | None, choices: Sequence[Choice], *, loopback: bool) -> list[Bubble]:
    """The message objects; choices alone hang on a text that stands for the answer's.

    Raises `Undeliverable` with LINE's words for each field at fault. With `loopback` pictures may be of this machine.
    """
    found = rich(what) if what is not None else [{"type": "text", "text": "…"}]
    with_choices(found, choices)
    try:
        check_messages({"messages": found}, loopback=loopback)
    except Refusal as refusal:
        told = [f"{one.property.partition('.')[2] or one.property}: {one.message}" for one in refusal.details]
        raise Undeliverable("; ".join(told[:MOST_TOLD]) or refusal.message, code="refused") from refusal
    return found
