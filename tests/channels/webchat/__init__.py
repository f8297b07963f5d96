"""Tests of the web chat: visitors over real sockets, at a real desk."""
