"""A form's colours, made of the one that an admin chose, readable in light and dark."""

from __future__ import annotations

from channels.colours import Colour, contrast, parse, properties

LIGHT_GROUND: Colour = (255, 255, 255)
DARK_GROUND: Colour = (26, 29, 36)

__all__ = ["DARK_GROUND", "LIGHT_GROUND", "contrast", "parse", "stylesheet"]


def stylesheet(theme: str) -> str:
    """The custom properties that `form.css` uses."""
    return properties(theme, LIGHT_GROUND, DARK_GROUND)
