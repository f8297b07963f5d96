"""A letter's text as a mail's HTML: tables and inline styles, as mail programs want them, right in dark mode too.

Every colour that matters is set twice: inline for the light, by class for the dark (`_layout`'s media query).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from server.notices.blocks import URL, Block, Button, Heading, Paragraph, Row, Rule, read, rows

SOFT = "#57606a"
LINE = "#d8dee4"


def letter(text: str, color: str) -> tuple[str, str]:
    """The body and the foot of a text, as HTML to be put into the layout. `color` is the shop's, #rrggbb."""
    parts = read(text)
    return _drawn(parts.body, color), _small(parts.foot)


def ink(color: str) -> str:
    """White or black, whichever is read better on a colour (WCAG's relative luminance)."""
    red, green, blue = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    light = sum(
        share * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
        for share, part in ((0.2126, red), (0.7152, green), (0.0722, blue))
    )
    return "#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else "#1f2328"


def _drawn(blocks: Sequence[Block], color: str) -> str:
    parts: list[str] = []
    for block in rows(blocks):
        match block:
            case list():
                parts.append(_table(block))
            case Heading():
                parts.append(
                    '<p class="ink line" style="margin:24px 0 8px;padding:0 0 6px;font-weight:bold;'
                    f'border-bottom:2px solid {color};color:#1f2328">{escape(block.words)}</p>'
                )
            case Button():
                parts.append(_button(block, color))
            case Paragraph():
                parts.append(f'<p style="margin:0 0 16px">{_lines(block.lines)}</p>')
            case Rule():
                parts.append(f'<hr class="line" style="border:0;border-top:1px solid {LINE};margin:20px 0">')
    return "\n".join(parts)


def _small(blocks: Sequence[Block]) -> str:
    """A signature has no buttons: an address is a link."""
    lines: list[str] = []
    for block in blocks:
        match block:
            case Heading():
                lines.append(f"<strong>{escape(block.words)}</strong>")
            case Row():
                lines.append(f"{escape(block.left)}: {_linked(block.right)}")
            case Button():
                lead = f"{escape(block.label)}: " if block.label else ""
                lines.append(lead + _linked(block.url))
            case Paragraph():
                lines += [_linked(line) for line in block.lines]
            case Rule():
                lines.append("")
    return "<br>\n".join(lines)


def _table(found: Sequence[Row]) -> str:
    """Labels with their values, or articles with their prices, and sums below these."""
    cells = []
    priced = any(row.article for row in found)
    for row in found:
        left, right = ("ink", "ink") if row.article else ("soft", "ink")
        tint = "#1f2328" if row.article else SOFT
        align = "right" if priced else "left"
        width = "70%" if priced else "34%"
        cells.append(
            f'<tr><td class="{left} line" width="{width}" valign="top" style="padding:8px 12px 8px 0;color:{tint};'
            f'border-bottom:1px solid {LINE}">{escape(row.left)}</td>'
            f'<td class="{right} line" align="{align}" valign="top" style="padding:8px 0;color:#1f2328;'
            f'border-bottom:1px solid {LINE};{"white-space:nowrap" if priced else "word-break:break-word"}">'
            f"{_linked(row.right)}</td></tr>"
        )
    return (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'
        f' style="margin:0 0 16px;border-collapse:collapse;font-size:15px">{"".join(cells)}</table>'
    )


def _button(block: Button, color: str) -> str:
    if not block.label:
        return f'<p style="margin:0 0 16px;word-break:break-all">{_linked(block.url)}</p>'
    return (
        '<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 20px"><tr>'
        f'<td class="button" bgcolor="{color}" style="border-radius:8px;background:{color}">'
        f'<a class="on" href="{escape(block.url)}" style="display:inline-block;padding:12px 28px;color:{ink(color)};'
        f'font-weight:bold;text-decoration:none">{escape(block.label)}</a></td></tr></table>'
    )


def _lines(lines: Sequence[str]) -> str:
    return "<br>\n".join(_indented(line) for line in lines)


def _indented(line: str) -> str:
    bare = line.lstrip(" ")
    return "&nbsp;" * (len(line) - len(bare)) + _linked(bare)


def _linked(line: str) -> str:
    parts: list[str] = []
    end = 0
    for hit in URL.finditer(line):
        address = hit[0].rstrip(".,;:!?'")
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1].rstrip(".,;:!?'")
        parts += [escape(line[end : hit.start()]), f'<a href="{escape(address)}">{escape(address)}</a>']
        end = hit.start() + len(address)
    return "".join(parts) + escape(line[end:])
