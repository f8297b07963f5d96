"""A channel with a field of every kind, an admin, and keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from aiohttp import web

from channels.contract import Arrival, Channel, Desk, Field, Inbound, OutboundMessage, Receipt
from server.accounts import Keys
from server.agents import AgentView


class Pigeons:
    """A network of pigeons."""

    kind = "pigeon"
    label = "Pigeons"
    fields: Sequence[Field] = (
        Field("loft", "Loft", required=True),
        Field("birds", "Birds", "number", 3),
        Field("night", "Flies at night", "boolean", False),
        Field("breed", "Breed", "choice", "homer", choices=(("homer", "Homer"), ("tippler", "Tippler"))),
        Field("notes", "Notes", "long", ""),
        Field("rings", "Rings", "json", []),
        Field("whistle", "Whistle", "secret"),
    )

    def attach(self, app: web.Application, desk: Desk) -> None:
        """No doors."""

    def read(self, arrival: Arrival) -> Sequence[Inbound]:
        """Nothing comes."""
        return ()

    async def deliver(self, message: OutboundMessage) -> Receipt:
        """Everything arrives."""
        return Receipt()

    def judge(self, settings: Mapping[str, Any], language: str = "en") -> Mapping[str, str]:
        """Tipplers do not come home at night."""
        return {"night": "not with this breed"} if settings["night"] and settings["breed"] == "tippler" else {}


@pytest.fixture
def channels() -> dict[str, Channel]:
    """The registry that the composition root would hand in."""
    return {"pigeon": Pigeons()}


@pytest.fixture
def keys() -> Keys:
    """Keys out of a test's secret."""
    return Keys("a secret of at least thirty-two characters")


def agent_of(role: str, id: int = 1) -> AgentView:
    """An agent of a role."""
    return AgentView(id=id, email=f"{role}@desk.example", name=role, role=role, language="ja")


@pytest.fixture
def admin() -> AgentView:
    """An admin."""
    return agent_of("admin")
