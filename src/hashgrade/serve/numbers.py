"""Numbers that links and forms say: text of whoever sent it."""


def whole(text: str, digits: int) -> int | None:
    """Read a whole number from 0 of at most so many digits, 0 to 9; None where the text is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
