"""The chat on a website: a Socket.IO namespace for visitors, the panel's page, files, and what they may see."""

from channels.webchat.channel import WebchatChannel

__all__ = ["WebchatChannel"]
