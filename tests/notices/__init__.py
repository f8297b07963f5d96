"""Notices: planned, sent, held, answered."""
