"""LINE: one account is one official account; signed webhooks in, reply and push out."""

from channels.line.channel import LineChannel

__all__ = ["LineChannel"]
