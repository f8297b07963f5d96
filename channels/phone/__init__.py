"""The phone channel: a call that an agent wrote down is an arrival like any other."""

from channels.phone.channel import PhoneChannel
from channels.phone.note import CallNote

__all__ = ["CallNote", "PhoneChannel"]
