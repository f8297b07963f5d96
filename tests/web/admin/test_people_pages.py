"""The pages of agents, teams and API tokens."""

from __future__ import annotations

from aiohttp import FormData

from server import agents
from server.agents import AgentView
from tests.agents.test_pictures import picture
from tests.web.admin.conftest import Browser, House


async def by_email(house: House, email: str) -> AgentView:
    found = await house.database.read(agents.by_email, email)
    assert found is not None
    return found


async def test_somebody_is_invited_by_a_link_that_signs_in_once(house: House, admin: Browser) -> None:
    await admin.post("/admin/teams", {"name": "Care"})
    [team] = await house.rows("SELECT id FROM team")
    typed = {"name": "佐藤", "email": "Sato@Desk.example", "role": "lead", "language": "ja", "teams": str(team.id)}
    page = await admin.post("/admin/agents", typed)
    assert "is invited" in page.text
    link = page.all("#link")[0].text()
    assert link.startswith("http://127.0.0.1/sign-in/link/")
    invited = await by_email(house, "sato@desk.example")
    assert (invited.role, invited.teams) == ("lead", [team.id])
    signed_in = await house.database.write(agents.sessions.use_link, link.rpartition("/")[2], "a secret")
    assert signed_in.id == invited.id
    assert link not in (await admin.get("/admin/agents")).html


async def test_an_address_is_taken_once_and_the_invitation_keeps_what_was_typed(house: House, admin: Browser) -> None:
    typed = {"name": "佐藤", "email": "sato@desk.example", "role": "viewer", "language": "ja"}
    await admin.post("/admin/agents", typed)
    page = await admin.post("/admin/agents", {**typed, "name": "別の佐藤"})
    assert page.status == 422
    assert page.value("name") == "別の佐藤"
    assert page.value("role") == "viewer"
    assert page.all("#f-email")[0].attributes.get("aria-invalid") == "true"


async def test_an_agent_is_changed_signed_out_made_inactive_and_active_again(house: House, admin: Browser) -> None:
    someone = await house.agent("agent", name="tanaka")
    await house.database.write(agents.sessions.begin, someone.id, "their secret")
    address = f"/admin/agents/{someone.id}"
    page = await admin.get(address)
    saved = await admin.post(address, [*page.typed(), ("name", "田中 翔"), ("role", "lead"), ("do", "save")])
    assert saved.status == 200
    await admin.post(address, {"do": "sign-out"})
    assert await house.rows("SELECT * FROM agent_session WHERE agent_id = :id", id=someone.id) == []
    assert "Inactive" in (await admin.post(address, {"do": "deactivate"})).text
    assert "Make inactive" in (await admin.post(address, {"do": "activate"})).text


async def test_a_new_link_replaces_the_password(house: House, admin: Browser) -> None:
    someone = await house.agent("agent", name="tanaka")
    await house.database.write(agents.set_password, agents.DESK, someone.id, "a hash")
    page = await admin.post(f"/admin/agents/{someone.id}", {"do": "link"})
    assert page.all("#link")[0].text().startswith("http://127.0.0.1/sign-in/link/")
    [row] = await house.rows("SELECT password_hash FROM agent WHERE id = :id", id=someone.id)
    assert row.password_hash == ""


async def test_the_last_admin_stays_one(house: House, admin: Browser) -> None:
    [me] = await house.rows("SELECT id FROM agent")
    page = await admin.post(f"/admin/agents/{me.id}", {"do": "deactivate"})
    assert page.status == 409
    assert "needs an admin" in page.text


async def test_a_team_is_made_renamed_and_removed(house: House, admin: Browser) -> None:
    someone = await house.agent("agent", name="tanaka")
    page = await admin.post("/admin/teams", {"name": "配送", "members": str(someone.id)})
    assert "Added." in page.text
    [team] = await house.database.read(agents.teams)
    assert team.members == [someone.id]
    await admin.post(f"/admin/teams/{team.id}", {"name": "発送", "do": "save"})
    [team] = await house.database.read(agents.teams)
    assert (team.name, team.members) == ("発送", [])
    again = await admin.post("/admin/teams", {"name": "発送"})
    assert again.status == 422
    assert len(again.all("main .error")) == 1
    await admin.post(f"/admin/teams/{team.id}", {"do": "remove"})
    assert await house.database.read(agents.teams) == []


async def test_a_token_is_shown_once_and_revoked(house: House, admin: Browser) -> None:
    page = await admin.post("/admin/tokens", [("name", "order import"), ("scopes", "read"), ("scopes", "write")])
    secret = page.all("#token")[0].text()
    assert await house.database.read(agents.tokens.find, agents.tokens.hash_token(secret)) is not None
    listed = await admin.get("/admin/tokens")
    assert "order import" in listed.text
    assert secret not in listed.html
    [token] = await house.rows("SELECT id FROM api_token")
    await admin.post(f"/admin/tokens/{token.id}")
    assert await house.database.read(agents.tokens.find, agents.tokens.hash_token(secret)) is None


async def test_a_token_without_scopes_is_refused_beside_them(admin: Browser) -> None:
    page = await admin.post("/admin/tokens", {"name": "order import"})
    assert page.status == 422
    assert page.value("name") == "order import"
    assert len(page.all("#e-scopes")) == 1


async def test_an_admin_gives_an_agent_a_picture_and_takes_it_away(house: House, admin: Browser) -> None:
    someone = await house.agent("agent", name="tanaka")
    await house.database.write(agents.availability.lease, "process", {someone.id: "online"})
    address = f"/admin/agents/{someone.id}/picture"
    sent = FormData()
    sent.add_field("picture", picture("JPEG"), filename="me.jpg", content_type="image/jpeg")
    sent.add_field("do", "put")
    page = await admin.post(address, sent)
    [image] = page.all("form img")
    assert str(image.attributes["src"]).startswith("/pictures/")
    listed = await admin.get("/admin/agents")
    assert "At the desk" in listed.text and len(listed.all("td img")) == 1
    wrong = FormData()
    wrong.add_field("picture", b"<svg/>", filename="me.svg", content_type="image/svg+xml")
    refused = await admin.post(address, wrong)
    assert refused.status == 422 and "is not a PNG" in refused.text
    page = await admin.post(address, {"do": "remove"})
    assert page.all("form img") == []
