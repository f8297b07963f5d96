"""Whatever colour an admin chooses, the form can be read; and what an account's test says of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from channels.form import FormChannel
from channels.form.theme import DARK_GROUND, LIGHT_GROUND, contrast, parse, stylesheet
from tests.channels.form.conftest import account, settings


@hypothesis_settings(deadline=None)
@given(st.integers(0, 0xFFFFFF))
def test_every_colour_can_be_read_by_day_and_by_night(number: int) -> None:
    day, night = stylesheet(f"#{number:06x}").split("@media")
    for rules, ground in ((day, LIGHT_GROUND), (night, DARK_GROUND)):
        colours = dict(rule.split(":") for rule in rules[rules.rindex("{") + 1 : rules.index("}")].split(";"))
        assert contrast(parse(colours["--accent"]), parse(colours["--on-accent"])) >= 4.5
        assert contrast(parse(colours["--link"]), ground) >= 4.5


@pytest.mark.parametrize(
    ("changed", "ill"),
    [
        ({}, []),
        ({"theme": "red"}, ["definition"]),
        ({"captcha": {"provider": "hcaptcha", "sitekey": "k"}}, ["captcha"]),
        ({"fields": [{"name": "a", "label": "あ"}]}, ["email"]),
    ],
)
async def test_an_account_can_be_tried(changed: dict[str, object], ill: list[str]) -> None:
    tried = replace(account(), settings=settings(**changed), secrets={})
    assert [check.name for check in await FormChannel().test(tried) if not check.ok] == ill
