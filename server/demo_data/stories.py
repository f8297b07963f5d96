"""What happened at the demo's shop, read from `stories.toml`: each story is one ticket, told turn by turn."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from server.tickets.views import Status


class Customer(msgspec.Struct, frozen=True):
    """Somebody who writes."""

    name: str
    email: str
    kana: str = ""
    phone: str = ""


class Turn(msgspec.Struct, frozen=True):
    """One thing said. `ago` is in hours; `fails` what the other side answers to the letter, if it fails."""

    who: str
    ago: float
    text: str
    status: Status = "waiting"
    fails: str = ""


class Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ticket. `form` holds a form's answers beside name and address; `charset` is the mail's."""

    customer: Customer
    subject: str
    turns: tuple[Turn, ...]
    by: Literal["mail", "form", "phone"] = "mail"
    charset: Literal["utf-8", "iso-2022-jp", "shift_jis"] = "utf-8"
    html: bool = False
    headers: dict[str, str] = {}
    form: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    edit: dict[str, Any] = {}
    assignee: str = ""
    picture: bool = False


def stories() -> list[Story]:
    """Every story, in the order of the file."""
    with Path(__file__).with_name("stories.toml").open("rb") as file:
        return msgspec.convert(tomllib.load(file)["story"], list[Story])
