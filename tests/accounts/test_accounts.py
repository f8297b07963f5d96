"""Accounts: added, edited, tested, removed; their secrets sealed and never shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from channels.contract import Channel, Health
from channels.email.channel import EmailChannel
from server import accounts
from server.accounts import AccountDraft, Keys, Locked
from server.agents import AgentView
from server.database import Database, Transaction
from server.errors import Conflict, Forbidden, Invalid, NotFound
from tests.accounts.conftest import agent_of

Kinds = dict[str, Channel]


def draft(**settings: Any) -> AccountDraft:
    return AccountDraft(
        kind="pigeon", name="屋上の鳩", address="Roof@Shop.example", settings={"loft": "roof", **settings}
    )


def raw_secrets(tx: Transaction, id: int) -> str:
    return str(tx.value("SELECT secrets FROM channel_account WHERE id = :id", id=id))


def kinds_of_changes(tx: Transaction) -> list[tuple[str, str, Any]]:
    return [(row.kind, row.by_whom, row.data) for row in tx.all("SELECT kind, by_whom, data FROM change ORDER BY seq")]


async def test_an_added_account_has_every_setting_of_its_type(
    database: Database, admin: AgentView, channels: Kinds, keys: Keys
) -> None:
    typed = draft(birds="12", night="on", breed="homer", rings='["a", "b"]', whistle="hu-hu")
    view = await database.write(accounts.add, admin, typed, channels=channels, keys=keys)
    assert view.settings == {
        "loft": "roof", "birds": 12, "night": True, "breed": "homer", "notes": "", "rings": ["a", "b"],
    }  # fmt: skip
    assert view.address == "roof@shop.example"
    assert view.secrets_set == ["whistle"]
    assert view.enabled
    assert view.health is None
    assert await database.read(kinds_of_changes) == [("desk.changed", "agent:1", {"what": "account", "id": view.id})]


async def test_a_change_made_of_an_older_version_is_refused_with_what_stands(
    database: Database, admin: AgentView, channels: Kinds, keys: Keys
) -> None:
    view = await database.write(accounts.add, admin, draft(), channels=channels, keys=keys)
    assert view.version == 1
    with_version = structs.replace(draft(birds=5), version=1)
    saved = await database.write(accounts.edit, admin, view.id, with_version, channels=channels, keys=keys)
    assert (saved.version, saved.settings["birds"]) == (2, 5)
    with pytest.raises(Conflict) as refused:
        await database.write(accounts.edit, admin, view.id, with_version, channels=channels, keys=keys)
    assert refused.value.current == saved
    rested = await database.write(accounts.enable, admin, view.id, False, keys=keys)
    assert rested.version == 3
    assert (await database.write(accounts.edit, admin, view.id, draft(), channels=channels, keys=keys)).version == 4


async def test_whether_an_account_can_send_is_judged_by_its_settings_each_time_they_change(
    database: Database, admin: AgentView, keys: Keys
) -> None:
    mail: Kinds = {"email": EmailChannel()}

    def mailbox(**settings: Any) -> AccountDraft:
        return AccountDraft(kind="email", name="窓口", address="support@shop.example", settings=settings)

    view = await database.write(accounts.add, admin, mailbox(), channels=mail, keys=keys)
    assert not view.can_send
    assert await database.read(accounts.sender_for, "email") is None
    change = mailbox(smtp_host="smtp.shop.example")
    assert (await database.write(accounts.edit, admin, view.id, change, channels=mail, keys=keys)).can_send
    assert await database.read(accounts.sender_for, "email") == view.id
    assert not (await database.write(accounts.edit, admin, view.id, mailbox(), channels=mail, keys=keys)).can_send


async def test_secrets_are_sealed_in_the_table_and_open_for_the_channel_only(
    database: Database, admin: AgentView, channels: Kinds, keys: Keys
) -> None:
    view = await database.write(accounts.add, admin, draft(whistle="hu-hu"), channels=channels, keys=keys)
    sealed = await database.read(raw_secrets, view.id)
    assert "hu-hu" not in sealed
    assert "hu-hu" not in repr(view)
    found = await database.read(accounts.reachable, keys)
    assert [account.secrets for account in found] == [{"whistle": "hu-hu"}]
    assert "hu-hu" not in repr(found[0])


async def test_an_empty_secret_keeps_what_is_there_and_a_forgotten_one_goes(
    database: Database, admin: AgentView, channels: Kinds, keys: Keys
) -> None:
    view = await database.write(accounts.add, admin, draft(whistle="hu-hu"), channels=channels, keys=keys)
    kept = await database.write(
        accounts.edit, admin, view.id, draft(loft="cellar", whistle=""), channels=channels, keys=keys
    )
    assert kept.settings["loft"] == "cellar"
    assert (await database.read(accounts.contract, keys, view.id)).secrets == {"whistle": "hu-hu"}
    forgetful = AccountDraft(kind="pigeon", name="鳩", address="x", settings={"loft": "roof"}, forget=("whistle",))
    gone = await database.write(accounts.edit, admin, view.id, forgetful, channels=channels, keys=keys)
    assert gone.secrets_set == []
    assert await database.read(raw_secrets, view.id) == ""


async def test_every_field_at_fault_is_named_at_once(
    database: Database, admin: AgentView, channels: Kinds, keys: Keys
) -> None:
    wrong = AccountDraft(
        kind="pigeon",
        name=" ",
        address="",
        settings={"loft": "", "birds": "many", "breed": "swan", "rings": "{"},
        team=99,
    )
    with pytest.raises(Invalid) as refusal:
        await database.write(accounts.add, admin, wrong, channels=channels, keys=keys)
    assert refusal.value.fields.keys() == {"name", "address", "loft", "birds", "breed", "rings", "team"}
    with pytest.raises(Invalid, match="kind"):
        await database.write(
            accounts.add, admin, AccountDraft(kind="owl", name="a", address="b"), channels=channels, keys=keys
        )


async def test_the_channel_judges_whether_settings_fit_together(
    database: Database, admin: AgentView, channels: Kinds, keys: Keys
) -> None:
    with pytest.raises(Invalid) as refusal:
        await database.write(accounts.add, admin, draft(night="1", breed="tippler"), channels=channels, keys=keys)
    assert refusal.value.fields == {"night": "not with this breed"}


async def test_two_accounts_cannot_share_an_address_until_one_is_removed(
    database: Database, admin: AgentView, channels: Kinds, keys: Keys
) -> None:
    first = await database.write(accounts.add, admin, draft(whistle="x"), channels=channels, keys=keys)
    with pytest.raises(Invalid) as refusal:
        await database.write(accounts.add, admin, draft(), channels=channels, keys=keys)
    assert refusal.value.fields == {"address": "is the address of another account"}
    await database.write(accounts.remove, admin, first.id, keys=keys)
    second = await database.write(accounts.add, admin, draft(), channels=channels, keys=keys)
    assert [view.id for view in await database.read(accounts.all, keys)] == [second.id]


async def test_a_removed_account_stays_as_a_row_without_its_secrets(
    database: Database, admin: AgentView, channels: Kinds, keys: Keys
) -> None:
    view = await database.write(accounts.add, admin, draft(whistle="x"), channels=channels, keys=keys)
    await database.write(accounts.remember, view.id, "cursor", {"uid": 7})
    await database.write(accounts.remove, admin, view.id, keys=keys)
    removed = await database.read(accounts.view, keys, view.id)
    assert removed.removed_at is not None
    assert not removed.enabled
    assert removed.secrets_set == []
    assert await database.read(accounts.recall, view.id, "cursor") is None
    assert await database.read(accounts.reachable, keys) == []
    assert (await database.read(accounts.contract, keys, view.id)).name == "屋上の鳩"
    with pytest.raises(Invalid, match="removed"):
        await database.write(accounts.edit, admin, view.id, draft(), channels=channels, keys=keys)


async def test_a_disabled_account_is_not_reachable(
    database: Database, admin: AgentView, channels: Kinds, keys: Keys
) -> None:
    view = await database.write(accounts.add, admin, draft(), channels=channels, keys=keys)
    await database.write(accounts.enable, admin, view.id, False, keys=keys)
    assert await database.read(accounts.reachable, keys) == []
    await database.write(accounts.enable, admin, view.id, True, keys=keys)
    assert len(await database.read(accounts.reachable, keys)) == 1


@pytest.mark.parametrize("role", ["lead", "agent", "viewer"])
async def test_only_admins_keep_accounts(role: str, database: Database, channels: Kinds, keys: Keys) -> None:
    with pytest.raises(Forbidden):
        await database.write(accounts.add, agent_of(role), draft(), channels=channels, keys=keys)
    with pytest.raises(Forbidden):
        await database.write(accounts.remove, agent_of(role), 1, keys=keys)


async def test_a_new_desk_secret_opens_the_old_ones_seals_and_rotates_them(
    database: Database, admin: AgentView, channels: Kinds, keys: Keys
) -> None:
    view = await database.write(accounts.add, admin, draft(whistle="hu-hu"), channels=channels, keys=keys)
    both = Keys("another secret, which came later", ["a secret of at least thirty-two characters"])
    assert (await database.read(accounts.contract, both, view.id)).secrets == {"whistle": "hu-hu"}
    assert await database.write(accounts.rotate, both) == 1
    assert await database.write(accounts.rotate, both) == 0
    only_new = Keys("another secret, which came later")
    assert (await database.read(accounts.contract, only_new, view.id)).secrets == {"whistle": "hu-hu"}


async def test_secrets_that_no_key_opens_are_said_so_and_can_be_entered_again(
    database: Database, admin: AgentView, channels: Kinds, keys: Keys
) -> None:
    view = await database.write(accounts.add, admin, draft(whistle="hu-hu"), channels=channels, keys=keys)
    stranger = Keys("the secret of another desk altogether")
    with pytest.raises(Locked, match="MADOGUCHI_SECRET"):
        await database.read(accounts.contract, stranger, view.id)
    assert await database.read(accounts.reachable, stranger) == []
    assert (await database.read(accounts.view, stranger, view.id)).locked
    await database.write(accounts.edit, admin, view.id, draft(whistle="new"), channels=channels, keys=stranger)
    assert (await database.read(accounts.contract, stranger, view.id)).secrets == {"whistle": "new"}


async def test_health_is_kept_and_announced_only_when_it_turns(
    database: Database, admin: AgentView, channels: Kinds, keys: Keys
) -> None:
    view = await database.write(accounts.add, admin, draft(), channels=channels, keys=keys)
    at = datetime(2026, 8, 20, 5, 3, tzinfo=UTC)
    for health in (Health(True, "12 fetched", at), Health(True, "13 fetched", at), Health(False, "no answer", at)):
        await database.write(accounts.report, view.id, health)
    assert await database.read(accounts.health, view.id) == Health(False, "no answer", at)
    shown = (await database.read(accounts.view, keys, view.id)).health
    assert shown is not None
    assert (shown.ok, shown.words, shown.last_fetched) == (False, "no answer", at)
    assert len(await database.read(kinds_of_changes)) == 3  # added, fell well for the first time, fell ill


async def test_a_channel_remembers_small_values(
    database: Database, admin: AgentView, channels: Kinds, keys: Keys
) -> None:
    view = await database.write(accounts.add, admin, draft(), channels=channels, keys=keys)
    assert await database.read(accounts.recall, view.id, "cursor") is None
    for value in ({"INBOX": [1, 2]}, 7, "text", None, ["件"]):
        await database.write(accounts.remember, view.id, "cursor", value)
        assert await database.read(accounts.recall, view.id, "cursor") == value


async def test_an_account_that_is_not_there_is_not_found(database: Database, keys: Keys) -> None:
    with pytest.raises(NotFound):
        await database.read(accounts.view, keys, 404)
    with pytest.raises(NotFound):
        await database.read(accounts.contract, keys, 404)
