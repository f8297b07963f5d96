"""Makes the HTML of strangers safe to show: nothing runs, nothing is fetched unasked, nothing leaves its place."""

import re
from html import escape

import nh3

from channels.email.reading import charsets
from channels.email.reading.tables import listed

TAGS = set(
    listed(
        "a abbr address article aside b bdi bdo big blockquote br caption center "
        "cite code col colgroup dd del dfn div dl dt "
        "em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins "
        "kbd li main mark ol p pre q rp rt ruby s samp "
        "section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr"
    )
)
# Their text is no text for people, so it goes with them.
WITH_CONTENT = set(
    listed(
        "script style title svg math noscript template iframe object embed "
        "applet textarea select option noembed noframes "
        "xmp plaintext audio video canvas frameset"
    )
)
CELL = {"align", "valign", "bgcolor", "width", "height", "colspan", "rowspan", "nowrap"}
ATTRIBUTES = {
    "*": {"dir", "lang", "style", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "border", "align"},
    "font": {"color", "face", "size"},
    "table": {"align", "bgcolor", "border", "cellpadding", "cellspacing", "width", "height"},
    "td": CELL,
    "th": CELL,
    "tr": {"align", "valign", "bgcolor"},
    "col": {"width", "span", "align"},
    "colgroup": {"width", "span"},
    "div": {"align"},
    "p": {"align"},
    "h1": {"align"},
    "h2": {"align"},
    "h3": {"align"},
    "hr": {"width", "size", "align", "color"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value"},
}
# No position, z-index, float, transform, opacity, display or background image: mail stays where it is shown.
STYLES = {
    *listed(
        "background-color color direction font font-family font-size font-style font-variant font-weight letter-spacing"
    ),
    *listed("line-height text-align text-decoration text-indent text-transform vertical-align white-space word-break"),
    *listed("word-wrap overflow-wrap width height max-width min-width border-collapse border-spacing list-style-type"),
    *(
        f"border{side}{what}"
        for side in ("", "-top", "-right", "-bottom", "-left")
        for what in ("", "-color", "-style", "-width")
    ),
    *(f"{box}{side}" for box in ("margin", "padding") for side in ("", "-top", "-right", "-bottom", "-left")),
    "border-radius",
}
SAFE_VALUE = re.compile(r"[\w\s#%.,'\"!+-]{1,200}|(?:rgb|rgba|hsl|hsla)\([\d\s.,%/]{1,60}\)", re.IGNORECASE)
NEGATIVE = re.compile(r"(?<![\w#])-\s*[\d.]")
SIZE = re.compile(r"([\d.]{1,12})")
PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]+\Z", re.IGNORECASE)
LINK = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
SOURCE = re.compile(r"(?:https?|cid):", re.IGNORECASE)
LARGEST = 4_000
IMAGE = re.compile(r'<img((?:\s+[a-z-]+="[^"]*")*)\s*/?>')
REMOTE = re.compile(r'\ssrc="((?:https?:|//)[^"]*)"', re.IGNORECASE)


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return _style(value)
    if name == "href":
        return value if LINK.match(value.strip()) else None
    if name == "src":
        stripped = value.strip()
        return stripped if SOURCE.match(stripped) or PICTURE.match(stripped) else None
    if name in ("width", "height", "size", "border", "cellpadding", "cellspacing", "colspan", "rowspan", "span"):
        match = SIZE.match(value.strip())
        return value if match and float(match.group(1).strip(".") or 0) <= LARGEST and value[0] != "-" else None
    return value[:1_000]


def _style(value: str) -> str | None:
    """Only declarations whose property and value are both harmless; anything clever is dropped whole."""
    if len(value) > 4_000 or "\\" in value or "/*" in value or "&" in value:
        return None
    kept = []
    for declaration in value.split(";"):
        name, colon, text = declaration.partition(":")
        name, text = name.strip().lower(), text.strip()
        if not colon or name not in STYLES or not SAFE_VALUE.fullmatch(text) or NEGATIVE.search(text):
            continue
        if any(len(number.split(".")[0]) > 4 for number in SIZE.findall(text) if "#" not in text):
            continue
        kept.append(f"{name}:{text}")
    return ";".join(kept) or None


CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=WITH_CONTENT,
    attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
    attribute_filter=_attribute,
    strip_comments=True,
    link_rel="noopener noreferrer nofollow",
    generic_attribute_prefixes=None,
    url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    url_relative="deny",
    set_tag_attribute_values={"a": {"target": "_blank"}},
    filter_style_properties=STYLES,
)


def sanitise(html: str) -> str:
    """The HTML with what may be shown: structure, text, harmless styles, links and pictures."""
    # Character references may still spell what a database refuses.
    return charsets.clean(CLEANER.clean(html))


def from_text(text: str) -> str:
    """A plain text piece that stands beside HTML pieces of the same mail."""
    return f'<div style="white-space:pre-wrap">{escape(text, quote=False)}</div>'


def without_remote_images(html: str) -> tuple[str, int]:
    """Sanitised HTML whose pictures from other servers are not fetched, and how many these were.

    Such a picture keeps its address in ``data-remote-src``; `cid:` and `data:` pictures stay as they are.
    """
    blocked = 0

    def block(match: re.Match[str]) -> str:
        nonlocal blocked
        attributes, count = REMOTE.subn(r' data-remote-src="\1"', match.group(1), count=1)
        blocked += count
        return f"<img{attributes}>"

    return IMAGE.sub(block, html), blocked
