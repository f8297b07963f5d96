"""Agents and teams."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from server import agents
from server.agents import AgentChanges, AgentView, Language, Role, TeamView, availability, passwords
from server.agents.availability import AvailabilityView
from server.errors import Forbidden
from server.web.api.shapes import Id
from server.web.call import Call
from server.web.endpoints import Api, Number
from server.web.reading import Form

api = Api()
Email = Annotated[str, Meta(max_length=320)]
ShortName = Annotated[str, Meta(min_length=1, max_length=100)]
Signature = Annotated[str, Meta(max_length=5_000)]
Ids = Annotated[list[Id], Meta(max_length=500)]
Password = Annotated[str, Meta(min_length=passwords.SHORTEST, max_length=passwords.LONGEST)]


class NewAgent(Form, frozen=True, kw_only=True):
    """Somebody new. Without a password they sign in by a link."""

    email: Email
    name: ShortName
    role: Role = "agent"
    language: Language = "ja"
    signature: Signature = ""
    teams: Ids = []
    password: Password | None = None


class AgentForm(Form, frozen=True, kw_only=True):
    """What to change; what is left out stays. A new password ends the agent's sessions."""

    email: Email | UnsetType = UNSET
    name: ShortName | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    signature: Signature | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    teams: Ids | UnsetType = UNSET
    password: Password | UnsetType = UNSET


class NewTeam(Form, frozen=True, kw_only=True):
    """A team and who is in it."""

    name: ShortName
    members: Ids = []


class TeamForm(Form, frozen=True, kw_only=True):
    """What to change of a team; what is left out stays."""

    name: ShortName | UnsetType = UNSET
    members: Ids | UnsetType = UNSET


@api.get("/agents", "All agents")
async def all_agents(call: Call) -> list[AgentView]:
    """Those made inactive too, since their words stay theirs."""
    return await call.read(agents.all_agents)


@api.get("/agents/availability", "Who is at the desk")
async def all_availability(call: Call) -> list[AvailabilityView]:
    """Every active agent: `online` answers now, `away` has a console open and is not at it, or said so."""
    return await call.read(availability.everybody)


@api.get("/agents/{agent}", "One agent")
async def one(call: Call, agent: Number) -> AgentView:
    """By id."""
    return await call.read(agents.view, agent)


@api.post("/agents", "Add an agent", scope="admin")
async def add(call: Call, form: NewAgent) -> AgentView:
    """For admins."""
    agents.require(call.agent, "admin")
    return await call.write(
        agents.add,
        email=form.email,
        name=form.name,
        role=form.role,
        language=form.language,
        signature=form.signature,
        teams=form.teams,
        password_hash=await passwords.hash_password(form.password) if form.password else "",
    )


@api.patch("/agents/{agent}", "Change an agent", scope="admin")
async def edit(call: Call, agent: Number, form: AgentForm) -> AgentView:
    """For admins. One made inactive loses every session and token at once."""
    agents.require(call.agent, "admin")
    if form.password is not UNSET and call.caller is not None and call.caller.session is None:
        raise Forbidden("A password is changed by whoever is signed in, not by a program.")
    changes = AgentChanges(**{name: getattr(form, name) for name in AgentChanges.__struct_fields__})
    changed = await call.write(agents.edit, agent, changes)
    if form.password is UNSET:
        return changed
    fresh = await passwords.hash_password(form.password)
    return await call.write(agents.set_password, agent, fresh)


@api.get("/teams", "All teams")
async def teams(call: Call) -> list[TeamView]:
    """By name."""
    return await call.read(agents.teams)


@api.post("/teams", "Add a team", scope="admin")
async def add_team(call: Call, form: NewTeam) -> TeamView:
    """For leads."""
    return await call.write(agents.add_team, form.name, form.members)


@api.patch("/teams/{team}", "Change a team", scope="admin")
async def edit_team(call: Call, team: Number, form: TeamForm) -> TeamView:
    """For leads."""
    return await call.write(agents.edit_team, team, name=form.name, members=form.members)


@api.delete("/teams/{team}", "Remove a team", scope="admin", conflicts=True)
async def remove_team(call: Call, team: Number) -> None:
    """For leads, once no ticket and no account names it."""
    await call.write(agents.remove_team, team)
