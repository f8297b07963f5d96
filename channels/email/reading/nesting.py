"""Keeps HTML shallow: parsers, sanitiser and browsers need time that grows with the square of the nesting."""

import re

from channels.email.reading.tables import listed

TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]{0,40})")
# They close themselves or each other, so leaving them open is no nesting.
FLAT = frozenset(
    listed(
        "br img hr p li td th tr dt dd option meta link input col area base wbr "
        "embed source track param o:p tbody thead "
        "tfoot colgroup"
    )
)
DEEPEST = 150
LONG_TAG = 2_000
MOST_ATTRIBUTES = 200
LONG_PICTURE = re.compile(r"data:image/[a-z0-9.+-]{1,20};base64,[A-Za-z0-9+/=\s]{20000,}", re.IGNORECASE)


def shorten(html: str, limit: int) -> str:
    """The HTML cut to a length; pictures written into it are left out first, since text behind them counts more."""
    if len(html) > limit:
        html = LONG_PICTURE.sub("data:,", html)
    return html[:limit]


def flatten(html: str) -> str:
    """The same HTML; tags that are nested deeper than any mailer nests them are left out, their text stays.

    Tags with absurdly many attributes go too, for the same reason.
    """
    if html.count("<") < DEEPEST and len(html) < LONG_TAG:
        return html
    depth = 0
    out: list[str] = []
    at = 0
    stop = 0  # the ">" of the tag looked at
    for match in TAG.finditer(html):
        if match.start() < stop:
            continue
        closing, name = match.groups()
        stop = html.find(">", match.end())
        if stop < 0:
            # A tag that never ends swallows the rest, as it does in a browser.
            out.append(html[at : match.start()])
            at = len(html)
            break
        crowded = stop - match.end() > LONG_TAG and html.count("=", match.end(), stop) > MOST_ATTRIBUTES
        if name.lower() not in FLAT:
            if closing:
                depth -= 1
                crowded = crowded or depth >= DEEPEST
                depth = max(depth, 0)
            else:
                depth += 1
                crowded = crowded or depth > DEEPEST
        if crowded and match.start() >= at:
            out.append(html[at : match.start()])
            at = stop + 1
    if not out:
        return html
    out.append(html[at:])
    return "".join(out)
