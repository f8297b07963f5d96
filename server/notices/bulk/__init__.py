"""Bulk letters: one message to many customers, approved by a second person, sent at a pace, to each of them once."""
