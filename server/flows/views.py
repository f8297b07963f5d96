"""What flows show of themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from server.flows.steps import Scenario
from server.flows.talk import Noted

RunState = Literal["on", "handed", "solved", "ended", "silent", "joined", "gone"]


class ProblemView(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps a flow from being published: at which step ("" for the flow itself), at what of it."""

    step: str
    where: str
    words: str


class FlowRef(msgspec.Struct, frozen=True, kw_only=True):
    """A flow in a list. `edit` grows with each change; `live_version` is what leads customers while `enabled`."""

    id: int
    name: str
    enabled: bool
    live_version: int | None
    accounts: list[int]
    edit: int
    updated_at: datetime


class FlowView(FlowRef, frozen=True, kw_only=True):
    """A flow with what is being written; `changed` says whether that is other than what is live."""

    content: Scenario
    changed: bool
    problems: list[ProblemView]


class FlowVersionView(msgspec.Struct, frozen=True, kw_only=True):
    """A flow as it was published."""

    version: int
    content: Scenario
    by: str
    created_at: datetime


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody being led, or who was: what they said, and at which step they stand or left."""

    flow: int
    name: str
    version: int
    ticket: int
    state: RunState
    step: str
    said: list[Noted]
    due_at: datetime | None
    began_at: datetime
    moved_at: datetime


class StepCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often a step was come to, answered, left for a person, and left in silence."""

    step: str
    entered: int
    answered: int
    handed: int
    silent: int
