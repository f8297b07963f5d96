"""The agent console in a real browser, against the real application."""
