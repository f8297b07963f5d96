"""The pages of accounts and forms: drawn from the channel's fields, tested before they are saved, kept safe."""

from __future__ import annotations

from server import accounts
from server.accounts import AccountView
from tests.web.admin.conftest import Browser, House

PIGEON = {
    "name": "Roof", "address": "roof@shop.example", "s.loft": "roof", "s.birds": "4", "boolean": "night",
    "s.breed": "homer", "s.notes": "", "s.rings": "[]", "s.whistle": "hu-hu",
}  # fmt: skip


async def all_accounts(house: House) -> list[AccountView]:
    return await house.database.read(accounts.all, house.keys)


async def test_an_account_is_added_with_every_field_of_its_channel(house: House, admin: Browser) -> None:
    empty = await admin.get("/admin/accounts/new/pigeon")
    assert empty.value("s.birds") == "3"
    assert empty.value("s.breed") == "homer"
    saved = await admin.post("/admin/accounts/new/pigeon", PIGEON)
    assert saved.status == 200
    assert "Added." in saved.text
    [view] = await all_accounts(house)
    assert (view.name, view.settings["birds"], view.settings["night"]) == ("Roof", 4, False)
    assert view.secrets_set == ["whistle"]
    assert "hu-hu" not in saved.html
    assert "Roof" in (await admin.get("/admin/accounts")).text


async def test_a_wrong_field_keeps_what_was_typed_and_says_why_beside_it(house: House, admin: Browser) -> None:
    page = await admin.post("/admin/accounts/new/pigeon", {**PIGEON, "s.birds": "many", "name": ""})
    assert page.status == 422
    assert page.value("s.birds") == "many"
    assert page.value("s.loft") == "roof"
    assert [node.text() for node in page.all(".error")] == ["is missing", "must be a number"]
    assert [node.attributes["name"] for node in page.all("[aria-invalid=true]")] == ["name", "s.birds"]
    assert await all_accounts(house) == []


async def test_an_empty_secret_is_kept_and_a_ticked_one_forgotten(house: House, admin: Browser) -> None:
    await admin.post("/admin/accounts/new/pigeon", PIGEON)
    [view] = await all_accounts(house)
    page = await admin.get(f"/admin/accounts/{view.id}")
    typed = page.typed()
    assert ("s.whistle", "") in typed
    await admin.post(f"/admin/accounts/{view.id}", [*typed, ("do", "save")])
    assert (await all_accounts(house))[0].secrets_set == ["whistle"]
    typed = (await admin.get(f"/admin/accounts/{view.id}")).typed()
    await admin.post(f"/admin/accounts/{view.id}", [*typed, ("forget", "whistle"), ("do", "save")])
    assert (await all_accounts(house))[0].secrets_set == []


async def test_of_two_admins_the_second_sees_what_the_first_saved_and_overwrites_it_only_knowingly(
    house: House, admin: Browser
) -> None:
    await admin.post("/admin/accounts/new/pigeon", PIGEON)
    [view] = await all_accounts(house)
    page = f"/admin/accounts/{view.id}"
    mine, theirs = (await admin.get(page)).typed(), (await admin.get(page)).typed()
    theirs = [(name, "barn" if name == "s.loft" else value) for name, value in theirs]
    assert "Saved." in (await admin.post(page, [*theirs, ("do", "save")])).text
    mine = [(name, "Attic" if name == "name" else value) for name, value in mine]
    refused = await admin.post(page, [*mine, ("do", "save")])
    assert refused.status == 409
    assert "Somebody changed this account in between." in refused.text
    stands = refused.all("dl.facts")[0].text()
    assert "Loft" in stands and "barn" in stands and "Roof" in stands
    assert (refused.value("name"), refused.value("s.loft")) == ("Attic", "roof")
    assert (await all_accounts(house))[0].name == "Roof"
    assert "Saved." in (await admin.post(page, [*refused.typed(), ("do", "save")])).text
    [now] = await all_accounts(house)
    assert (now.name, now.settings["loft"]) == ("Attic", "roof")


async def test_the_connection_is_tested_with_what_was_typed_and_the_kept_secret(house: House, admin: Browser) -> None:
    await admin.post("/admin/accounts/new/pigeon", PIGEON)
    [view] = await all_accounts(house)
    typed = dict((await admin.get(f"/admin/accounts/{view.id}")).typed())
    page = await admin.post(f"/admin/accounts/{view.id}", {**typed, "s.loft": "cellar", "do": "test"})
    assert [node.text(separator=" ").split() for node in page.all(".checklist li")] == [
        ["✗", "fails", "loft", "Go", "up."],
        ["✓", "works", "whistle", "blown"],
    ]
    assert page.value("s.loft") == "cellar"
    assert (await all_accounts(house))[0].settings["loft"] == "roof"


async def test_an_account_rests_works_again_and_is_removed(house: House, admin: Browser) -> None:
    await admin.post("/admin/accounts/new/pigeon", PIGEON)
    [view] = await all_accounts(house)
    page = await admin.post(f"/admin/accounts/{view.id}", {"do": "disable"})
    assert "It rests now." in page.text
    saved = await admin.post(f"/admin/accounts/{view.id}", [*page.typed(), ("do", "save")])
    assert "Resting" in saved.text
    await admin.post(f"/admin/accounts/{view.id}", {"do": "enable"})
    assert (await all_accounts(house))[0].enabled
    gone = await admin.post(f"/admin/accounts/{view.id}", {"do": "remove"})
    assert gone.url == "/admin/accounts?done=removed"
    assert await all_accounts(house) == []
    assert (await admin.get(f"/admin/accounts/{view.id}")).status == 404


# ------------------------------------------------------------------------------------------------------- forms


async def new_form(admin: Browser, **changes: str) -> list[tuple[str, str]]:
    """What the page of a new form would send."""
    typed = (await admin.get("/admin/forms/new")).typed()
    given = {"name": "Contact form", **changes}
    return [(name, value) for name, value in typed if name not in given] + list(given.items())


async def test_a_new_form_begins_with_what_a_shop_asks_for_and_saves_as_it_stands(house: House, admin: Browser) -> None:
    saved = await admin.post("/admin/forms/new", await new_form(admin, do="save"))
    assert saved.status == 200, saved.text
    [view] = await all_accounts(house)
    channel = house.channels["form"]
    wanted = channel.starter()  # type: ignore[attr-defined]  # the form channel has one
    assert [field["name"] for field in view.settings["fields"]] == [field["name"] for field in wanted["fields"]]
    assert view.settings["fields"][5]["options"][0] == wanted["fields"][5]["options"][0]
    assert view.settings["fields"][7]["accept"] == ["image/*", ".pdf"]
    assert view.settings["title"] == wanted["title"]
    assert view.address == "contact"
    snippet = saved.all("#snippet-html")[0].text()
    assert '<form action="http://127.0.0.1/forms/contact" method="post"' in snippet
    assert '<textarea name="message" rows="7" required></textarea>' in snippet
    assert 'data-form="contact"' in saved.all("#snippet-script")[0].text()


async def test_a_saved_form_saves_again_without_changing(house: House, admin: Browser) -> None:
    page = await admin.post("/admin/forms/new", await new_form(admin, do="save"))
    [before] = await all_accounts(house)
    await admin.post(page.url.partition("?")[0], [*page.typed("#editor"), ("do", "save")])
    [after] = await all_accounts(house)
    assert after.settings == before.settings


async def test_rows_are_added_moved_and_removed_without_scripts_and_nothing_is_saved(
    house: House, admin: Browser
) -> None:
    def names(page: object) -> list[str | None]:
        return [node.attributes["value"] for node in page.all('[name$=".name"]')]  # type: ignore[attr-defined]

    first = await admin.post("/admin/forms/new", await new_form(admin, do="add"))
    assert names(first)[-2:] == ["consent", ""]
    second = await admin.post("/admin/forms/new", [*first.typed("#editor"), ("do", "up.9")])
    assert names(second)[-2:] == ["", "consent"]
    chosen = [(name, "select" if name == "fields.8.type" else value) for name, value in second.typed("#editor")]
    redrawn = await admin.post("/admin/forms/new", [*chosen, ("do", "redraw.8")])
    assert second.value("fields.8.options") is None
    assert redrawn.value("fields.8.options") == ""
    third = await admin.post("/admin/forms/new", [*second.typed("#editor"), ("do", "remove.0")])
    assert names(third)[:2] == ["kana", "email"]
    fourth = await admin.post("/admin/forms/new", [*third.typed("#editor"), ("do", "down.0")])
    assert names(fourth)[:2] == ["email", "kana"]
    assert third.value("title.ja") == "お問い合わせ"
    assert await all_accounts(house) == []


async def test_a_forms_problems_stand_at_their_field_in_the_admins_language(house: House) -> None:
    admin = await house.browser("admin", "ja")
    broken = await new_form(admin, slug="Bad Slug!", do="save", **{"fields.5.options": ""})
    page = await admin.post("/admin/forms/new", broken)
    assert page.status == 422
    assert page.all("#f-slug")[0].attributes.get("aria-invalid") == "true"
    [wrong] = page.all("details.wrong")
    assert "open" in wrong.attributes
    assert wrong.attributes["id"] == "field-5"
    assert page.value("slug") == "Bad Slug!"
    assert await all_accounts(house) == []


async def test_a_form_is_routed_to_a_team_with_tags(house: House, admin: Browser) -> None:
    await admin.post("/admin/teams", {"name": "Care"})
    await admin.post("/admin/tags", {"name": "web.form"})
    [team] = await house.rows("SELECT id FROM team")
    typed = await new_form(admin, team_id=str(team.id), priority="high", do="save", tag="web.form")
    await admin.post("/admin/forms/new", typed)
    [view] = await all_accounts(house)
    assert (view.settings["team_id"], view.settings["priority"], view.settings["tags"]) == (
        team.id, "high", ["web.form"],
    )  # fmt: skip


async def test_a_form_rests_and_is_removed(house: House, admin: Browser) -> None:
    page = await admin.post("/admin/forms/new", await new_form(admin, do="save"))
    address = page.url.partition("?")[0]
    assert "Resting" in (await admin.post(address, {"do": "disable"})).text
    assert (await admin.post(address, {"do": "remove"})).url == "/admin/forms?done=removed"
    assert (await admin.get(address)).status == 404


async def test_the_accounts_page_leads_to_a_forms_own_editor(house: House, admin: Browser) -> None:
    await admin.post("/admin/forms/new", await new_form(admin, do="save"))
    [view] = await all_accounts(house)
    assert (await admin.get(f"/admin/accounts/{view.id}")).url == f"/admin/forms/{view.id}"
    assert (await admin.get("/admin/accounts/new/form")).url == "/admin/forms/new"
    assert (await admin.get("/admin/accounts/new/owl")).status == 404


async def test_a_shop_is_renamed_for_all_its_accounts(house: House, admin: Browser) -> None:
    assert "No account belongs to a shop or brand." in (await admin.get("/admin/shops")).text
    for name, shop in (("Roof", "Tea"), ("Cellar", "Tea"), ("Barn", "Bowls")):
        typed = {**PIGEON, "name": name, "address": name, "shop": shop}
        assert "Added." in (await admin.post("/admin/accounts/new/pigeon", typed)).text
    page = await admin.get("/admin/shops")
    assert [node.text() for node in page.all("main h2")] == ["Bowls", "Tea"] and "Accounts: 2" in page.text
    refused = await admin.post("/admin/shops", {"shop": "Tea", "name": "Bowls"})
    assert refused.status == 422 and refused.all("#e-name-2") and not refused.all("#e-name-1")
    assert "Saved." in (await admin.post("/admin/shops", {"shop": "Tea", "name": "Green Tea"})).text
    assert sorted(view.shop for view in await all_accounts(house)) == ["Bowls", "Green Tea", "Green Tea"]
