"""Shops or brands: names that accounts, articles and help centres share. Renaming one carries what belongs to it."""

from __future__ import annotations

import msgspec

from server import accounts
from server.accounts import AccountDraft, AccountView, Keys
from server.accounts import actions as reached
from server.agents import AgentView, require
from server.database import Transaction
from server.errors import Invalid
from server.faq import actions as articles
from server.faq import queries as faq
from server.help import actions as help
from server.help import queries as centres


class ShopView(msgspec.Struct, frozen=True, kw_only=True):
    """A shop, and what belongs to it. One without accounts was left behind by them: nobody asks there."""

    name: str
    accounts: int
    articles: int
    centres: int


def all(tx: Transaction) -> list[ShopView]:
    """The shops that accounts, articles (not archived ones) or help centres name."""
    held = [row.shop for row in tx.all("SELECT shop FROM channel_account WHERE shop <> '' AND removed_at IS NULL")]
    written = [shop for view in faq.page(tx, limit=100_000).items for shop in view.content.shops]
    shown = [shop for each in centres.centres(tx, "") if (shop := each.settings.shop)]
    return [
        ShopView(
            name=name, accounts=held.count(name), articles=written.count(name), centres=shown.count(name)
        )
        for name in sorted({*held, *written, *shown})
    ]  # fmt: skip


def rename(tx: Transaction, agent: AgentView, shop: str, name: str) -> ShopView:
    """Call a shop otherwise: its accounts, articles and help centres go along. What accounts have left behind may take
    the name of a standing shop, and is that shop's then. Raises `Invalid`."""
    require(agent, "admin")
    name = " ".join(name.split())
    before = next((each for each in all(tx) if each.name == shop), None)
    if before is None:
        raise Invalid(fields={"shop": "is not one of the choices"})
    if name == shop:
        return before
    if before.accounts and name in accounts.shops(tx):
        raise _refused("is the name of another shop: two are not made one by this")
    try:
        reached.rename_shop(tx, agent, shop, name)
    except Invalid as error:
        raise _refused(error.fields["shop"]) from None
    _carry(tx, agent, shop, name)
    return next(each for each in all(tx) if each.name == name)


def edit_account(
    tx: Transaction, agent: AgentView, id: int, draft: AccountDraft, *, channels: reached.Channels, keys: Keys
) -> AccountView:
    """Change an account (`accounts.edit`). Where it was the only one of its shop and names one that there was not, the
    shop was renamed: articles and help centres go along."""
    before, known = accounts.shop_of(tx, id), accounts.shops(tx)
    saved = accounts.edit(tx, agent, id, draft, channels=channels, keys=keys)
    if before and saved.shop not in ("", *known) and before not in accounts.shops(tx):
        reached.rename_shop(tx, agent, before, saved.shop)
        _carry(tx, agent, before, saved.shop)
    return saved


def _carry(tx: Transaction, agent: AgentView, shop: str, name: str) -> None:
    articles.rename_shop(tx, agent, shop, name)
    help.rename_shop(tx, agent, shop, name)


def _refused(why: str) -> Invalid:
    return Invalid("Some fields need another look.", fields={"name": why})
