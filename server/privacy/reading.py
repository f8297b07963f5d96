"""Pages to be read without us: what is disclosed, in Japanese and in English, in files that open in any browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.wording import say

TEMPLATES = Path(__file__).parent.parent.parent / "templates" / "privacy"
AT_ONCE = 64
"""Pieces of a page that are written together."""


@cache
def environment() -> Environment:
    """The templates, everything escaped."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Reading:
    """The pages in one language."""

    def __init__(self, language: str, zone: ZoneInfo, shop: str) -> None:
        self.language = language
        self._zone = zone
        self._shop = shop

    def page(self, template: str, **context: Any) -> Iterator[bytes]:
        """A page, piece by piece; what the template goes through may be read as it goes."""
        pieces = (
            environment()
            .get_template(template)
            .generate(
                {
                    "language": self.language,
                    "shop": self._shop,
                    "when": self._when,
                    "_": lambda text, /, **values: say(self.language, text, **values),
                    **context,
                }
            )
        )
        held: list[str] = []
        for piece in pieces:
            held.append(piece)
            if len(held) >= AT_ONCE:
                yield "".join(held).encode()
                held = []
        yield "".join(held).encode()

    def _when(self, at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(self._zone):%Y-%m-%d %H:%M}"
