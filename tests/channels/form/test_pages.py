"""What a customer sees: the form, its mistakes, and the thanks."""

from __future__ import annotations

import re

import pytest

from tests.channels.form.conftest import GOOD, SITE, Counter, account


async def test_the_page_speaks_the_languages_of_the_browser_and_of_the_switch(counter: Counter) -> None:
    assert 'lang="ja"' in (await counter.get())[1]
    assert "Contact us" in (await counter.get(**{"Accept-Language": "en-GB,ja;q=0.3"}))[1]
    assert "お問い合わせ" in (await counter.get("/forms/contact?lang=ja", **{"Accept-Language": "en"}))[1]
    assert "お問い合わせ" in (await counter.get("/forms/contact?lang=tlh"))[1]


async def test_the_page_allows_nothing_inline_and_only_its_own_sites_to_frame_it(counter: Counter) -> None:
    async with counter.client.get(f"{counter.address}/forms/contact") as response:
        policy, page = response.headers["Content-Security-Policy"], await response.text()
    assert f"frame-ancestors 'self' {SITE};" in policy
    assert "unsafe" not in policy
    assert "<style" not in page
    assert " style=" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)


async def test_everything_the_page_asks_for_is_there_except_scripts_that_were_not_built(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr("channels.form.pages.BUILT", tmp_path)
    _, page = await counter.get()
    for path in re.findall(r'<link rel="stylesheet" href="([^"]+)"', page):
        assert (await counter.get(path))[0] == 200
    assert "<script" not in page
    assert (await counter.get("/forms/embed.js"))[0] == 404


async def test_a_name_that_no_form_has_is_a_page_that_says_so(counter: Counter) -> None:
    for path in ("/forms/nothing", "/forms/contact/thanks", "/forms/contact/thanks?n=1&s=forged"):
        status, page = await counter.get(path)
        assert status == 404
        assert "ページが見つかりません" in page
    assert (await counter.post(GOOD, "/forms/nothing")).status == 404


async def test_a_form_whose_definition_is_broken_is_closed_and_not_an_error(counter: Counter) -> None:
    counter.desk.set_accounts(account(fields=[]))
    assert (await counter.get())[0] == 404


async def test_an_edited_form_is_shown_as_it_is_now(counter: Counter) -> None:
    await counter.get()
    counter.desk.set_accounts(account(title={"ja": "修理のご依頼"}))
    assert "修理のご依頼" in (await counter.get())[1]


async def test_mistakes_stand_beside_their_fields_and_the_input_is_kept(counter: Counter) -> None:
    answer = await counter.post({**GOOD, "email": "taro@", "name": '"><script>alert(1)</script>', "topic": ""})
    assert answer.status == 422
    assert "name@example.com" in answer.error("email")
    assert answer.error("topic") == "お選びください。"
    assert not answer.error("name")
    assert re.search(r'id="f-email"[^>]*aria-describedby="e-email" aria-invalid="true"', answer.text)
    assert '<a href="#f-email">' in answer.text
    assert answer.value("name") == '"><script>alert(1)</script>'
    assert "<script>alert" not in answer.text
    assert "まだ届きません。</textarea>" in answer.text
    assert re.search(r'name="consent"[^>]* checked', answer.text)
    assert counter.desk.arrivals == []


async def test_mistakes_are_told_in_english_to_who_chose_english(counter: Counter) -> None:
    answer = await counter.post({**GOOD, "email": "", "_lang": "en"}, **{"Accept-Language": "ja"})
    assert answer.error("email") == "Please fill this in."


async def test_values_in_the_address_are_filled_in_before(counter: Counter) -> None:
    _, page = await counter.get("/forms/contact?order_number=A-1&topic=order&photos=x&unknown=y&consent=yes")
    assert " checked" not in page, "nobody's consent is given by a link"
    assert 'value="A-1"' in page
    assert '<option value="order" selected>' in page


async def test_thanks_show_the_number_and_that_mail_is_on_its_way(counter: Counter) -> None:
    answer = await counter.post(GOOD)
    assert answer.status == 303
    status, page = await counter.get(answer.headers["Location"])
    assert status == 200
    assert "<strong>1</strong>" in page
    assert "確認メール" in page
    forged = answer.headers["Location"].replace("n=1", "n=2")
    assert (await counter.get(forged))[0] == 404


async def test_a_framed_form_stays_framed_and_knows_its_site_by_exact_origin(counter: Counter) -> None:
    _, page = await counter.get(f"/forms/contact?embed=1&origin={SITE}")
    assert f'data-parent-origin="{SITE}"' in page
    answer = await counter.post({**GOOD, "_embed": "1", "_origin": SITE})
    _, page = await counter.get(answer.headers["Location"])
    assert 'class="embedded"' in page
    assert f'data-parent-origin="{SITE}"' in page
    assert 'data-ticket="1"' in page


@pytest.mark.parametrize("origin", ["https://evil.example", "https://shop.example.evil.example", "javascript:x", "*"])
async def test_a_strange_site_is_not_spoken_to(counter: Counter, origin: str) -> None:
    _, page = await counter.get(f"/forms/contact?embed=1&origin={origin}")
    assert "data-parent-origin" not in page


async def test_a_script_of_an_allowed_site_is_answered_in_json(counter: Counter) -> None:
    wish = {"Accept": "application/json", "Origin": SITE}
    answer = await counter.post({**GOOD, "email": "x"}, **wish)
    assert answer.status == 422
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert '"field":"email"' in answer.text
    answer = await counter.post(GOOD, **wish)
    assert answer.status == 202
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert '"ticket":1' in answer.text
    stranger = await counter.post(GOOD, Accept="application/json", Origin="https://evil.example")
    assert "Access-Control-Allow-Origin" not in stranger.headers
