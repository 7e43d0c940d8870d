"""The verbs of the page, as data: what a requirement asks of attributes, and the finding it makes.

Each is a frozen dataclass: called with a series it gives the finding, and ``paths`` names the
attributes that it looks at. A path such as "SharedFunctionalGroupsSequence.PixelMeasuresSequence"
leads through the first item of each sequence. What is conditional is a scope or a function of its
own, never a field here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from fw_gear_viewer_check.dicom import attributes
from fw_gear_viewer_check.dicom.values import FORM_NAMES, has_form
from fw_gear_viewer_check.model import dictionary
from fw_gear_viewer_check.model.data_set import Damaged, DataSet
from fw_gear_viewer_check.model.geometry import is_plane
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.text import counted, listed, quoted, uid
from fw_gear_viewer_check.requirements.types import Finding, Status


def passed(evidence: str, checked: int, code: str = "", **values: object) -> Finding:
    """Return a PASS."""
    return Finding(Status.PASS, evidence, (), checked, code=code, values=values)


def failed(
    evidence: str, affected: Iterable[str], checked: int, code: str, **values: object
) -> Finding:
    """Return a FAIL of the instances (or frames, or members) named."""
    return Finding(Status.FAIL, evidence, tuple(affected), checked, code=code, values=values)


def unknown(reason: str, checked: int = 0, *, code: str, **values: object) -> Finding:
    """Return an UNKNOWN: it cannot be judged from this input."""
    return Finding(Status.UNKNOWN, reason, (), checked, code=code, values=values)


def not_applicable(reason: str, code: str = "", **values: object) -> Finding:
    """Return an NA: the page does not speak about this data."""
    return Finding(Status.NOT_APPLICABLE, reason, code=code, values=values)


class Problem(NamedTuple):
    """Why one instance does not meet a requirement."""

    code: str
    """What tests and repairs hold: "absent"."""
    text: str = ""
    """The same in words, completing "Rows is ..."; the code where it says enough."""

    def __str__(self) -> str:
        """Return it in words."""
        return self.text or self.code


def split_path(data: DataSet, path: str) -> tuple[DataSet, str]:
    """Follow the first items of a path's sequences; return the innermost data set and keyword."""
    *sequences, keyword = path.split(".")
    for sequence in sequences:
        data = data.first_item(sequence)
    return data, keyword


def lack(data: DataSet, path: str) -> Problem | None:
    """Return why the attribute at a path cannot be used: "absent", "blank" or "damaged".

    Also several values where one is due, and numbers that cannot be right: a spacing of 0, an
    orientation that spans no plane.
    """
    found, keyword = split_path(data, path)
    text = found.problem(keyword)
    if text:
        return Problem(text.partition(" ")[0], text)
    value = found[keyword]
    if isinstance(value, tuple) and not found.items_of(keyword) and is_single(keyword):
        return Problem("damaged", f"damaged ({len(value)} values instead of one)")
    if keyword == "PixelSpacing" and min(found.numbers(keyword) or (0,)) <= 0:
        return Problem("not-positive", "not above zero")
    if keyword == "ImageOrientationPatient" and not is_plane(found.numbers(keyword) or (0,) * 6):
        return Problem("no-plane", "not a valid orientation")
    return None


@cache
def is_single(keyword: str) -> bool:
    """Return True where one value is due; free texts may hold a backslash that is none."""
    tag = attributes.tag_of(keyword)
    is_free = keyword in attributes.PRIVATE or attributes.vr_of(keyword) in {"LO", "SH", "PN", "LT"}
    return not is_free and dictionary.vm_of(tag) == "1"


def judged_by(
    series: Series,
    problem_of: Callable[[Instance], Problem | None],
    subject: str,
    fine: str,
) -> Finding:
    """Judge each instance by the problem it has: see :func:`tallied`."""
    return tallied(series, map(problem_of, series.instances), subject, fine)


def tallied(series: Series, problems: Iterable[Problem | None], subject: str, fine: str) -> Finding:
    """Count the problems of the instances.

    ``subject`` begins the evidence of a FAIL, ``fine`` is that of a PASS. The finding's code is
    that of the most frequent problem, and ``values["problems"]`` counts the instances of each.
    """
    found = [(i.name, p) for i, p in zip(series.instances, problems, strict=True) if p]
    checked = len(series.instances)
    if not found:
        return passed(fine, checked)
    codes = Counter(sorted(problem.code for _, problem in found))  # in no order of files
    return failed(
        f"{subject} is {tally([str(problem) for _, problem in found], checked, noun_of(series))}",
        [name for name, _ in found],
        checked,
        codes.most_common(1)[0][0],
        problems=dict(codes.most_common()),
    )


def noun_of(series: Series) -> str:
    """Return "image" where all instances are images, else "object"."""
    return "image" if all(i.is_image for i in series.instances) else "object"


def tally(problems: Sequence[str], checked: int, noun: str = "image") -> str:
    """Return "absent in 2, blank in 1 of 30 images"; "absent" alone where it is all of them."""
    kinds = Counter(problems).most_common()
    if len(kinds) == 1 and len(problems) == checked:
        return f"{kinds[0][0]}{where(checked, checked, noun)}"
    return ", ".join(f"{kind} in {n:,}" for kind, n in kinds[:5]) + f" of {checked:,} {noun}s"


def where(count: int, checked: int, noun: str = "image") -> str:
    """Return " in 2 of 3 images"; "" for the only one."""
    if count == checked:
        return "" if checked == 1 else f" in all {checked:,} {noun}s"
    return f" in {count:,} of {checked:,} {noun}s"


@dataclass(frozen=True)
class OfEach(ABC):
    """Something asked of one attribute in every instance."""

    path: str

    @property
    def paths(self) -> tuple[str, ...]:
        """The attributes looked at."""
        return (self.path,)

    def __call__(self, series: Series) -> Finding:
        """Judge a series: each value once, for most are those of the image before."""
        keyword = self.path.rpartition(".")[2]
        tops = {path.partition(".")[0] for path in self.paths}
        # The reader keeps one object for all equal values; those read of a series stay alive.
        columns = [[id(i.data.get(top, self)) for i in series.instances] for top in tops]
        values = list(zip(*columns, strict=True))
        an_instance = dict(zip(values, series.instances, strict=True))
        known = {value: self.problem_of(instance) for value, instance in an_instance.items()}
        problems = map(known.__getitem__, values)
        return tallied(series, problems, keyword, self.fine(series, keyword))

    @abstractmethod
    def problem_of(self, instance: Instance) -> Problem | None:
        """Return why an instance does not meet it."""

    def fine(self, _series: Series, keyword: str) -> str:
        """Return the evidence of a PASS."""
        return f"{keyword} is present"


class Present(OfEach):
    """An attribute in every instance, neither absent, blank nor damaged."""

    def problem_of(self, instance: Instance) -> Problem | None:
        """Return why an instance does not meet it."""
        return lack(instance.data, self.path)


@dataclass(frozen=True)
class PresentOrIn(Present):
    """The same; it also counts in some item of a sequence of the top level."""

    sequence: str

    @property
    def paths(self) -> tuple[str, ...]:
        """The attributes looked at."""
        return (self.path, f"{self.sequence}.{self.path}")

    def problem_of(self, instance: Instance) -> Problem | None:
        """Return why an instance does not meet it."""
        return None if self._is_in_item(instance) else super().problem_of(instance)

    def fine(self, series: Series, keyword: str) -> str:
        """Return the evidence of a PASS."""
        nested = sum(bool(lack(i.data, self.path)) for i in series.instances)
        where = f" (in {self.sequence} in {counted(nested, noun_of(series))})" if nested else ""
        return super().fine(series, keyword) + where

    def _is_in_item(self, instance: Instance) -> bool:
        return any(not item.problem(self.path) for item in instance.data.items_of(self.sequence))


class Valid(OfEach):
    """An attribute with a value that is also valid for its VR (PS3.5 sections 6.2 and 9.1)."""

    def problem_of(self, instance: Instance) -> Problem | None:
        """Return why an instance does not meet it."""
        text, vr = instance.data.text(self.path), attributes.vr_of(self.path)
        problem = lack(instance.data, self.path)
        if problem or not text:
            return problem
        return None if has_form(vr, text) else Problem("not-valid", f"not a valid {FORM_NAMES[vr]}")


class Positive(OfEach):
    """A number above zero in every instance; it is not quoted."""

    def problem_of(self, instance: Instance) -> Problem | None:
        """Return why an instance does not meet it."""
        data, keyword = split_path(instance.data, self.path)
        problem, number = lack(instance.data, self.path), data.number(keyword)
        if problem or number is None:
            return problem or Problem("not-a-number", "not a number")
        return None if number > 0 else Problem("not-positive", "not above zero")

    def fine(self, _series: Series, keyword: str) -> str:
        """Return the evidence of a PASS."""
        return f"{keyword} is a number above zero"


@dataclass(frozen=True)
class IsNot(OfEach):
    """An attribute without a certain coded value; without any value it passes."""

    value: str

    def problem_of(self, instance: Instance) -> Problem | None:
        """Return why an instance does not meet it."""
        is_it = instance.data.text(self.path) == self.value
        return Problem("excluded-value", self.value) if is_it else None

    def fine(self, _series: Series, keyword: str) -> str:
        """Return the evidence of a PASS."""
        return f"{keyword} is not {self.value}"


@dataclass(frozen=True, init=False)
class AnyOf:
    """One of several alternatives in every instance; each is a path, or paths that are all due."""

    alternatives: tuple[tuple[str, ...], ...]

    def __init__(self, *alternatives: str | tuple[str, ...]) -> None:
        """Take the alternatives in the order of preference."""
        listed_ = tuple((a,) if isinstance(a, str) else a for a in alternatives)
        object.__setattr__(self, "alternatives", listed_)

    @property
    def paths(self) -> tuple[str, ...]:
        """The attributes looked at."""
        return tuple(dict.fromkeys(path for paths in self.alternatives for path in paths))

    def __call__(self, series: Series) -> Finding:
        """Judge a series."""
        used = [self.used(instance) for instance in series.instances]
        without = [i for i, found in zip(series.instances, used, strict=True) if not found]
        checked = len(series.instances)
        if not without:
            return passed(f"found in {listed(sorted(set(used)))}", checked)
        ways = [" with ".join(map(_short, paths)) for paths in self.alternatives]
        *others, last = dict.fromkeys(ways)
        names = f"{', '.join(others)} or {last}" if others else last
        problems = Counter(
            (_short(path), problem)
            for instance in without
            for path in self.paths
            if (problem := lack(instance.data, path)) and problem.code != "absent"
        )
        unusable = [
            f"{path} is {problem} in {n:,}" for (path, problem), n in problems.most_common()
        ]
        there = f" ({listed(unusable, 3)})" if unusable else ""
        share = where(len(without), checked, noun_of(series)).replace(" in all ", " in any of ")
        evidence = f"no usable {names}{share}{there}"
        codes = [problem.code for (_, problem), _ in problems.most_common()]
        return failed(evidence, [i.name for i in without], checked, [*codes, "absent"][0])

    def used(self, instance: Instance) -> str:
        """Return the alternative that an instance meets; "" for none."""
        for paths in self.alternatives:
            if not any(lack(instance.data, path) for path in paths):
                return " with ".join(paths)
        return ""


def _short(path: str) -> str:
    """Return the last two names of a path; of long ones, the last."""
    two = ".".join(path.split(".")[-2:])
    return two if len(two) <= _MAX_PATH else path.rpartition(".")[2]


_MAX_PATH = 60


@dataclass(frozen=True, init=False)
class Same:
    """One value of each attribute in the whole series.

    Affected are those without the most frequent value, and all with a damaged one. An attribute
    that every instance lacks is the same in all of them.
    """

    keywords: tuple[str, ...]

    def __init__(self, *keywords: str) -> None:
        """Take the attributes that are compared together."""
        object.__setattr__(self, "keywords", keywords)

    @property
    def paths(self) -> tuple[str, ...]:
        """The attributes looked at."""
        return self.keywords

    def __call__(self, series: Series) -> Finding:
        """Judge a series."""
        names = " and ".join(self.keywords)
        found = [tuple(i.data.get(k) for k in self.keywords) for i in series.instances]
        whole = [v for v in found if not any(isinstance(part, Damaged) for part in v)]
        (usual, count), *_ = [*Counter(whole).most_common(1), (None, 0)]
        others = [(i, v) for i, v in zip(series.instances, found, strict=True) if v != usual]
        if not others:
            return passed(f"{names}: the same in all images", len(found))
        most = f"{self._shown(usual)} in {counted(count, 'image')}, " if usual else ""
        different = list(dict.fromkeys(v for _, v in others))
        code = "missing" if any(None in values for values in found) else "not-the-same"
        return failed(
            f"{names}: {most}other values in {len(others):,} "
            f"({listed([self._shown(v) for v in different], 3)})",
            [i.name for i, _ in others],
            len(found),
            code if len(whole) == len(found) else "damaged",
            attributes=self.keywords,
            groups=len(different) + bool(usual),
        )

    def _shown(self, values: tuple[object, ...]) -> str:
        return " x ".join(map(_shown, self.keywords, values))


def _shown(keyword: str, found: object) -> str:
    if isinstance(found, Damaged):
        return "damaged"
    if found is None:
        return "missing"
    if isinstance(found, tuple):
        return " x ".join(quoted(part) for part in found)
    return uid(str(found)) if keyword.endswith("UID") else quoted(found)


@dataclass(frozen=True)
class Remarked:
    """A check whose FAIL also says what the open-source viewer does all the same."""

    check: Present | IsNot
    remark: str

    @property
    def paths(self) -> tuple[str, ...]:
        """The attributes looked at."""
        return self.check.paths

    def __call__(self, series: Series) -> Finding:
        """Judge a series."""
        finding = self.check(series)
        if finding.status is not Status.FAIL:
            return finding
        return replace(finding, evidence=f"{finding.evidence} ({self.remark})")
