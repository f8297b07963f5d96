"""The generic channel: a program posts messages in as JSON and gets the answers as signed webhooks."""

from channels.api.channel import ApiChannel

__all__ = ["ApiChannel"]
