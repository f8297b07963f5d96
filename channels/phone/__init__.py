"""The phone channel: a call that an agent wrote down is an arrival like any other."""

from channels.phone.channel import PhoneChannel
from channels.phone.note import BadNote, CallNote

__all__ = ["BadNote", "CallNote", "PhoneChannel"]
