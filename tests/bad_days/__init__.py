"""Bad days: what breaks around the desk, and what must hold all the same."""
