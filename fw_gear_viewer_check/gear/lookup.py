"""Other files as the platform knows them: the same series or study, and reference images.

A search is always for one UID within one session or project, and each file found is compared again
here. "Nothing found" counts as an answer only where the search is known to work: it has to find
the input itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Generic, TypeVar

from fw_gear_viewer_check.gear.images import images_of
from fw_gear_viewer_check.gear.job import Job
from fw_gear_viewer_check.gear.platform_files import (
    PlatformFile,
    get,
    platform_file,
    platform_files,
)
from fw_gear_viewer_check.gear.sdk import (
    MAX_JSON_OBJECTS,
    MAX_SECONDS,
    Connection,
    NoAnswerError,
    PlatformClient,
    Question,
    client_of,
    find,
    get_file,
)
from fw_gear_viewer_check.model.lookup import (
    Answer,
    Lookup,
    ReferencedInstances,
    ReferenceImages,
    References,
)
from fw_gear_viewer_check.model.text import listed, shown

PAGE = 100
"""Files requested at a time; each comes with all its metadata."""
MAX_FILES = 200
"""What shares a UID, or lies in a session, is compared up to so many files."""

_DICOM = "type=dicom"
_UID = re.compile(r"[0-9]+(?:\.[0-9]+)+")
_ID = re.compile(r"[0-9A-Za-z_-]+")
_NO_METADATA = (
    "header metadata are missing on the platform: run the gear file-metadata-importer first"
)
_NOT_ALL_DESCRIBED = (
    "not found yet, but some DICOM files of the session have no header metadata: run "
    "file-metadata-importer on them, then this gear again"
)
_UNTRUSTED = "the platform's search for header metadata does not work as expected"

T = TypeVar("T")


@dataclass(slots=True)
class _Once(Generic[T]):
    """Answers that are worked out when first needed; that there is none is remembered too."""

    _answers: dict[Hashable, T | NoAnswerError] = field(default_factory=dict)

    def get(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return the answer for a key, or raise the :class:`NoAnswerError` of the first time."""
        if key not in self._answers:
            try:
                self._answers[key] = work()
            except NoAnswerError as problem:
                self._answers[key] = problem
        answer = self._answers[key]
        if isinstance(answer, NoAnswerError):
            raise NoAnswerError(str(answer))
        return answer


@dataclass(frozen=True, slots=True)
class _Found:
    """Files with a UID, the input included; ``gap`` says why there may be more."""

    files: tuple[PlatformFile, ...]
    gap: str = ""


class PlatformLookup(Lookup):
    """Answers from the platform, each looked up when first needed, and once.

    Every failure becomes the reason of an answer; nothing is raised. Each of the three questions
    has its own limits of requests and time, so that a slow one does not keep the others from an
    answer.
    """

    def __init__(
        self,
        connection: Connection,
        file_id: str,
        *,
        hide_names: bool = False,
        seconds: float = MAX_SECONDS,
    ) -> None:
        """Take the platform, and the input's id on it; ``hide_names`` leaves out file names.

        ``seconds`` is the time that each question may take.
        """
        self._file_id = file_id
        self._hide_names = hide_names
        self._in_session = Question(connection, seconds)
        self._in_project = Question(connection, seconds)
        self._references = Question(connection, seconds)
        self._files: _Once[PlatformFile] = _Once()
        self._searches: _Once[_Found] = _Once()
        self._images: _Once[tuple[ReferenceImages | None, str]] = _Once()

    def same_series_in_session(self, series_instance_uid: str) -> Answer:
        """Other files of the session with this series; outputs of analyses are left out."""
        question = self._in_session
        return self._answer(partial(self._same_series, question, "session", series_instance_uid))

    def same_series_in_project(self, series_instance_uid: str) -> Answer:
        """Other files of the project with this series."""
        question = self._in_project
        return self._answer(partial(self._same_series, question, "project", series_instance_uid))

    def same_study_in_other_sessions(self, study_instance_uid: str) -> Answer:
        """Other sessions of the project with this study, each by the name of one of its files.

        Labels of sessions and subjects often name the patient; they are not shown.
        """
        return self._answer(partial(self._same_study, study_instance_uid), " (in another session)")

    def reference_images(self, referenced: ReferencedInstances) -> References:
        """Image series of the session that a segmentation refers to."""
        found, reasons = [], []
        for uid in sorted(referenced):
            key = (uid, referenced[uid])
            try:
                images, gap = self._images.get(key, partial(self._images_in_session, *key))
            except NoAnswerError as problem:
                reasons.append(str(problem))
                continue
            if gap:
                reasons.append(gap)
            if images is not None:
                found.append(images)
        remark = "" if found or reasons else "no file of the session contains the reference series"
        reason = "; ".join(dict.fromkeys(reasons))
        return References(tuple(found), reason, is_cut=bool(reason), remark=remark)

    def _same_series(self, question: Question, kind: str, uid: str) -> _Found:
        found = self._proven(question, kind, "SeriesInstanceUID", uid)
        others = (f for f in found.files if f.file_id != self._file_id)
        if kind == "session":
            others = (f for f in others if not f.in_analysis)
        return _Found(tuple(others), found.gap)

    def _same_study(self, uid: str) -> _Found:
        own_session = self._container(self._in_project, "session")
        found = self._proven(self._in_project, "project", "StudyInstanceUID", uid)
        by_session = {f.session: f for f in sorted(found.files, key=lambda f: f.name, reverse=True)}
        others = (f for session, f in by_session.items() if session not in {"", own_session})
        return _Found(tuple(others), found.gap)

    def _answer(self, look_up: Callable[[], _Found], where: str = "") -> Answer:
        """Return the names of the other files that are found, or why there are none."""
        try:
            found = look_up()
        except NoAnswerError as problem:
            return Answer(reason=str(problem))
        if found.gap and not found.files:
            return Answer(reason=found.gap)
        names = sorted(f"{shown(file.name)}{where}" for file in found.files)
        if self._hide_names:
            names = [f"file {n} of {len(names)}{where}" for n in range(1, len(names) + 1)]
        return Answer(tuple(names))

    def _own(self, question: Question) -> PlatformFile:
        """Return the input as the platform knows it."""
        if not _ID.fullmatch(self._file_id):
            message = "nothing was looked up: config.json does not give the id of the file"
            raise NoAnswerError(message)
        return self._file(question, self._file_id)

    def _container(self, question: Question, kind: str) -> str:
        """Return the id of the session or project that the input is in."""
        id_ = self._own(question).container(kind)
        if not _ID.fullmatch(id_):
            message = f"the platform does not say which {kind} the input is in"
            raise NoAnswerError(message)
        return id_

    def _file(self, question: Question, file_id: str) -> PlatformFile:
        def ask() -> PlatformFile:
            ask = partial(get_file, file_id=file_id)
            return platform_file(question.ask("a file", ask, most_objects=MAX_JSON_OBJECTS))

        return self._files.get(file_id, ask)

    def _with_uid(self, question: Question, kind: str, keyword: str, uid: str) -> _Found:
        """Return the files of the session or project whose header metadata hold a UID."""
        # A UID comes from a file that anybody may have made; it goes into a filter.
        if not _UID.fullmatch(uid):
            message = f"nothing was looked up: there is no valid {keyword}"
            raise NoAnswerError(message)
        search = partial(self._search, question, kind, keyword, uid)
        return self._searches.get((kind, keyword, uid), search)

    def _search(self, question: Question, kind: str, keyword: str, uid: str) -> _Found:
        container = self._container(question, kind)
        filters = (f"parents.{kind}={container}", _DICOM, f"info.header.dicom.{keyword}={uid}")
        found: dict[str, PlatformFile] = {}
        is_filtered = True
        for page, is_last in _pages(question, f"files by {keyword}", filters):
            for file in page:
                known = self._described(question, keyword, file)
                is_equal = known.header.text(keyword) == uid or not known.is_described
                if known.container(kind) != container or not is_equal:
                    is_filtered = False
                elif known.kind == "dicom" and not known.is_deleted:
                    found[known.file_id] = known
            if not is_filtered:
                return _Found(tuple(found.values()), _UNTRUSTED)
            if is_last:
                return _Found(tuple(found.values()))
        gap = f"more than {MAX_FILES} files of the {kind} share this {keyword}"
        return _Found(tuple(found.values()), gap)

    def _described(self, question: Question, keyword: str, file: PlatformFile) -> PlatformFile:
        """Return the file with its metadata, which a finder may leave out.

        What shares the study in the input's own session is no finding: that is not worth a
        request for each file.
        """
        own = self._own(question)
        is_harmless = keyword == "StudyInstanceUID" and file.session == own.session
        if file.is_described or is_harmless or file.file_id == own.file_id:
            return file
        known = self._file(question, file.file_id)
        if not known.is_described:
            raise NoAnswerError(_UNTRUSTED)
        return known

    def _proven(self, question: Question, kind: str, keyword: str, uid: str) -> _Found:
        """Return the files with a UID; a search counts as whole where it is known to work."""
        found, own = self._with_uid(question, kind, keyword, uid), self._own(question)
        if found.gap or any(file.file_id == own.file_id for file in found.files):
            return found
        described_as = own.header.text("SeriesInstanceUID")
        if not described_as:
            return _Found(found.files, _NO_METADATA)
        if own.header.text(keyword) == uid:
            return _Found(found.files, _UNTRUSTED)
        # The input is not among those to be found: whether the search works shows when it is.
        return _Found(
            found.files, self._proven(question, kind, "SeriesInstanceUID", described_as).gap
        )

    def _images_in_session(
        self, series_instance_uid: str, referenced: frozenset[str]
    ) -> tuple[ReferenceImages | None, str]:
        """Return the series as the session holds it, and why it may hold more of it.

        None where the session does not hold it for sure.
        """
        question = self._references
        self._container(question, "session")
        searched, failure = _Found(()), None
        try:
            found = self._with_uid(question, "session", "SeriesInstanceUID", series_instance_uid)
            files = tuple(file for file in found.files if not file.in_analysis)
            searched = replace(found, files=files)
        except NoAnswerError as problem:
            failure = problem
        try:
            of_series = searched if searched.files else self._listed(question, series_instance_uid)
        except NoAnswerError as problem:
            raise failure or problem from None
        if not of_series.files:
            return None, ""
        names = listed(sorted(shown(file.name) for file in of_series.files), 3)
        where = "the session" if self._hide_names else f"the session ({names})"
        images = images_of(question, of_series.files, referenced, where)
        if referenced <= images.sop_instance_uids:
            return images, ""
        gap = of_series.gap
        if not gap and of_series is searched:
            try:
                every = self._listed(question, series_instance_uid)
                gap = every.gap or (_UNTRUSTED if len(every.files) > len(searched.files) else "")
            except NoAnswerError as problem:
                gap = str(problem)
        return images, gap

    def _listed(self, question: Question, series_instance_uid: str) -> _Found:
        """Return the files of a series out of a list of all DICOM files of the session.

        It does not depend on a search in header metadata, and tells a series that is not there
        from one that has no header metadata yet. It counts where it holds the input itself.
        """
        session = self._container(question, "session")
        found: list[PlatformFile] = []
        are_all_described, is_whole, has_own = True, False, False
        filters = (f"parents.session={session}", _DICOM)
        for page, is_last in _pages(question, "files of the session", filters):
            for file in page:
                has_own = has_own or file.file_id == self._file_id
                is_other = file.session == session and file.file_id != self._file_id
                if not is_other or file.in_analysis or file.is_deleted:
                    continue
                uid = file.header.text("SeriesInstanceUID")
                are_all_described = are_all_described and bool(uid)
                if uid == series_instance_uid:
                    found.append(file)
            is_whole = is_last
        gap = ""
        if not are_all_described:
            gap = _NOT_ALL_DESCRIBED
        elif not is_whole:
            gap = f"not found among the first {MAX_FILES} DICOM files of the session"
        elif not has_own:
            gap = _UNTRUSTED
        if gap and not found:
            raise NoAnswerError(gap)
        return _Found(tuple(found), gap)


def connection_of(job: Job) -> Connection | None:
    """Return the platform that runs the gear; None where it runs on none, without an api-key."""
    return None if job.api_key is None else Connection(partial(client_of, job.api_key))


def lookup_of(job: Job, connection: Connection | None) -> PlatformLookup | None:
    """Return where a job looks other files up on the platform; None where it does not."""
    if connection is None or not job.settings["platform_lookup"]:
        return None
    return PlatformLookup(connection, job.file_id, hide_names=job.options.hide_names)


def _pages(
    question: Question, subject: str, filters: tuple[str, ...]
) -> Iterator[tuple[list[PlatformFile], bool]]:
    """Yield the pages of DICOM files that pass filters, and whether each is the last.

    A page that is shorter than asked for need not be the last one; an empty page is.
    """
    after, count = "", 0

    def files(client: PlatformClient) -> object:
        return find(client.files, filters, PAGE, after)

    while count < MAX_FILES:
        answer = question.ask(subject, files, most_objects=MAX_JSON_OBJECTS)
        page = platform_files(get(answer, "results"))
        is_last = not page or get(answer, "is_all") is True
        yield page, is_last
        if is_last:
            return
        after, count = page[-1].file_id, count + len(page)
