"""What admins decide: help centres, and what categories are called before customers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from server import accounts
from server.agents import AgentView, require
from server.database import Transaction
from server.database.types import dump
from server.errors import Conflict, Invalid, NotFound
from server.events import DeskChanged
from server.faq.views import Lang
from server.help import queries
from server.help.views import CategoryView, CategoryWords, CentreSettings, CentreView

_SLUG = re.compile(r"[a-z][a-z0-9-]{2,39}")
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
TAKEN = frozenset({"suggest", "solved", "opened", "style", "logo", "files", "articles", "categories", "search"})
"""Names under `/help` that lead elsewhere."""


def save(
    tx: Transaction,
    agent: AgentView,
    id: int | None,
    slug: str,
    domain: str,
    settings: CentreSettings,
    *,
    public_url: str,
    version: int | None = None,
) -> CentreView:
    """Make a help centre, or change one. Raises `Invalid`, naming the field; `Conflict` when somebody else saved since
    `version`."""
    require(agent, "admin")
    host = domain.strip().lower().rstrip(".")
    kept = _clean(settings)
    problems = dict(_problems(tx, id, slug, host, kept, public_url))
    if problems:
        raise Invalid("Some fields need another look.", fields=problems)
    values = {"slug": slug, "domain": host or None, "settings": dump(kept), "now": tx.now}
    if id is None:
        id = tx.insert("help_centre", slug=slug, domain=host or None, settings=dump(kept), version=1, updated_at=tx.now)
    elif not tx.run(
        "UPDATE help_centre SET slug = :slug, domain = :domain, settings = :settings, version = version + 1,"
        " updated_at = :now WHERE id = :id" + (" AND version = :version" if version is not None else ""),
        id=id, **values, **({"version": version} if version is not None else {}),
    ):  # fmt: skip
        queries.centre(tx, id, public_url)
        raise Conflict("Somebody else saved this meanwhile.")
    tx.record(DeskChanged(what="help", id=id), by=agent.actor)
    return queries.centre(tx, id, public_url)


def create(
    tx: Transaction, agent: AgentView, slug: str, domain: str, settings: CentreSettings, *, public_url: str
) -> CentreView:
    """A new help centre. Raises `Invalid`."""
    return save(tx, agent, None, slug, domain, settings, public_url=public_url)


def remove(tx: Transaction, agent: AgentView, id: int) -> None:
    """Take a help centre away; its articles stay. Raises `NotFound`."""
    require(agent, "admin")
    tx.run("DELETE FROM help_vote WHERE centre_id = :id", id=id)
    if not tx.run("DELETE FROM help_centre WHERE id = :id", id=id):
        raise NotFound("There is no such help centre.")
    tx.record(DeskChanged(what="help", id=id), by=agent.actor)


def rename_shop(tx: Transaction, agent: AgentView, shop: str, name: str) -> int:
    """Help centres of a shop are the shop's of this name; how many that were."""
    require(agent, "admin")
    rows = tx.all("SELECT id, settings FROM help_centre ORDER BY id")
    read = [(row.id, msgspec.convert(row.settings, CentreSettings)) for row in rows]
    found = [(id, settings) for id, settings in read if settings.shop == shop]
    for id, settings in found:
        tx.run(
            "UPDATE help_centre SET settings = :settings, version = version + 1, updated_at = :now WHERE id = :id",
            settings=dump(msgspec.structs.replace(settings, shop=name)), now=tx.now, id=id,
        )  # fmt: skip
        tx.record(DeskChanged(what="help", id=id), by=agent.actor)
    return len(found)


def name_category(
    tx: Transaction, agent: AgentView, key: str, words: Mapping[Lang, CategoryWords], position: int | None = None
) -> CategoryView:
    """What a category is called and says before customers. A new one goes to the end. Raises `Invalid`."""
    require(agent, "lead")
    key = " ".join(key.split())
    if not key or len(key) > 60:
        raise Invalid("Some fields need another look.", fields={"key": "is missing" if not key else "is too long"})
    clean = {
        lang: CategoryWords(name=" ".join(each.name.split()), description=" ".join(each.description.split()))
        for lang, each in words.items()
        if each.name.strip() or each.description.strip()
    }
    last = tx.value("SELECT max(position) FROM help_category")
    tx.run(
        "INSERT INTO help_category (key, words, position, updated_at) VALUES (:key, :words, :position, :now)"
        " ON CONFLICT (key) DO UPDATE SET words = excluded.words, updated_at = excluded.updated_at",
        key=key, words=dump(clean), position=(last or 0) + 1 if position is None else position, now=tx.now,
    )  # fmt: skip
    if position is not None:
        tx.run("UPDATE help_category SET position = :position WHERE key = :key", position=position, key=key)
    tx.record(DeskChanged(what="help"), by=agent.actor)
    return next(each for each in queries.categories(tx) if each.key == key)


def move_category(tx: Transaction, agent: AgentView, id: int, by: int) -> None:
    """Up or down by so many places. Raises `NotFound`."""
    require(agent, "lead")
    order = [each.id for each in queries.categories(tx) if each.id]
    if id not in order:
        raise NotFound("There is no such category.")
    place = max(0, min(len(order) - 1, order.index(id) + by))
    order.remove(id)
    order.insert(place, id)
    for position, each in enumerate(order, 1):
        tx.run("UPDATE help_category SET position = :position WHERE id = :id", position=position, id=each)
    tx.record(DeskChanged(what="help"), by=agent.actor)


def forget_category(tx: Transaction, agent: AgentView, id: int) -> None:
    """Its words and place go; articles keep their category. Raises `NotFound`."""
    require(agent, "lead")
    if not tx.run("DELETE FROM help_category WHERE id = :id", id=id):
        raise NotFound("There is no such category.")
    tx.record(DeskChanged(what="help"), by=agent.actor)


def _clean(settings: CentreSettings) -> CentreSettings:
    def both(words: Mapping[Lang, str]) -> dict[Lang, str]:
        return {lang: clean for lang, text in words.items() if (clean := text.replace("\r\n", "\n").strip())}

    return msgspec.structs.replace(
        settings,
        shop=" ".join(settings.shop.split()),
        name=both(settings.name),
        welcome=both(settings.welcome),
        footer=both(settings.footer),
        languages=list(dict.fromkeys(settings.languages)),
        categories=list(dict.fromkeys(key for each in settings.categories if (key := " ".join(each.split())))),
        links=[
            msgspec.structs.replace(each, words=both(each.words), url=each.url.strip())
            for each in settings.links
            if each.url.strip() or any(text.strip() for text in each.words.values())
        ],
    )


def _problems(
    tx: Transaction, id: int | None, slug: str, host: str, settings: CentreSettings, public_url: str
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not _SLUG.fullmatch(slug) or slug in TAKEN:
        found.append(("slug", "takes small letters, digits and hyphens, three at least"))
    elif tx.value("SELECT 1 FROM help_centre WHERE slug = :slug AND id <> :id", slug=slug, id=id or 0):
        found.append(("slug", "is taken"))
    if host:
        if not _DOMAIN.fullmatch(host):
            found.append(("domain", "is not a host name like help.example.jp"))
        elif host == urlsplit(public_url).hostname:
            found.append(("domain", "is the desk's own"))
        elif tx.value("SELECT 1 FROM help_centre WHERE domain = :host AND id <> :id", host=host, id=id or 0):
            found.append(("domain", "is taken"))
    try:
        msgspec.convert(msgspec.to_builtins(settings), CentreSettings)
    except msgspec.ValidationError as error:
        words, _, path = str(error).partition(" - at `$.")
        found.append((path.rstrip("`") or "settings", words))
    for place, link in enumerate(settings.links):
        if not re.match(r"(https?://|mailto:|/(?!/))\S+$", link.url):
            found.append((f"links.{place}.url", "must begin with https:// or http://"))
        elif not link.words:
            found.append((f"links.{place}.words", "is missing"))
    if settings.shop and settings.shop not in accounts.shops(tx):
        found.append(("shop", "is not one of the choices"))
    for kind, wanted in (("form", settings.form), ("webchat", settings.chat)):
        if wanted and wanted not in queries.ways(tx, kind):
            found.append(("form" if kind == "form" else "chat", "is not one of the choices"))
    return found
