"""Elements that follow each other in header after header, stepped over as one.

The headers of a series are alike: most of their elements have the tag, VR, length and value that
they had in the header before. A run holds such neighbours. Where the heads of elements in new bytes
equal those of a run, at the same distances, walking would step from the one to the other: the run
is stepped over as a whole. Where one differs, the run is split there, and that element is walked.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

from fw_gear_viewer_check.dicom.elements import ElementSpec, remembered
from fw_gear_viewer_check.model.data_set import DataSet, Value
from fw_gear_viewer_check.model.limits import Budget

KEY_BYTES = 8
"""A run is found by so many bytes of its first element: tag, VR, and the length or zeros."""
MOST_LEARNT = 20_000
"""Elements made into runs in one place: headers that are never alike would make ever more."""
LONGEST_LEARNT = 8 * 1024
"""Bytes of an element that is made part of a run."""
FEWEST = 3
"""Fewer elements are as quickly walked one by one; what costs something counts so much more."""


class Element(NamedTuple):
    """An element that was walked: its bytes before the value, and what is wanted of it, if any.

    A sequence is all head. ``end`` is where the next one begins, ``vr`` by which VR the value is
    read, ``cost`` what it took of :attr:`~..model.limits.Budget.elements`.
    """

    head: bytes
    length: int
    end: int
    spec: ElementSpec | None = None
    vr: str = ""
    value: Value = None
    cost: int = 0

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.end - self.length - len(self.head)


class Run:
    """Neighbours, and what they held when they were met first.

    The bytes that have stayed the same since, heads and values, are compared in stretches. Between
    two stretches lies a value that has changed.
    """

    def __init__(self, elements: Sequence[Element], content: bytes) -> None:
        """Take elements with different tags, and their bytes."""
        self.elements = elements
        self.content, self.size = content, len(content)
        self._values = DataSet((e.spec.keyword, e.value) for e in elements if e.spec)
        self._cost = max(1, sum(e.cost for e in elements))  # three take as long as one that counts
        self._changing: dict[int, Element] = {}
        self._tell_apart(content)

    def read(self, buffer: bytes, at: int, budget: Budget) -> DataSet | int:
        """Return the values of a run that stands there, or the number of its first odd element."""
        parts = self._parts.unpack_from(buffer, at)
        if parts[::2] != self._same:
            budget.elements -= len(self.elements)
            odd = self._tell_apart(buffer[at : at + self.size])
            if odd is not None:
                return odd
            parts = self._parts.unpack_from(buffer, at)
        for element, raw in zip(self._changing.values(), parts[1::2], strict=True):
            if element.spec:
                value = remembered(element.spec, element.vr, raw, budget)
                self._values[element.spec.keyword] = value
        budget.elements -= self._cost
        return self._values

    def _tell_apart(self, content: bytes) -> int | None:
        """Find the values that have changed, or return the number of the first odd element."""
        changing, form, begin, end = {}, "<", 0, 0
        for n, element in enumerate(self.elements):
            start, at = end, end + len(element.head)
            end = at + element.length
            if content[start:at] != element.head:
                return n
            if n in self._changing or content[at:end] != self.content[at:end]:
                changing[n] = element
                form += f"{at - begin}s{element.length}s"
                begin = end
        self._changing, self._parts = changing, Struct(f"{form}{end - begin}s")
        self._same = self._parts.unpack(self.content)[::2]
        return None


class Runs:
    """The runs met in one place: at the top level, or in the items of a sequence."""

    def __init__(self) -> None:
        self.by_key: dict[bytes, Run] = {}
        self.varying: set[bytes] = set()
        """Tags of elements whose heads differ from header to header: they are not learnt."""
        self._left = MOST_LEARNT

    def read(self, run: Run, buffer: bytes, at: int, budget: Budget) -> DataSet | None:
        """Return the values of a run that stands there; split it, for None, where one does not."""
        found = run.read(buffer, at, budget)
        if isinstance(found, DataSet):
            return found
        first, odd = run.elements[0], run.elements[found]
        del self.by_key[first.head[:KEY_BYTES]]
        self.varying.add(odd.head[:4])
        self._add(run.elements[:found], run.content, budget, first.start)
        self._add(run.elements[found + 1 :], run.content, budget, first.start)
        return None

    def learn(self, walked: list[Element], buffer: bytes, budget: Budget) -> None:
        """Make runs of the neighbours among elements that were walked one by one."""
        if walked and walked[-1].end > len(buffer):
            walked.pop()  # stepped over, and not read
        group: dict[bytes, Element] = {}
        end = 0
        for element in walked:
            tag = element.head[:4]
            if tag in group or element.start != end:
                self._add(tuple(group.values()), buffer, budget)
                group = {}
            group[tag] = element
            end = element.end
        self._add(tuple(group.values()), buffer, budget)

    def _add(
        self, elements: Sequence[Element], content: bytes, budget: Budget, origin: int = 0
    ) -> None:
        """Make a run of elements whose bytes are in those that begin at ``origin``."""
        if self._left <= 0 or sum(1 + e.cost for e in elements) < FEWEST:
            return
        content = content[elements[0].start - origin : elements[-1].end - origin]
        self._left -= len(elements)
        budget.keep(len(elements), 0, 2 * len(content))  # a run holds it in stretches, too
        self.by_key.setdefault(elements[0].head[:KEY_BYTES], Run(elements, content))
