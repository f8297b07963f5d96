"""Automatic answers."""
