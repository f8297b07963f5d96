"""Reads the small tables of labels and names that the other modules hold as text, several to a line."""


def listed(text: str) -> list[str]:
    """The words of a table, in order."""
    return text.split()
