"""Tickets: lists, threads, what can be done with them, and finding them again."""
