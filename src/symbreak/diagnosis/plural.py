"""Numbers with their nouns."""


def plural(count: int, noun: str) -> str:
    """A number with its noun.

    Example:
        >>> plural(1, "sample"), plural(2, "sample")
        ('1 sample', '2 samples')
    """
    return f"{count} {noun}" + ("" if count == 1 else "s")
