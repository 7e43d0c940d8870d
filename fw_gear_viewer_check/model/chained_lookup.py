"""Several sources of what is known of other files, as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fw_gear_viewer_check.model.lookup import (
    NOT_LOOKED_UP,
    Answer,
    Lookup,
    ReferencedInstances,
    ReferenceImages,
    References,
)


class ChainedLookup(Lookup):
    """Several sources, the nearest first; the next one is used for what is still open."""

    def __init__(self, *sources: Lookup) -> None:
        self._sources = sources

    def same_series_in_session(self, series_instance_uid: str) -> Answer:
        """Other files of the session that hold this series, as any source knows them."""
        return _joined(s.same_series_in_session(series_instance_uid) for s in self._sources)

    def same_series_in_project(self, series_instance_uid: str) -> Answer:
        """Other files of the project that hold this series, as any source knows them."""
        return _joined(s.same_series_in_project(series_instance_uid) for s in self._sources)

    def same_study_in_other_sessions(self, study_instance_uid: str) -> Answer:
        """Other sessions that hold this study, as any source knows them."""
        return _joined(s.same_study_in_other_sessions(study_instance_uid) for s in self._sources)

    def reference_images(self, referenced: ReferencedInstances) -> References:
        """Image series of the first source that holds all of them, or else of all sources.

        The viewer makes one series of what they hold of it together, and that is not looked at.
        """
        answers: list[References] = []
        for source in self._sources:
            answer = source.reference_images(referenced)
            if answer.is_complete(referenced):
                return answer
            answers.append(answer)
        series = tuple(found for answer in answers for found in answer.series)
        reason, remark = _reason_and_remark(answers)
        is_cut = any(answer.is_cut for answer in answers)
        if _hold_together(series, referenced):
            return References(series, reason or _IN_PARTS, is_cut=True, remark=remark)
        return References(series, reason, is_cut, remark)


_IN_PARTS = "the others are in other files, which were not looked at together with these"


def _hold_together(series: Sequence[ReferenceImages], referenced: ReferencedInstances) -> bool:
    """Return True where parts of a series hold all that is referenced, and no other series is."""
    found = frozenset().union(*(one.matched(referenced) for one in series))
    return len(referenced) == 1 and found == next(iter(referenced.values()))


def _reason_and_remark(answers: Sequence[References]) -> tuple[str, str]:
    """Return why images may still exist, and what else to say of those that are missing.

    The last source knows most. Where a nearer one is sure that images are missing, the reasons of
    those after it are remarks only.
    """
    remarks = [answer.remark for answer in answers if answer.remark]
    sure = next((n for n, answer in enumerate(answers) if not answer.reason), None)
    if sure is None:
        return answers[-1].reason, "; ".join(remarks)
    reasons = [answer.reason for answer in answers[sure:] if answer.reason]
    return "", "; ".join(remarks + reasons)


def _joined(answers: Iterable[Answer]) -> Answer:
    looked_up = [answer for answer in answers if answer != NOT_LOOKED_UP]
    matches = tuple(match for answer in looked_up for match in answer.matches or ())
    unknown = next((answer for answer in looked_up if answer.matches is None), None)
    if unknown and not matches:
        return unknown
    return Answer(matches) if looked_up else NOT_LOOKED_UP
