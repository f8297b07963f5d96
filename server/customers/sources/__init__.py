"""Stores that other systems share, from which the desk pulls: SQL databases, HTTP APIs and files, each by a mapping."""
