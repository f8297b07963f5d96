"""Colours that people can read: contrast by WCAG 2.2 §1.4.3, and a colour moved just far enough to reach it."""

from __future__ import annotations

Colour = tuple[float, float, float]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
TEXT_CONTRAST = 4.5


def properties(theme: str, light_ground: Colour, dark_ground: Colour) -> str:
    """A stylesheet of custom properties: `--accent` for areas with `--on-accent` upon it, `--link` for text.

    Both keep a contrast of 4.5 on their ground, whatever the colour.
    """
    chosen = parse(theme)
    light = towards(chosen, BLACK, light_ground)
    dark = towards(chosen, WHITE, dark_ground)
    return f":root{{{_rules(chosen, light)}}}\n@media (prefers-color-scheme: dark){{:root{{{_rules(chosen, dark)}}}}}\n"


def _rules(accent: Colour, link: Colour) -> str:
    # Black or white: one of the two always reaches 4.58, a softer black not always 4.5.
    ink = max((WHITE, BLACK), key=lambda colour: contrast(colour, accent))
    return f"--accent:{write(accent)};--on-accent:{write(ink)};--link:{write(link)}"


def parse(text: str) -> Colour:
    """`#1f5fbf` to three numbers from 0 to 255."""
    return (int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))


def write(colour: Colour) -> str:
    """Three numbers to `#1f5fbf`."""
    return "#" + "".join(f"{round(part):02x}" for part in colour)


def contrast(one: Colour, other: Colour) -> float:
    """From 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def towards(colour: Colour, end: Colour, ground: Colour) -> Colour:
    """The colour, moved towards `end` just as far as it takes to be read on `ground`."""
    for step in range(21):
        share = step / 20
        mixed = (
            colour[0] + (end[0] - colour[0]) * share,
            colour[1] + (end[1] - colour[1]) * share,
            colour[2] + (end[2] - colour[2]) * share,
        )
        if contrast(mixed, ground) >= TEXT_CONTRAST + 0.1:
            return mixed
    return end


def _luminance(colour: Colour) -> float:
    linear = [part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
