"""Flows: the shop's own conversations, led by the desk."""
