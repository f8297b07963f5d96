"""What people send that is not text: kept for a while, made ready before it can be had, and gone one day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from channels.line.rules import Refusal
from channels.line.simulator.refusals import NOT_FOUND

GONE = "The content is no longer available"


@dataclass(eq=False)
class Content:
    """The bytes of one message. While `asks` is not used up, each look finds LINE still at work on it."""

    data: bytes
    mime: str
    at: datetime
    preview: bytes | None = None
    preview_mime: str = "image/jpeg"
    asks: int = 0
    held: bool = False
    failed: bool = False
    withdrawn: bool = False

    def finish(self) -> None:
        """LINE is done with it: it can be had."""
        self.held, self.asks = False, 0

    def fail(self) -> None:
        """LINE could not make it ready."""
        self.finish()
        self.failed = True

    def state(self) -> Literal["processing", "succeeded", "failed"]:
        """How far LINE is, counting this as one look."""
        if self.failed:
            return "failed"
        if self.held:
            return "processing"
        if self.asks:
            self.asks -= 1
            return "processing"
        return "succeeded"

    def check_there(self, now: datetime, lives: timedelta) -> None:
        """Raises Refusal: 410 when its time is over, 404 when the person took it back."""
        if self.withdrawn:
            raise Refusal(404, NOT_FOUND)
        if now - self.at >= lives:
            raise Refusal(410, GONE)
