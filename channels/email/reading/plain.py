"""Turns HTML into the lines a person would read, and remembers which of them stand inside a quotation."""

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from channels.email.reading.tables import listed

BLOCKS = frozenset(
    listed(
        "address article aside blockquote body center dd details dir div dl dt "
        "fieldset figcaption figure footer form h1 h2 "
        "h3 h4 h5 h6 header hr li main menu nav ol p pre section table tbody tfoot thead tr ul html caption summary"
    )
)
SPACED = frozenset(listed("p h1 h2 h3 h4 h5 h6 ul ol dl table pre blockquote"))
SKIPPED = frozenset(
    listed(
        "head script style title noscript template svg math iframe object embed "
        "textarea select option audio video canvas "
        "meta link base -comment -doctype !doctype"
    )
)
SPACE = re.compile(r"[ \t\r\n\f]+")
HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
EMOJI = re.compile(r"[^\x00-\x7f]{1,12}\Z")
# A blockquote that only indents, as Gmail's indent button and Outlook's lists make it.
INDENT = re.compile(
    r"border\s*:\s*(?:none|0)|margin\s*:\s*0[^;]*0[^;]*0[^;]*40px\s*;?\s*border\s*:\s*none", re.IGNORECASE
)
OUTLOOK_BAR = re.compile(r"border\s*:\s*none\s*;\s*border-top\s*:\s*solid\s+#(?:e1e1e1|b5c4df)", re.IGNORECASE)


@dataclass(slots=True)
class Line:
    """One line of text; `depth` counts the quotations around it, `mark` says what structure begins here."""

    text: str
    depth: int = 0
    bare: bool = False  # quoted by plain <blockquote>s alone, which people write as well as mailers
    mark: str = ""


# How each client marks what it quotes. "quote": the element is quoted text; "split": all from here on is;
# "attribution": the line that introduces a quotation; "signature": the sender's block.
IDS = {
    "divrplyfwdmsg": "split",
    "appendonsend": "split",
    "stopspelling": "split",
    "mail-editor-reference-message-container": "split",
    "olk_src_body_section": "split",
    "isforwardcontent": "forward",
    "isreplycontent": "split",
    "reply-intro": "attribution",
    "reply120": "split",
    "zmail_extra": "split",
    "signature": "signature",
    "ms-outlook-mobile-signature": "signature",
    "applemailsignature": "signature",
    "ymail_android_signature": "signature",
    "qtdseparateboundary": "split",
}
CLASSES = {
    "gmail_attr": "attribution",
    "moz-cite-prefix": "attribution",
    "moz-signature": "signature",
    "gmail_signature": "signature",
    "yahoo_quoted": "split",
    "ydpyahoo_quoted": "split",
    "yahoo-quoted": "split",
    "yahoo-quoted-begin": "split",
    "protonmail_quote": "split",
    "protonmail_signature_block": "signature",
    "tutanota_quote": "quote",
    "zmail_extra": "split",
    "outlookmessageheader": "split",
    "hmmessage-quote": "split",
    "quotedtext": "quote",
    "front-blockquote": "quote",
    "mailspring-quote": "quote",
    "nylas-quote": "quote",
    "freshdesk_quote": "quote",
    "helpscout_quote": "quote",
    "ms-outlook-mobile-reference-message": "split",
    "ms-outlook-mobile-signature": "signature",
    "cloze-quote": "quote",
    "airmail_on": "attribution",
    "bloop_original_html": "split",
    "bloop_sign": "signature",
    "spark_quote": "split",
    "gmail_extra": "",
    "wisestamp_app": "signature",
    "x_gmail_quote": "",
}


def _mark(node: LexborNode, tag: str) -> str:
    attributes = node.attributes
    if not attributes:
        return "bare quote" if tag == "blockquote" else ""
    style = attributes.get("style") or ""
    identity = (attributes.get("id") or "").lower().removeprefix("x_")
    if identity in IDS:
        return IDS[identity]
    for name in (attributes.get("class") or "").lower().split()[:8]:
        found = CLASSES.get(name) or CLASSES.get(name.removeprefix("x_"))
        if found:
            return found
    if (attributes.get("name") or "").lower() in ("messagereplysection", "quote"):
        return "split"
    if tag == "blockquote":
        return "" if INDENT.search(style) and attributes.get("type") != "cite" else "quote"
    if tag == "div" and OUTLOOK_BAR.search(style):
        return "split"
    if tag == "hr" and attributes.get("tabindex") == "-1":
        return "split"
    return ""


def lines(html: str) -> list[Line]:
    """The visible lines of an HTML text, in order."""
    root = LexborHTMLParser(html).root
    if root is None:
        return []
    return _Walker().walk(root)


def text(html: str) -> str:
    """The same as one plain text, quotations marked with ``>`` as mailers do."""
    return join(lines(html))


def join(found: list[Line]) -> str:
    """Lines as one text."""
    return "\n".join(f"{'>' * line.depth} {line.text}".rstrip() if line.depth else line.text for line in found).strip()


class _Walker:
    def __init__(self) -> None:
        self.out: list[Line] = []
        self.buffer: list[str] = []
        self.depth = 0
        self.bare = 0
        self.preformatted = 0
        self.pending = ""  # a mark waiting for the next line
        self.blank = False

    def walk(self, root: LexborNode) -> list[Line]:
        # By hand and not by recursion: hostile mails nest ten thousand elements.
        node: LexborNode | None = root
        stack: list[tuple[LexborNode, str, str]] = []
        while node is not None:
            entered = self._enter(node)
            child = node.first_child if entered is not None else None
            if entered is not None and child is not None:
                stack.append((node, *entered))
                node = child
                continue
            if entered is not None:
                self._leave(*entered)
            following = node.next
            while following is None and stack:
                node, tag, mark = stack.pop()
                self._leave(tag, mark)
                following = node.next
            node = following
        self._break()
        while self.out and not self.out[-1].text:
            self.out.pop()
        return self.out

    def _enter(self, node: LexborNode) -> tuple[str, str] | None:
        tag = node.tag or ""
        if tag == "-text":
            self._text(node.text_content or "")
            return None
        if tag in SKIPPED:
            return None
        if tag == "br":
            self._break(force=True)
            return None
        if tag == "img":
            self._image(node)
            return None
        if tag in ("td", "th") and self.buffer and self.buffer[-1] not in (" ", "\t"):
            self.buffer.append(" ")
        if tag not in BLOCKS and tag not in ("span", "a", "font"):
            return tag, ""
        attributes = node.attributes
        if attributes and HIDDEN.search(attributes.get("style") or ""):
            return None
        mark = _mark(node, tag)
        if tag in BLOCKS:
            self._break()
            self.blank = self.blank or tag in SPACED
        if mark in ("split", "attribution", "signature", "forward"):
            self._break()
            self.pending = mark
        if mark == "quote":
            self.depth += 1
        elif mark == "bare quote":
            self.depth += 1
            self.bare += 1
        if tag == "pre":
            self.preformatted += 1
        elif tag == "li":
            self.buffer.append("- ")
        elif tag == "hr":
            self.out.append(Line("", self.depth, mark=self.pending or "rule"))
            self.pending = ""
        return tag, mark

    def _leave(self, tag: str, mark: str) -> None:
        if tag in BLOCKS:
            self._break()
            self.blank = self.blank or tag in SPACED
        if mark == "quote":
            self.depth -= 1
        elif mark == "bare quote":
            self.depth -= 1
            self.bare -= 1
        if mark in ("attribution", "signature"):
            self._break()
            self.pending = ""
            if mark == "signature":
                self.out.append(Line("", self.depth, mark="signature-end"))
        if tag == "pre":
            self.preformatted -= 1

    def _text(self, text: str) -> None:
        if self.preformatted:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self.buffer.append(first)
            for line in rest:
                self._break(force=True)
                self.buffer.append(line)
            return
        text = SPACE.sub(" ", text.replace("\u200b", "") if "\u200b" in text else text)
        if text == " " and (not self.buffer or self.buffer[-1].endswith(" ")):
            return
        if text:
            self.buffer.append(text.lstrip(" ") if not self.buffer or self.buffer[-1].endswith(" ") else text)

    def _image(self, node: LexborNode) -> None:
        # Pictures that stand for a character (emoji of phones and Gmail) are text; other descriptions are not.
        alt = node.attributes.get("alt") or ""
        if alt and EMOJI.match(alt):
            self.buffer.append(alt)

    def _break(self, *, force: bool = False) -> None:
        line = "".join(self.buffer).replace("\xa0", " ")
        self.buffer.clear()
        line = line.rstrip() if self.preformatted else line.strip(" ")
        if not line and not force:
            return
        if not line and self.out and not self.out[-1].text and len(self.out) > 1 and not self.out[-2].text:
            return
        if self.blank and line and self.out and self.out[-1].text:
            self.out.append(Line("", min(self.depth, self.out[-1].depth)))
        self.blank = False
        self.out.append(Line(line, self.depth, 0 < self.bare == self.depth, self.pending))
        self.pending = ""
