"""Commands about the FAQ's articles: what they promise, and moving them in and out."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from server import accounts
from server.agents import DESK
from server.app import assemble
from server.commands.output import console, say, show
from server.commands.upkeep import needs
from server.errors import Invalid
from server.faq import engine_choice, moving, queries
from server.faq.beside import recent
from server.faq.views import title
from server.lessons import gaps, phrasings
from server.settings import Settings

if TYPE_CHECKING:
    from server.faq.encoders import Encoder
    from server.faq.engines import Engine


def encoder_of(name: str) -> Encoder:
    """The engine of this name; the default one, with the reason on standard error, when it fails. Raises `Invalid`."""
    from server.faq.encoders import UniversalEncoder
    from server.faq.engines import UNHURRIED, E5Encoder, EngineFailed

    if name not in ("use", "e5", "desk"):
        raise Invalid(fields={"engine": "is not one of the choices"})
    try:
        engine: Engine | None = E5Encoder() if name == "e5" else None
        if name == "desk":
            settings = Settings()
            parts = assemble(settings)
            needs(parts)
            engine = parts.database.read_now(engine_choice.engine, parts.keys, settings.outside_allow.split())
        if engine is not None:
            engine.encode(["?"], seconds=UNHURRIED)
            return engine
    except EngineFailed as error:
        sys.stderr.write(f"{error} The default engine is asked.\n")
    return UniversalEncoder()


def check(settings: Settings, shop: str, as_json: bool) -> None:
    """Print how the live articles stand among each other: of one shop, or of every shop that has some. Raises
    `Invalid`."""
    from server.faq.checking import check as look
    from server.faq.checking import shops_of
    from server.faq.encoders import UniversalEncoder

    parts = assemble(settings)
    needs(parts)
    live = parts.database.read_now(queries.live)
    named = shops_of(live)
    if shop and shop not in {*named, *parts.database.read_now(accounts.shops)}:
        raise Invalid("There is no shop of this name: {name}", name=shop)
    shops = [shop] if shop else ["", *named]
    found = look(live, UniversalEncoder(), parts.database.read_now(recent), shops)
    if as_json:
        show(found, as_json=True)
        return
    if not found:
        say("No article is published.")
    for each in found:
        titles = {article.id: title(article.content, each.lang) for article in live}
        where = f" {escape(each.shop)}" if each.shop else " (all shops together)" if named else ""
        say(f"[bold]{each.lang}{where}[/]: {each.articles} articles, {each.phrasings} phrasings")
        if not each.automatic:
            say("  Nothing is answered by itself yet: too few articles or phrasings.")
        elif each.coverage is None:
            say(f"  Threshold {each.threshold:.3f}. Write second phrasings, and coverage can be expected.")
        else:
            precision = "–" if each.precision is None else f"{each.precision:.0%}"
            say(f"  Threshold {each.threshold:.3f}, expected coverage {each.coverage:.0%}, precision {precision}")
        if each.messages_threshold is not None and each.messages_answered is not None:
            share = f"{each.messages_answered:.0%}" if each.messages_threshold <= 1 else "none"
            say(f"  By the last {each.messages} messages: threshold {each.messages_threshold:.3f}, {share} answered")
        for pair in each.collisions:
            one, other = pair.articles
            console.print(
                f"  taken for each other ({pair.phrasings}): {one} {titles[one]} / {other} {titles[other]}",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )
        for stray in each.astray:
            where = f"{stray.leads_to} {titles[stray.leads_to]}"
            console.print(
                f"  leads elsewhere: {stray.phrasing!r} of {stray.article} to {where}",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )


def improve(settings: Settings, as_json: bool) -> None:
    """Print the phrasings that wait, and the questions without an article."""
    parts = assemble(settings)
    needs(parts)
    waiting, open_gaps = parts.database.read_now(phrasings.waiting), parts.database.read_now(gaps.listed)
    if as_json:
        show({"phrasings": waiting, "gaps": open_gaps}, as_json=True)
        return
    if not waiting and not open_gaps:
        say("Nothing waits.")
    for one in waiting:
        console.print(
            f"{one.article} {one.title}: {one.text} ({one.times}×, {one.how})",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    for gap in open_gaps:
        solved = f", {gap.solved} answered alike" if gap.answer else ""
        console.print(f"no article: {gap.name} ({gap.times}×{solved})", highlight=False, markup=False, soft_wrap=True)


def export(settings: Settings, markdown: bool) -> None:
    """Print the articles."""
    parts = assemble(settings)
    needs(parts)
    articles = parts.database.read_now(moving.all_articles)
    sys.stdout.write(moving.written(articles, "markdown" if markdown else "csv"))


def take(settings: Settings, file: Path, publish: bool, as_json: bool) -> None:
    """Take a file in."""
    parts = assemble(settings)
    needs(parts)
    try:
        text = moving.decoded(file.read_bytes())
    except OSError as error:
        raise Invalid("The file cannot be read: {why}", why=str(error)) from error
    rows = moving.read(text, "markdown" if file.suffix.lower() in (".md", ".markdown") else "csv")

    async def taking() -> moving.Moved:
        try:
            return await parts.database.write(moving.take, DESK, rows, publish=publish)
        finally:
            await parts.database.close()

    moved = asyncio.run(taking())
    if as_json:
        show(moved, as_json=True)
    else:
        say(f"{moved.added} added, {moved.changed} changed, {moved.published} published.")
        if moved.missing:
            say(f"Files to be added by hand: {', '.join(moved.missing)}")
        if moved.unknown:
            say(f"Owners and related articles that are not known here, left out: {', '.join(moved.unknown)}")
