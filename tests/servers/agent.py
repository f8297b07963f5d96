"""Somebody at work through the JSON API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.desks import until
from tests.web.house import Answer, Browser

if TYPE_CHECKING:
    from tests.servers.process import Desk


@dataclass
class Agent:
    """Somebody at work through the JSON API."""

    desk: Desk
    browser: Browser
    headers: Mapping[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        """Any request."""
        headers = {**self.headers, **more.pop("headers", {})}
        return await self.browser.api(method, path, body, headers=headers, **more)

    async def get(self, path: str) -> Any:
        """What is there; fails when it is not."""
        answer = await self.ask("GET", path)
        assert answer.status == 200, answer.text
        return answer.json

    async def tickets(self, **conditions: Any) -> list[Any]:
        """The rows of the list, oldest first."""
        query = "&".join(f"{name}={value}" for name, value in {"view": "all", "limit": 200, **conditions}.items())
        return sorted((await self.get(f"/tickets?{query}"))["items"], key=lambda row: row["number"])

    async def has_tickets(self, many: int, seconds: float = 60.0, **conditions: Any) -> list[Any]:
        """Wait until there are so many."""

        async def look() -> list[Any]:
            found = await self.tickets(**conditions)
            return found if len(found) >= many else []

        found: list[Any] = await until(look, seconds)
        assert len(found) == many, found
        return found

    async def thread(self, number: int) -> Any:
        """A ticket as the console gets it."""
        return await self.get(f"/tickets/{number}?limit=200")

    async def has_messages(self, number: int, many: int, seconds: float = 60.0) -> list[Any]:
        """Wait until a ticket has so many messages."""

        async def look() -> list[Any]:
            found = (await self.thread(number))["messages"]
            return found if len(found) >= many else []

        found: list[Any] = await until(look, seconds)
        assert len(found) == many, [(one["kind"], one["text"]) for one in found]
        return found

    async def has_letter(self, number: int, state: str, seconds: float = 60.0) -> Any:
        """Wait until the newest letter of a ticket is in this state; the letter."""

        async def look() -> Any:
            found = [one["letter"] for one in (await self.thread(number))["messages"] if one["letter"]]
            return found[-1] if found and found[-1]["state"] == state else None

        return await until(look, seconds)

    async def reply(self, number: int, text: str, **more: Any) -> Any:
        """Answer the customer, having seen everything."""
        seen = (await self.thread(number))["ticket"]["last_seq"]
        answer = await self.ask("POST", f"/tickets/{number}/replies", {"text": text, "seen": seen, **more})
        assert answer.status == 201, answer.text
        return answer.json
