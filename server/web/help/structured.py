"""What search engines read beside a page: JSON-LD of schema.org, and dates as people write them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_date
from markupsafe import Markup

from channels.wording import say
from server.help import markup
from server.help.shelf import Chapter, Leaf

if TYPE_CHECKING:
    from server.web.help.pages import Place


def site(place: Place) -> Markup:
    """The help centre, and how it is searched (schema.org/WebSite)."""
    home = place.canonical()
    return _data(
        {
            "@type": "WebSite",
            "name": place.centre.name(place.lang),
            "url": home,
            "inLanguage": place.lang,
            "potentialAction": {
                "@type": "SearchAction",
                "target": {"@type": "EntryPoint", "urlTemplate": f"{home}search?q={{search_term_string}}"},
                "query-input": "required name=search_term_string",
            },
        }
    )


def category(place: Place, chapter: Chapter, path: str) -> Markup:
    """Where a category stands, and its questions."""
    listed = [
        {"@type": "ListItem", "position": n, "name": leaf.words(place.lang).question, "url": _address(place, leaf)}
        for n, leaf in enumerate(chapter.leaves, 1)
    ]
    return _data(
        _crumbs(place, (chapter.name(place.lang), place.canonical(path))),
        {"@type": "ItemList", "name": chapter.name(place.lang), "itemListElement": listed},
    )


def article(place: Place, leaf: Leaf, path: str) -> Markup:
    """The question with its answer (schema.org/FAQPage), and where it stands."""
    words, lang = leaf.words(place.lang), leaf.lang(place.lang)
    chapter = place.centre.chapter_of(leaf)
    between = (chapter.name(place.lang), place.canonical(f"categories/{chapter.slug(place.lang)}")) if chapter else None
    answer = markup.page(leaf.answer(place.lang), {}).html
    return _data(
        _crumbs(place, *([between] if between else []), (words.question, place.canonical(path, lang))),
        {
            "@type": "FAQPage",
            "inLanguage": lang,
            "url": place.canonical(path, lang),
            "datePublished": leaf.published.isoformat(),
            "dateModified": leaf.changed.isoformat(),
            "mainEntity": [
                {
                    "@type": "Question",
                    "name": words.question,
                    "acceptedAnswer": {"@type": "Answer", "text": answer},
                }
            ],
        },
    )


def day(moment: datetime, *, lang: str, zone: ZoneInfo) -> str:
    """A date as people write it."""
    return format_date(moment.astimezone(zone), "long", locale=lang)


def _address(place: Place, leaf: Leaf) -> str:
    return place.canonical(f"articles/{leaf.slug(place.lang)}")


def _crumbs(place: Place, *steps: tuple[str, str]) -> dict[str, Any]:
    home = (say(place.lang, "Help centre"), place.canonical())
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": n, "name": name, "item": address}
            for n, (name, address) in enumerate([home, *steps], 1)
        ],
    }


def _data(*things: dict[str, Any]) -> Markup:
    """A block of data: `<` is written so that nothing in it can end the block."""
    body = {"@context": "https://schema.org", "@graph": list(things)}
    return Markup(msgspec.json.encode(body).decode().replace("<", "\\u003c").replace("&", "\\u0026"))
