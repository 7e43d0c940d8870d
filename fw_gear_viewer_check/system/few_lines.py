"""Lines of a log that are alike: the first ten of them, and how many more there are."""

from __future__ import annotations

from collections.abc import Callable

MOST_TOLD = 10


class FewLines:
    """Counts what has a line in a log each: a file can make as many as it has members."""

    count = 0

    def take(self) -> bool:
        """Count one more; return True where it is to have its line."""
        self.count += 1
        return self.count <= MOST_TOLD

    def end(self, tell: Callable[..., None], message: str, *values: object) -> None:
        """Tell how many had none, as the first value of a message."""
        if self.count > MOST_TOLD:
            tell(message, f"{self.count - MOST_TOLD:,}", *values)
