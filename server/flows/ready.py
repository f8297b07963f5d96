"""The flow that a shop begins with: an order's state, returns, opening hours, anything else."""

from __future__ import annotations

from pathlib import Path

import msgspec

from server.flows.steps import Scenario

SAMPLE = Path(__file__).parent / "sample.json"


def sample() -> Scenario:
    """In Japanese and English."""
    return msgspec.json.decode(SAMPLE.read_bytes(), type=Scenario)
