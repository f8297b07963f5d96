"""A page that looks like a phone with LINE on it: everything that a person can do there, and what the desk did."""

from channels.line.simulator.phone.cast import cast
from channels.line.simulator.phone.doors import BUILT, setup

__all__ = ["BUILT", "cast", "setup"]
