"""Joins the lines of format=flowed texts again (RFC 3676), at every quote depth."""

SIGNATURE = "-- "


def join(text: str, *, delete_space: bool) -> str:
    """The text with soft breaks undone; with `delete_space` (DelSp=yes, used for Japanese) the blank goes too."""
    out: list[list[str]] = []
    open_depth = -1
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        if content.startswith(" "):
            content = content[1:]
        soft = content.endswith(" ") and content != SIGNATURE
        piece = content[:-1] if soft and delete_space else content
        if open_depth == depth and content != SIGNATURE:
            out[-1].append(piece)
        else:
            out.append([">" * depth + (" " if depth else "") + piece])
        open_depth = depth if soft else -1
    return "\n".join(map("".join, out))
