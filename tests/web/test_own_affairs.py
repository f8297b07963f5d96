"""What an agent says of themselves: at the desk or not, how to be told of things, and their picture."""

from __future__ import annotations

import io
from typing import Any

from server import agents
from server.agents import pictures
from tests.agents.test_pictures import picture
from tests.desks import until
from tests.web.house import Browser, House
from tests.web.test_live import NAMESPACE, console


async def availability_of(browser: Browser, agent: int) -> str:
    found = (await browser.api("GET", "/agents/availability")).json
    return str(next(each["state"] for each in found if each["agent"] == agent))


def states(changes: list[dict[str, Any]], agent: int) -> list[str]:
    said = [each["data"] for each in changes if each["kind"] == "agent.availability"]
    return [each["state"] for each in said if each["agent"] == agent]


async def test_everybody_sees_who_comes_goes_away_and_leaves(house: House) -> None:
    house.live.attendance._grace = 0.05
    aoi, bea = await house.at_work(), await house.at_work("Bea")
    assert aoi.agent is not None and bea.agent is not None
    her = bea.agent.id
    async with console(aoi) as screen:
        await screen.follow(None)
        async with console(bea) as other:
            await screen.until(lambda: states(screen.changes, her) == ["online"])
            await other.client.emit("active", {"active": False}, namespace=NAMESPACE)
            await screen.until(lambda: states(screen.changes, her)[-1:] == ["away"])
            assert await availability_of(aoi, her) == "away"
            await other.client.emit("active", {"active": True}, namespace=NAMESPACE)
            await screen.until(lambda: states(screen.changes, her)[-1:] == ["online"])
            answer = await bea.api("PUT", "/me/availability", {"state": "away"})
            assert (answer.json["state"], answer.json["chosen"]) == ("away", "away")
            await screen.until(lambda: states(screen.changes, her)[-1:] == ["away"])
            await bea.api("PUT", "/me/availability", {"state": "online"})
            await screen.until(lambda: states(screen.changes, her)[-1:] == ["online"])
            assert house.parts.desk.attended() is False  # nobody listens to the feed here but the doors
            await house.parts.desk.load_attendance()
            assert house.parts.desk.attended() is True
            assert house.parts.desk.attended(team=7) is False
        await screen.until(lambda: states(screen.changes, her)[-1:] == ["offline"])
    desk = (await aoi.api("GET", "/desk")).json
    assert {each["agent"] for each in desk["availability"]} >= {aoi.agent.id, her}


async def test_a_program_at_the_live_door_is_nobody_at_the_desk(small_house: House) -> None:
    agent = await small_house.hire()
    program = await small_house.program(agent, "read")
    token = program.headers["Authorization"].removeprefix("Bearer ")
    async with console(small_house.stranger(), token=token) as screen:
        await screen.follow(None)
        assert await availability_of(program, agent.id) == "offline"
        assert not small_house.live.attendance._consoles


async def test_preferences_follow_their_agent_and_are_nobody_elses_affair(house: House) -> None:
    aoi, bea = await house.at_work(), await house.at_work("Bea")
    first = (await aoi.api("GET", "/me/preferences")).json
    assert first["sound"] is True and first["wanted"]["mine"] is True and first["away_after"] == 10
    wanted = {**first, "volume": 80, "quiet": True, "quiet_until": "2030-01-01T00:00:00Z", "keys": {"r": "y"}}
    async with console(await house.sign_in(aoi.agent)) as mine, console(bea) as other:  # type: ignore[arg-type]
        await mine.follow(None)
        await other.follow(None)
        assert (await aoi.api("PUT", "/me/preferences", wanted)).json == wanted
        about = {"what": "preferences", "id": aoi.agent.id}  # type: ignore[union-attr]
        await mine.until(lambda: any(each["data"] == about for each in mine.changes))
        seq = next(each["seq"] for each in mine.changes if each["data"] == about)
        await other.until(lambda: seq in other.seqs)
        assert next(each["kind"] for each in other.changes if each["seq"] == seq) == "hidden"
    assert (await aoi.api("GET", "/me/preferences")).json == wanted
    assert (await bea.api("GET", "/me/preferences")).json == first
    for wrong in ({"volume": 101}, {"away_after": 7}, {"loud": True}, {"keys": {"r": "y", "n": "y"}}):
        assert (await aoi.api("PUT", "/me/preferences", wrong)).status == 422, wrong
    assert (await aoi.api("GET", "/me/preferences")).json == wanted


async def test_preferences_of_another_version_are_as_everybodys(small_house: House) -> None:
    aoi = await small_house.at_work()
    await aoi.api("PUT", "/me/preferences", {"volume": 3})
    await small_house.database.write(lambda tx: tx.run('UPDATE agent_preferences SET body = \'{"volume": "loud"}\''))
    assert (await aoi.api("GET", "/me/preferences")).json["volume"] == 50


async def test_mails_of_the_faq_are_declined_on_ones_own_page(small_house: House) -> None:
    aoi, mori = await small_house.at_work(), await small_house.at_work("Mori", "lead")
    assert 'name="weekly"' not in (await aoi.page("/account")).body.decode()
    page = (await mori.page("/account")).body.decode()
    assert 'name="review" value="on" checked' in page and 'name="weekly" value="on" checked' in page
    await mori.api("PUT", "/me/preferences", {"volume": 3})
    page = (await mori.page("/account/mails", {"weekly": "on"}, follow=True)).body.decode()
    assert 'name="review" value="on">' in page and 'name="weekly" value="on" checked' in page
    kept = (await mori.api("GET", "/me/preferences")).json
    assert (kept["volume"], kept["review_mails"]) == (3, False)
    await mori.page("/account/mails", {"review": "on"})
    assert (await mori.api("GET", "/faq-report-settings")).json["mine"] is False
    assert (await mori.api("GET", "/me/preferences")).json["review_mails"] is True
    await aoi.page("/account/mails", {"weekly": "on"})
    assert (await mori.api("GET", "/faq-report-settings")).json["readers"] == []


async def test_a_picture_is_seen_by_anybody_until_it_is_taken_away(small_house: House) -> None:
    aoi, boss = await small_house.at_work(), await small_house.at_work("Boss", "admin")
    assert aoi.agent is not None and boss.agent is not None
    image = {"Content-Type": "image/png"}
    place = f"/agents/{aoi.agent.id}/picture"
    answer = await aoi.api("PUT", place, picture("JPEG"), headers=image)
    address = answer.json["picture"]
    assert answer.status == 200 and address.startswith("/pictures/")
    shown = await small_house.stranger().page(address)
    assert (shown.status, shown.headers["Content-Type"], shown.body[8:12]) == (200, "image/webp", b"WEBP")
    assert "immutable" in shown.headers["Cache-Control"] and shown.headers["X-Content-Type-Options"] == "nosniff"
    assert (await aoi.api("GET", "/me")).json["picture"] == address
    assert (await aoi.api("PUT", f"/agents/{boss.agent.id}/picture", picture(), headers=image)).status == 403
    assert (await aoi.api("PUT", place, b"<svg/>", headers=image)).status == 422
    large = io.BytesIO(picture() + b"\0" * pictures.MOST_BYTES)
    assert (await aoi.api("PUT", place, large, headers=image)).status == 413
    for wrong in (address.replace(".webp", ".png"), "/pictures/" + "0" * 64 + ".webp", "/pictures/..%2f.webp"):
        assert (await small_house.stranger().page(wrong)).status == 404, wrong
    small_house.parts.files.sweep((await named(small_house)).__contains__, 1e12)
    assert (await small_house.stranger().page(address)).status == 200
    assert (await boss.api("DELETE", place)).json["picture"] == ""
    assert (await small_house.stranger().page(address)).status == 404


async def named(house: House) -> set[str]:
    from server.app import _named_files

    return await house.database.read(_named_files)


async def test_what_one_reads_on_one_device_is_read_on_the_others(small_house: House) -> None:
    number, aoi = await small_house.ticket(), await small_house.at_work()
    assert aoi.agent is not None
    heard: list[Any] = []
    async with console(await small_house.sign_in(aoi.agent)) as second:
        second.client.on("read", heard.append, namespace=NAMESPACE)
        await second.follow(None)
        await aoi.api("PUT", f"/tickets/{number}/read", {"seq": 1})
        await until(lambda: heard == [{"ticket": number, "seq": 1}])


async def test_an_inactive_agent_is_in_no_list_of_who_is_here(small_house: House) -> None:
    boss = await small_house.at_work("Boss", "admin")
    gone = await small_house.hire("Gone")
    await small_house.database.write(agents.deactivate, boss.agent, gone.id)  # type: ignore[arg-type]
    found = (await boss.api("GET", "/agents/availability")).json
    assert gone.id not in {each["agent"] for each in found}
