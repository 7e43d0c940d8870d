"""The verbs of the page: each factory takes attributes and values, and returns a check.

A path such as "SharedFunctionalGroupsSequence.PixelMeasuresSequence" leads through the first item
of each sequence. What is conditional is a scope or a function of its own, never an argument here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model.data_set import Damaged
from fw_gear_viewer_check.model.text import counted, listed, quoted
from fw_gear_viewer_check.requirements.types import Check, Finding, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fw_gear_viewer_check.model.data_set import DataSet
    from fw_gear_viewer_check.model.instance import Instance
    from fw_gear_viewer_check.model.series import Series


def passed(evidence: str, checked: int, code: str = "", **values: object) -> Finding:
    """Return a PASS."""
    return Finding(Status.PASS, evidence, (), checked, code=code, values=values)


def failed(
    evidence: str, affected: Iterable[str], checked: int, code: str = "", **values: object
) -> Finding:
    """Return a FAIL of the instances (or frames, or members) named."""
    return Finding(Status.FAIL, evidence, tuple(affected), checked, code=code, values=values)


def unknown(reason: str, checked: int = 0, code: str = "", **values: object) -> Finding:
    """Return an UNKNOWN: it cannot be judged from this input."""
    return Finding(Status.UNKNOWN, reason, (), checked, code=code, values=values)


def not_applicable(reason: str, code: str = "", **values: object) -> Finding:
    """Return an NA: the page does not speak about this data."""
    return Finding(Status.NOT_APPLICABLE, reason, code=code, values=values)


def split_path(data: DataSet, path: str) -> tuple[DataSet, str]:
    """Follow the first items of a path's sequences; return the innermost data set and keyword."""
    *sequences, keyword = path.split(".")
    for sequence in sequences:
        data = data.first_item(sequence)
    return data, keyword


def problem_at(data: DataSet, path: str) -> str:
    """Say why the attribute at a path cannot be used; "" when it can."""
    inner, keyword = split_path(data, path)
    return inner.problem(keyword)


def judged_by(
    series: Series, problem_of: Callable[[Instance], str], subject: str, fine: str
) -> Finding:
    """Judge each instance by the problem it has ("" for none), and count the problems.

    ``subject`` begins the evidence of a FAIL, ``fine`` is that of a PASS.
    """
    found = [(i.name, problem) for i in series.instances if (problem := problem_of(i))]
    checked = len(series.instances)
    if not found:
        return passed(fine, checked)
    evidence = f"{subject} is {tally([problem for _, problem in found], checked)}"
    return failed(evidence, [name for name, _ in found], checked)


def tally(problems: Sequence[str], checked: int) -> str:
    """Return "absent in 2, blank in 1 of 30 instances"; "absent" alone where it is all of them."""
    kinds = Counter(problems).most_common()
    if len(kinds) == 1 and len(problems) == checked:
        return f"{kinds[0][0]}{_where(checked, checked)}"
    return ", ".join(f"{kind} in {n:,}" for kind, n in kinds[:5]) + f" of {checked:,} instances"


def _where(count: int, checked: int) -> str:
    """Return " in 2 of 3 instances"; "" for the only one."""
    if count == checked:
        return "" if checked == 1 else f" in all {checked:,} instances"
    return f" in {count:,} of {checked:,} instances"


def remarked(check: Check, remark: str) -> Check:
    """Add a remark to the evidence of a FAIL: what the open-source viewer does all the same."""

    def remarking(series: Series) -> Finding:
        finding = check(series)
        if finding.status is not Status.FAIL:
            return finding
        return replace(finding, evidence=f"{finding.evidence} ({remark})")

    return remarking


def present(path: str) -> Check:
    """Ask for an attribute in every instance, neither absent, blank nor damaged."""
    keyword = path.rpartition(".")[2]

    def check(series: Series) -> Finding:
        return judged_by(series, lambda i: problem_at(i.data, path), keyword, f"{keyword} is there")

    return check


def any_of(*alternatives: tuple[str, ...]) -> Check:
    """Ask for one of several alternatives in every instance; each is a set of paths, all needed."""
    names = " or ".join(dict.fromkeys(" with ".join(map(_short, p)) for p in alternatives))

    def holds(instance: Instance, paths: tuple[str, ...]) -> bool:
        return all(not problem_at(instance.data, path) for path in paths)

    def check(series: Series) -> Finding:
        used = [
            next((" with ".join(paths) for paths in alternatives if holds(i, paths)), "")
            for i in series.instances
        ]
        lacking = [i.name for i, place in zip(series.instances, used, strict=True) if not place]
        if not lacking:
            return passed(f"found in {listed(sorted(set(used)))}", len(used))
        evidence = f"no {names} that can be used{_where(len(lacking), len(used))}"
        without = [i for i, place in zip(series.instances, used, strict=True) if not place]
        return failed(f"{evidence}{_unusable(without, alternatives)}", lacking, len(used))

    return check


def _unusable(instances: Sequence[Instance], alternatives: Sequence[tuple[str, ...]]) -> str:
    """Say what is there and cannot be used; "" where everything is absent."""
    paths = dict.fromkeys(path for paths in alternatives for path in paths)
    found = Counter(
        f"{_short(path)} is {problem}"
        for instance in instances
        for path in paths
        if (problem := problem_at(instance.data, path)) not in {"", "absent"}
    )
    told = [f"{what} in {n:,}" for what, n in found.most_common()]
    return f" ({listed(told, 3)})" if told else ""


def _short(path: str) -> str:
    """Return the last two names of a path."""
    return ".".join(path.split(".")[-2:])


def same(*keywords: str) -> Check:
    """Ask for one value of each attribute in the whole series.

    Affected are those without the most frequent value, and all with a damaged one. An attribute
    that every instance lacks is the same in all of them.
    """
    names = " and ".join(keywords)

    def check(series: Series) -> Finding:
        found = [tuple(i.data.get(k) for k in keywords) for i in series.instances]
        whole = [v for v in found if not any(isinstance(part, Damaged) for part in v)]
        (usual, count), *_ = [*Counter(whole).most_common(1), (None, 0)]
        others = [(i, v) for i, v in zip(series.instances, found, strict=True) if v != usual]
        if not others:
            return passed(f"one value of {names} in the series", len(found))
        most = f"{_shown(usual)} in {counted(count, 'instance')}, " if usual else ""
        return failed(
            f"{names} {most}other values in {len(others):,}: "
            f"{listed(list(dict.fromkeys(_shown(v) for _, v in others)), 3)}",
            [i.name for i, _ in others],
            len(found),
        )

    return check


def _shown(values: tuple[object, ...]) -> str:
    return " x ".join(map(_shown_one, values))


def _shown_one(found: object) -> str:
    if isinstance(found, Damaged):
        return "damaged"
    return "missing" if found is None else quoted(str(found))


def positive(path: str) -> Check:
    """Ask for a number above zero in every instance, without quoting it."""
    keyword = path.rpartition(".")[2]

    def problem_of(instance: Instance) -> str:
        inner, name = split_path(instance.data, path)
        number = inner.number(name)
        if number is None:
            return inner.problem(name) or "not a number"
        return "" if number > 0 else "not above zero"

    def check(series: Series) -> Finding:
        return judged_by(series, problem_of, keyword, f"{keyword} is a number above zero")

    return check
