"""Agents, teams and roles, on both databases."""

from __future__ import annotations

import pytest

from server import agents
from server.agents import DESK, AgentChanges, AgentView, Role, passwords, sessions, tokens
from server.database import Database
from server.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated


async def hire(database: Database, name: str = "Aoi", role: Role = "agent") -> AgentView:
    return await database.write(agents.add, DESK, email=f"{name}@Shop.example ", name=name, role=role)


async def test_an_agent_is_known_by_an_address_in_lower_case(database: Database) -> None:
    agent = await hire(database, "Aoi")
    assert agent.email == "aoi@shop.example"
    assert await database.read(agents.by_email, "AOI@shop.example") == agent


async def test_two_agents_cannot_have_one_address(database: Database) -> None:
    await hire(database, "Aoi")
    with pytest.raises(Invalid) as refused:
        await hire(database, "AOI")
    assert refused.value.fields == {"email": "is taken by another agent"}


async def test_only_an_admin_adds_and_edits_agents(database: Database) -> None:
    lead = await hire(database, "Lead", "lead")
    with pytest.raises(Forbidden):
        await database.write(agents.add, lead, email="x@shop.example", name="X")
    with pytest.raises(Forbidden):
        await database.write(agents.edit, lead, lead.id, AgentChanges(role="admin"))


async def test_the_last_admin_stays_one(database: Database) -> None:
    boss = await hire(database, "Boss", "admin")
    with pytest.raises(Conflict):
        await database.write(agents.edit, boss, boss.id, AgentChanges(role="agent"))
    with pytest.raises(Conflict):
        await database.write(agents.deactivate, boss, boss.id)
    await hire(database, "Second", "admin")
    assert (await database.write(agents.deactivate, boss, boss.id)).active is False


async def test_each_role_may_what_the_one_before_it_may(database: Database) -> None:
    lead = await hire(database, "Lead", "lead")
    for role in ("viewer", "agent", "lead"):
        agents.require(lead, role)  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        agents.require(lead, "admin")


async def test_an_inactive_agent_may_nothing(database: Database) -> None:
    await hire(database, "Boss", "admin")
    gone = await database.write(agents.deactivate, DESK, (await hire(database)).id)
    with pytest.raises(Forbidden):
        agents.require(gone, "viewer")


async def test_teams_are_filled_from_both_sides(database: Database) -> None:
    aoi = await hire(database)
    team = await database.write(agents.add_team, DESK, "返品", [aoi.id])
    assert (await database.read(agents.view, aoi.id)).teams == [team.id]
    await database.write(agents.edit, DESK, aoi.id, AgentChanges(teams=[]))
    assert (await database.read(agents.team, team.id)).members == []


async def test_a_team_of_nobody_known_is_refused(database: Database) -> None:
    with pytest.raises(Invalid) as refused:
        await database.write(agents.add_team, DESK, "返品", [99])
    assert refused.value.fields == {"members": "names an agent who does not exist"}
    assert await database.read(agents.teams) == []


async def test_a_removed_team_is_gone_from_its_members(database: Database) -> None:
    aoi = await hire(database)
    team = await database.write(agents.add_team, DESK, "返品", [aoi.id])
    await database.write(agents.remove_team, DESK, team.id)
    assert (await database.read(agents.view, aoi.id)).teams == []
    with pytest.raises(NotFound):
        await database.read(agents.team, team.id)


async def test_a_session_is_found_by_its_secret_and_ends_with_it(database: Database) -> None:
    aoi, secret = await hire(database), sessions.new_secret()
    await database.write(sessions.begin, aoi.id, secret, address="192.0.2.1", browser="Firefox")
    caller = await database.read(sessions.find, sessions.hash_secret(secret))
    assert caller is not None and caller.agent == aoi and "write" in caller.scopes
    (listed,) = await database.read(sessions.mine, aoi, sessions.hash_secret(secret))
    assert listed.current and listed.browser == "Firefox"
    await database.write(sessions.end, aoi, listed.id)
    assert await database.read(sessions.find, sessions.hash_secret(secret)) is None


async def test_nobody_ends_another_agents_session(database: Database) -> None:
    aoi, bea, secret = await hire(database), await hire(database, "Bea"), sessions.new_secret()
    await database.write(sessions.begin, aoi.id, secret)
    with pytest.raises(NotFound):
        await database.write(sessions.end, bea, sessions.hash_secret(secret))


async def test_a_deactivated_agent_loses_every_session_and_token(database: Database) -> None:
    await hire(database, "Boss", "admin")
    aoi, secret = await hire(database), sessions.new_secret()
    await database.write(sessions.begin, aoi.id, secret)
    token = await database.write(tokens.make, aoi, "import", ["read"])
    await database.write(agents.deactivate, DESK, aoi.id)
    assert await database.read(sessions.find, sessions.hash_secret(secret)) is None
    assert await database.read(tokens.find, tokens.hash_token(token.secret)) is None
    await database.write(agents.edit, DESK, aoi.id, AgentChanges(active=True))
    assert await database.read(sessions.find, sessions.hash_secret(secret)) is None
    assert await database.read(tokens.find, tokens.hash_token(token.secret)) is None


async def test_a_session_unused_for_two_weeks_or_older_than_ninety_days_is_over(database: Database) -> None:
    aoi, idle, old = await hire(database), sessions.new_secret(), sessions.new_secret()
    for secret in (idle, old):
        await database.write(sessions.begin, aoi.id, secret)
    for column, secret, days in (("seen_at", idle, sessions.IDLE), ("expires_at", old, sessions.ABSOLUTE)):
        await database.write(
            lambda tx, column=column, secret=secret, days=days: tx.run(
                f"UPDATE agent_session SET {column} = :at WHERE secret_hash = :hash",
                at=tx.now - days if column == "seen_at" else tx.now,
                hash=sessions.hash_secret(secret),
            )
        )
        assert await database.read(sessions.find, sessions.hash_secret(secret)) is None
    assert await database.read(sessions.mine, aoi, None) == []
    await database.write(sessions.sweep)
    assert await database.read(lambda tx: tx.value("SELECT count(*) FROM agent_session")) == 0


async def test_a_link_signs_in_once(database: Database) -> None:
    aoi = await hire(database)
    link = await database.write(sessions.make_link, DESK, aoi.id)
    assert (await database.write(sessions.use_link, link, sessions.new_secret())).id == aoi.id
    with pytest.raises(Unauthenticated):
        await database.write(sessions.use_link, link, sessions.new_secret())


async def test_a_password_changed_while_signing_in_lets_nobody_in(database: Database) -> None:
    aoi = await hire(database)
    with pytest.raises(Unauthenticated):
        await database.write(sessions.begin, aoi.id, sessions.new_secret(), password_hash="the one before")


async def test_a_tokens_scopes_hold_those_below_and_its_secret_is_kept_nowhere(database: Database) -> None:
    aoi = await hire(database)
    made = await database.write(tokens.make, aoi, "import", ["write"])
    caller = await database.read(tokens.find, tokens.hash_token(made.secret))
    assert caller is not None and caller.scopes == {"read", "write"}
    kept = await database.read(lambda tx: tx.first("SELECT * FROM api_token"))
    assert made.secret not in map(str, kept)
    with pytest.raises(Forbidden):
        await database.write(tokens.make, aoi, "import", ["admin"])


async def test_somebody_elses_token_is_revoked_by_admins_only(database: Database) -> None:
    aoi, bea = await hire(database), await hire(database, "Bea")
    boss = await hire(database, "Boss", "admin")
    made = await database.write(tokens.make, aoi, "import", ["read"])
    with pytest.raises(NotFound):
        await database.write(tokens.revoke, bea, made.id)
    await database.write(tokens.revoke, boss, made.id)
    assert await database.read(tokens.find, tokens.hash_token(made.secret)) is None


async def test_a_password_is_known_by_its_hash_and_nobody_has_none() -> None:
    kept = await passwords.hash_password("窓口の合言葉")
    assert kept.startswith("$argon2id$")
    assert await passwords.verify(kept, "窓口の合言葉")
    assert not await passwords.verify(kept, "窓口の合言葉 ")
    assert not await passwords.verify(None, "")
    assert not await passwords.verify("", "")
