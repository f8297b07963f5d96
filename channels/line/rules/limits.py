"""How much of what LINE takes. https://developers.line.biz/en/reference/messaging-api/#message-objects"""

from __future__ import annotations

MESSAGES = 5
"""Message objects of one request."""
TEXT = 5000
"""UTF-16 code units of one text message."""
QUICK_REPLIES = 13
LABEL = 20
"""UTF-16 code units on a button, as everywhere below."""
TITLE = 40
BUTTONS_TEXT, BUTTONS_TEXT_TOPPED = 160, 60
"""Without a title or a picture above it, and with one."""
BUTTONS = 4
CONFIRM_TEXT = 240
COLUMNS = 10
COLUMN_TEXT, COLUMN_TEXT_TOPPED = 120, 60
COLUMN_BUTTONS = 3
FLEX_BUBBLES = 12
"""Cards of a Flex carousel."""


def units(text: str) -> int:
    """A text's length as LINE counts it: in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)
