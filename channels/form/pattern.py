"""In charge of patterns with names in braces, as a form's subject has them."""

from __future__ import annotations

import re
from collections.abc import Callable

SLOT = re.compile(r"\{([A-Za-z][A-Za-z0-9_-]{0,63})\}")


def slots(pattern: str, value: Callable[[str], str]) -> str:
    """The pattern with each `{name}` replaced, in one pass: what a customer wrote is never read as a name."""
    return SLOT.sub(lambda found: value(found[1]), pattern)


def names(pattern: str) -> list[str]:
    """The names in a pattern."""
    return SLOT.findall(pattern)
