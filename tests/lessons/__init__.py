"""Tests of what the desk learns from what became of its answers."""
