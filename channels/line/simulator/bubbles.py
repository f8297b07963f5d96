"""What stands in a chat as people see it, and the chats."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from channels.line.simulator.people import Person

Via = Literal["reply", "push", "multicast", "broadcast"]


@dataclass(eq=False)
class Bubble:
    """One message on the screen. `message` is the object as it was sent, whichever side sent it."""

    id: str
    at: datetime
    kind: str
    text: str
    message: dict[str, Any]
    person: Person | None = None
    via: Via | None = None
    request_id: str | None = None
    retry_key: str | None = None
    notified: bool = True
    quote_token: str | None = None
    quotes: str | None = None
    read_token: str | None = None
    read: bool = False
    unsent: bool = False

    @property
    def ours(self) -> bool:
        """Whether the official account sent it."""
        return self.person is None


@dataclass(eq=False)
class Chat:
    """A one-to-one chat with the account, a group chat or a multi-person chat. `id` is what a push names as `to`."""

    id: str
    kind: Literal["user", "group", "room"]
    name: str = ""
    members: list[Person] = field(default_factory=list)
    bubbles: list[Bubble] = field(default_factory=list)
    account_inside: bool = True
    loading_until: datetime | None = None

    def source(self, person: Person | None = None) -> dict[str, str]:
        """The `source` of an event that happens here."""
        source: dict[str, str] = {"type": self.kind}
        if self.kind != "user":
            source[f"{self.kind}Id"] = self.id
        if person is not None:
            source["userId"] = person.id
        return source

    def find(self, message_id: str) -> Bubble | None:
        """The bubble with this message id."""
        return next((bubble for bubble in self.bubbles if bubble.id == message_id), None)


def words_of(message: dict[str, Any]) -> str:
    """What a person would say stands in a message that a bot sent."""
    kind = message.get("type")
    if kind in ("text", "textV2"):
        return str(message.get("text", ""))
    if kind in ("template", "flex", "imagemap"):
        return str(message.get("altText", ""))
    if kind == "location":
        return f"{message.get('title', '')}\n{message.get('address', '')}".strip()
    return ""
