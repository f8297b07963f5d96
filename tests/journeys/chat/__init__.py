"""Journeys of the web chat: a customer in front of a shop, an agent in front of the console."""
