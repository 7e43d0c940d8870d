"""Elements that follow each other in header after header, stepped over as one.

The headers of a series are alike: most of their elements have the tag, VR and length that they had
in the header before. A run holds such neighbours. Where the heads of elements in new bytes
equal those of a run, at the same distances, walking would step from the one to the other: the run
is stepped over as a whole. Where one differs, the run is split there, and that element is walked.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from fw_gear_viewer_check.dicom.elements import ElementSpec, remembered
from fw_gear_viewer_check.model.data_set import DataSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fw_gear_viewer_check.model.limits import Budget

KEY_BYTES = 8
"""A run is found by so many bytes of its first element: tag, VR, and the length or zeros."""
MOST_LEARNT = 20_000
"""Elements that are made into runs in one place, those of split runs counted again.

Headers that are never alike would make ever more of them.
"""
FEWEST = 4
"""Fewer elements are as quickly walked one by one."""
LONGEST = 0x10000
"""Bytes of a value in a run."""


class Element(NamedTuple):
    """An element that was walked: its bytes before the value, and what is wanted of it, if any.

    ``end`` is where the next one begins, ``vr`` by which VR its value is read.
    """

    head: bytes
    length: int
    end: int
    spec: ElementSpec | None
    vr: str


class Run:
    """Neighbours, and what they held when they were met before."""

    __slots__ = ("_found", "_heads", "_raw", "_specs", "_values", "elements", "heads", "size")

    def __init__(self, elements: Sequence[Element]) -> None:
        """Take two elements or more."""
        self.elements = elements
        self.heads = tuple(e.head for e in elements)
        self._heads = Struct("<" + "".join(f"{len(e.head)}s{e.length}x" for e in elements))
        self._values = Struct(
            "<" + "".join(f"{len(e.head)}x{e.length}{'s' if e.spec else 'x'}" for e in elements)
        )
        self._specs = tuple((e.spec, e.vr) for e in elements if e.spec)
        self.size = self._heads.size
        self._raw: tuple[bytes, ...] = ()
        self._found = DataSet()

    def heads_at(self, buffer: bytes, at: int) -> tuple[bytes, ...]:
        """Return what stands where the heads should stand."""
        return self._heads.unpack_from(buffer, at)

    def read(self, buffer: bytes, at: int, budget: Budget) -> DataSet:
        """Return the values of a run whose heads are there."""
        raw = self._values.unpack_from(buffer, at)
        if raw != self._raw:
            self._found = DataSet(
                (spec.keyword, remembered(spec, vr, value, budget))
                for (spec, vr), value in zip(self._specs, raw, strict=True)
            )
            self._raw = raw
        budget.elements -= len(raw)
        return self._found


class Runs:
    """The runs met in one place: at the top level, or in the items of a sequence."""

    def __init__(self, budget: Budget) -> None:
        """Take the budget of the input."""
        self.by_key: dict[bytes, Run] = {}
        self._varying: set[bytes] = set()
        """Tags of elements whose heads differ from header to header."""
        self._budget = budget
        self._left = MOST_LEARNT

    def fit(self, run: Run, buffer: bytes, at: int) -> bool:
        """Return True when the heads of a run stand there; split it where one does not."""
        heads = run.heads_at(buffer, at)
        if heads == run.heads:
            return True
        pairs = enumerate(zip(heads, run.heads, strict=True))
        odd = next(n for n, (found, expected) in pairs if found != expected)
        del self.by_key[run.heads[0][:KEY_BYTES]]
        self._varying.add(run.heads[odd][:4])
        self._add(run.elements[:odd])
        self._add(run.elements[odd + 1 :])
        return False

    def learn(self, walked: list[Element]) -> None:
        """Make runs of the neighbours among elements that were walked one by one."""
        if len(walked) < FEWEST or self._left <= 0:
            return
        group: list[Element] = []
        for element in walked:
            start = element.end - element.length - len(element.head)
            if group and (group[-1].end != start or element.head[:4] in self._varying):
                self._add(group)
                group = []
            if element.head[:4] not in self._varying and element.length < LONGEST:
                group.append(element)
        self._add(group)

    def _add(self, elements: Sequence[Element]) -> None:
        if len(elements) < FEWEST or self._left <= 0:
            return
        self._left -= len(elements)
        self._budget.keep(len(elements))
        self.by_key.setdefault(elements[0].head[:KEY_BYTES], Run(elements))
