"""What LINE says when it will not: a status, a sentence and what is wrong where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Detail:
    """One thing that is wrong with a request's body."""

    message: str
    property: str


@dataclass
class Refusal(Exception):
    """An answer that is not a success, in the Messaging API's error shape."""

    status: int
    message: str
    details: tuple[Detail, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        answer: dict[str, Any] = {"message": self.message}
        if self.details:
            answer["details"] = [{"message": each.message, "property": each.property} for each in self.details]
        return answer | self.more
