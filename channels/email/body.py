"""In charge of what a letter says: text and HTML of the same words, with signature, footer and quoted history."""

from __future__ import annotations

import html
import re

from channels.contract import OutboundMessage, Quoted
from channels.email.settings import MailSettings

TEMPLATE = (
    '<div style="font-family:sans-serif;font-size:14px;line-height:1.7;color:#1f2328">\n'
    "{body}\n{footer}\n{quoted}\n</div>"
)
LINK = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
PLACE = re.compile(r"\{(body|footer|quoted)\}")
WEEKDAYS = "月火水木金土日"


def text_of(message: OutboundMessage, settings: MailSettings) -> str:
    """The plain text: answer, signature, footer, then the history with `> `."""
    blocks = [message.text.strip("\n")]
    if signature := message.signature.strip("\n"):
        blocks.append(signature)
    if message.postscript:
        blocks.append(message.postscript)
    if settings.footer:
        blocks.append(settings.footer)
    if message.quoted and message.quoted.text.strip():
        quoted = "\n".join(f"> {line}" if line else ">" for line in message.quoted.text.strip("\n").split("\n"))
        lead = attribution(message.quoted, message.language, settings)
        blocks.append(f"{lead}\n{quoted}" if lead else quoted)
    return "\n\n".join(block for block in blocks if block) + "\n"


def html_of(message: OutboundMessage, settings: MailSettings) -> str:
    """The HTML: what the agent formatted, or paragraphs made from the text, in the account's template."""
    body = message.html if message.html is not None else paragraphs(message.text)
    if signature := message.signature.strip("\n"):
        body += f'\n<div style="margin-top:1em">{paragraphs(signature)}</div>'
    if message.postscript:
        body += f'\n<div style="margin-top:1em;font-size:12px">{paragraphs(message.postscript)}</div>'
    footer = ""
    if settings.footer:
        footer = f'<div style="margin-top:1em;color:#57606a;font-size:12px">{paragraphs(settings.footer)}</div>'
    quoted = ""
    if message.quoted:
        quoted = message.quoted.html or paragraphs(message.quoted.text)
    if message.quoted and quoted:
        lead = html.escape(attribution(message.quoted, message.language, settings))
        # Gmail's class names: every program that folds or cuts quoted history knows them
        quoted = (
            f'<div class="gmail_quote"><div class="gmail_attr" style="margin-top:1em">{lead}</div>\n'
            '<blockquote class="gmail_quote" type="cite" '
            'style="margin:0 0 0 .8ex;border-left:2px solid #d0d7de;padding-left:1ex">'
            f"{quoted}</blockquote></div>"
        )
    if end := list(re.finditer(r"</body\s*>", body, re.I)):
        # a whole page of its own, as notices are, keeps its look
        return body[: end[-1].start()] + footer + quoted + body[end[-1].start() :]
    places = {"body": body, "footer": footer, "quoted": quoted}
    template = settings.html_template if "{body}" in settings.html_template else TEMPLATE
    filled = PLACE.sub(lambda place: places[place[1]], template)
    if "{footer}" not in template:
        filled += footer
    if "{quoted}" not in template:
        filled += quoted
    if re.search(r"<html[\s>]", filled, re.I):
        return filled
    return f'<!DOCTYPE html>\n<html lang="{html.escape(message.language or "ja")}"><body>\n{filled}\n</body></html>\n'


def attribution(quoted: Quoted, language: str, settings: MailSettings) -> str:
    """The line above the history, in the letter's language and the account's time zone, out of what is known."""
    name, address = (" ".join(text.split()) for text in (quoted.name, quoted.address))
    who = f"{name} <{address}>" if name and address else name or address
    at = quoted.at.astimezone(settings.time_zone) if quoted.at else None
    if language == "ja":
        day = f"{at.year}年{at.month}月{at.day}日({WEEKDAYS[at.weekday()]}) {at:%H:%M}" if at else ""
        return f"{day} {who}:".strip() if day or who else ""
    day = f"On {at:%a, %d %b %Y} at {at:%H:%M}" if at else ""
    if day and who:
        return f"{day}, {who} wrote:"
    return f"{who} wrote:" if who else f"{day}:" if day else ""


def paragraphs(text: str) -> str:
    """Plain text as HTML: blank lines part paragraphs, line breaks and indents stay, addresses become links."""
    blocks = re.split(r"\n[ \t]*\n+", text.replace("\r\n", "\n").strip("\n"))
    return "\n".join(f'<p style="margin:0 0 1em">{_lines(block)}</p>' for block in blocks if block.strip())


def _lines(block: str) -> str:
    return "<br>\n".join(_indented(_linked(line)) for line in block.split("\n"))


def _indented(line: str) -> str:
    bare = line.lstrip(" \t")
    indent = line[: len(line) - len(bare)].expandtabs(4)
    return "&nbsp;" * len(indent) + bare.replace("  ", "&nbsp; ")


def _linked(line: str) -> str:
    parts: list[str] = []
    end = 0
    for hit in LINK.finditer(line):
        address = hit[0].rstrip(".,;:!?'")
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1].rstrip(".,;:!?'")
        parts += [html.escape(line[end : hit.start()]), f'<a href="{html.escape(address)}">{html.escape(address)}</a>']
        end = hit.start() + len(address)
    return "".join(parts) + html.escape(line[end:])
