"""Conversations that a shop has written down beforehand, for chat and LINE: a tree of steps, led by the desk."""
