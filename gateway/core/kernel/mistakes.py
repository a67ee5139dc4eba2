"""Mistakes in what people write in YAML files."""

from __future__ import annotations

Location = tuple[int | float | str, ...]
"""Keys and indices that lead to a part of a value."""


class Mistake(ValueError):
    """A mistake in one part of a value that is being validated.

    A validator raises it in place of ValueError, so that a message can point to the part.
    """

    def __init__(self, sentence: str, *at: int | float | str, of_key: bool = True) -> None:
        """Where the mistake is.

        Args:
            sentence: what is wrong, and what to write instead.
            at: the keys and indices that lead to the part; none when it is the whole value.
            of_key: whether the message points to the key of the part, or else to its value.
        """
        super().__init__(sentence)
        self.at: Location = at
        self.of_key = of_key and bool(at)


def place_of(error: ValueError) -> tuple[Location, bool]:
    """Which part of the value the error is about, and whether its key; the whole value unless it is a Mistake."""
    return (error.at, error.of_key) if isinstance(error, Mistake) else ((), False)
