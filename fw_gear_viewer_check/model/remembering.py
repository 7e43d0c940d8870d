"""What keeps what was worked out of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Self, TypeVar, cast

T = TypeVar("T")


class Remembering:
    """A series or an archive: each requirement asks the same of it."""

    def once(self, work: Callable[[Self], T]) -> T:
        """Return what ``work`` makes of this, worked out when it is first asked for.

        The one cache: what is kept goes with what it was made of.
        """
        if work not in self._known:
            self._known[work] = work(self)
        return cast("T", self._known[work])

    @cached_property
    def _known(self) -> dict[object, object]:
        return {}
