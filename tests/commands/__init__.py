"""Commands by their parts; whole runs are journeys."""
