"""Channel accounts: the mailboxes, forms and keys at which the desk is reached. Secrets go in and never come out."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from server import accounts, agents, shops
from server.accounts import AccountDraft, AccountView
from server.shops import ShopView
from server.web.api.shapes import Id, Version
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form

api = Api()


class AccountForm(Form, frozen=True, kw_only=True):
    """An account's settings, the secret ones too. A secret that is left out keeps what is there; `forget` names those
    to throw away. `shop` is the shop or brand that it belongs to; left out it stays, empty is none in particular. Made
    of a `version` (or with If-Match) it is refused when somebody changed the account since."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    address: Annotated[str, Meta(min_length=1, max_length=320)]
    settings: dict[str, Any] = {}
    enabled: bool = True
    team: Id | None = None
    shop: Annotated[str, Meta(max_length=100)] | None = None
    forget: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=50)] = []
    version: Version | None = None

    def draft(self, kind: str) -> AccountDraft:
        """The same as the domain takes it."""
        return AccountDraft(
            kind=kind,
            name=self.name,
            address=self.address,
            settings=self.settings,
            enabled=self.enabled,
            team=self.team,
            shop=self.shop,
            forget=tuple(self.forget),
        )


class NewAccount(AccountForm, frozen=True, kw_only=True):
    """One of a kind: email, form, phone, api …"""

    kind: Annotated[str, Meta(min_length=1, max_length=40)]


class ShopForm(Form, frozen=True, kw_only=True):
    """A shop as it is called now, and as it is to be called."""

    shop: Annotated[str, Meta(min_length=1, max_length=100)]
    name: Annotated[str, Meta(min_length=1, max_length=100)]


@api.get("/accounts", "All accounts", scope="admin")
async def all_accounts(call: Call) -> list[AccountView]:
    """For admins, with how each is doing."""
    agents.require(call.agent, "admin")
    return await call.read(accounts.all, call.doors.keys)


@api.get("/accounts/{account}", "One account", scope="admin")
async def view(call: Call, account: Number) -> AccountView:
    """For admins."""
    agents.require(call.agent, "admin")
    return await call.read(accounts.view, call.doors.keys, account)


@api.post("/accounts", "Add an account", scope="admin")
async def add(call: Call, form: NewAccount) -> AccountView:
    """For admins."""
    doors = call.doors
    return await call.write(accounts.add, form.draft(form.kind), channels=doors.channels, keys=doors.keys)


@api.put("/accounts/{account}", "Change an account", scope="admin", conflicts=True)
async def edit(call: Call, account: Number, form: AccountForm) -> AccountView:
    """For admins. Its kind stays. Where it is the only account of its shop and names one that there was not, the
    shop's articles and help centres take the new name too. 409 with the account as it stands when it is no longer
    of the version."""
    doors = call.doors
    draft = msgspec.structs.replace(form.draft(""), version=call.version(form.version))
    return await call.write(shops.edit_account, account, draft, channels=doors.channels, keys=doors.keys)


@api.delete("/accounts/{account}", "Take an account out of use", scope="admin")
async def remove(call: Call, account: Number) -> None:
    """For admins. Its secrets are forgotten; its tickets and letters stay."""
    await call.write(accounts.remove, account, keys=call.doors.keys)


@api.get("/shops", "All shops or brands", scope="admin")
async def all_shops(call: Call) -> list[ShopView]:
    """For admins: how many accounts, articles and help centres name each."""
    agents.require(call.agent, "admin")
    return await call.read(shops.all)


@api.post("/shops/rename", "Rename a shop or brand", scope="admin", status=200)
async def rename_shop(call: Call, form: ShopForm) -> ShopView:
    """For admins. Its accounts, articles and help centres take the new name at once."""
    return await call.write(shops.rename, form.shop, form.name)
