"""Journeys end to end: real sockets, real browsers."""
