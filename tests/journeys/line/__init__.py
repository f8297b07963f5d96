"""Journeys with LINE: a phone and the console side by side."""
