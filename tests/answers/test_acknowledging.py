"""The acknowledgement says over what was written only to whoever surely wrote it."""

from __future__ import annotations

from typing import Any

import pytest

from channels.contract import Party
from server.accounts import desk_settings
from server.accounts.desk_settings import Texts
from server.agents import DESK
from server.answers import settings
from server.answers.opening import Hours, Openings
from server.answers.settings import SettingsChange
from tests.desks import TestDesk

SPAM = {"subject": "ご当選のお知らせ", "text": "賞金は evil.example からお受け取りください"}
MINE, VICTIM = "attacker@mail.example", Party("email", "victim@mail.example", "")


async def acknowledged(desk: TestDesk, **said: Any) -> str:
    """Subject and text of the letter that a message is acknowledged by."""
    accepted = await desk.hear(**{"acknowledge": True, **SPAM, **said})
    row = await desk.database.read(
        lambda tx: tx.one("SELECT * FROM letter WHERE ticket_number = :number", number=accepted.ticket)
    )
    assert str(accepted.ticket) in row.subject
    return f"{row.subject}\n{row.body['text']}"


def repeats(letter: str) -> bool:
    """Whether it carries the words; all of them or none."""
    found = [part in letter for part in SPAM.values()]
    assert all(found) or not any(found), letter
    return found[0]


@pytest.mark.parametrize("closed", [False, True])
async def test_words_go_back_only_to_senders_who_are_proved(desk: TestDesk, closed: bool) -> None:
    write = desk.database.write
    if closed:
        change = SettingsChange(
            opening=Openings(desk=Hours(weekly=[""] * 7)),
            away_letter={"ja": Texts("受付 {number}", "件名: {subject}\n{text}")},
        )
        await write(settings.write, DESK, change)
    forged = Party("email", VICTIM.address, "", verified=False)
    for said, proved in (
        ({"sender": VICTIM}, False),
        ({"sender": forged}, False),
        ({"sender": "own@mail.example", "authentication": "pass"}, True),
        ({"sender": MINE, "authentication": "pass", "reply_to": VICTIM}, False),
        (
            {"sender": "two@mail.example", "authentication": "pass", "reply_to": Party("email", "two@mail.example")},
            True,
        ),
    ):
        assert repeats(await acknowledged(desk, **said)) is proved, said
    await write(desk_settings.write, DESK, {"repeat_words": True})
    assert repeats(await acknowledged(desk, sender=Party("email", "late@mail.example", "", verified=False)))
