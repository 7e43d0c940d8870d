"""Other files as the platform knows them: duplicates in the project, images in the session.

Rule of this file: a search is always for one UID within one project, never for a list of what is
there, and each file found is compared again here. "Nothing found" counts as an answer only where
the search is known to work: it has to find the input itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fw_gear_viewer_check.gear.calls import Calls, NoAnswerError, Once, RequestBudget
from fw_gear_viewer_check.gear.files import PlatformFile, platform_file, platform_files
from fw_gear_viewer_check.gear.images import images_of
from fw_gear_viewer_check.model.lookup import (
    Answer,
    Lookup,
    ReferencedInstances,
    ReferenceImages,
    References,
)
from fw_gear_viewer_check.model.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fw_gear_viewer_check.gear.calls import PlatformClient

PAGE = 100
"""Files asked for at a time; each comes with all its metadata."""
MAX_PAGES = 2
"""A study of more files than these pages hold is not compared to the end."""

_UID = re.compile(r"[0-9]+(?:\.[0-9]+)+")
_ID = re.compile(r"[0-9A-Za-z_-]+")
_NO_METADATA = (
    "header metadata are missing on the platform: run the gear file-metadata-importer first"
)
_UNTRUSTED = "the platform's search for header metadata does not work as expected"
_ELSEWHERE = "the referenced series is in another session of the project"
_NOWHERE = "no file of the session with header metadata holds the referenced series"


@dataclass(frozen=True, slots=True)
class _Hits:
    """Files of the project with a UID, the input included; ``gap``: why there may be more."""

    files: tuple[PlatformFile, ...]
    gap: str = ""


class PlatformLookup(Lookup):
    """Answers from the platform, each looked up when first asked for, and once.

    Every failure becomes the reason of an answer; nothing is raised. One budget of requests and
    time goes for all answers: what is asked for last (images) may find it used up.
    """

    def __init__(
        self,
        make_client: Callable[[], PlatformClient],
        file_id: str,
        budget: RequestBudget | None = None,
    ) -> None:
        """Take a way to make a client, not a client: making one may fail, and may not be needed.

        ``make_client`` may raise :class:`~.platform_calls.NoAnswerError` with a reason of its own.
        """
        self._calls = Calls(make_client, budget or RequestBudget())
        self._file_id = file_id
        self._files: Once[PlatformFile] = Once()
        self._searches: Once[_Hits] = Once()
        self._images: Once[tuple[ReferenceImages | None, str]] = Once()
        self._studies: list[_Hits] = []

    def same_series_in_project(self, series_instance_uid: str) -> Answer:
        """Other files of the project with this series, by name."""
        try:
            hits = self._hits("SeriesInstanceUID", series_instance_uid)
            others = [f for f in hits.files if f.file_id != self._own().file_id]
        except NoAnswerError as problem:
            return Answer(reason=str(problem))
        if hits.gap and not others:
            return Answer(reason=hits.gap)
        return Answer(tuple(sorted(shown(f.name) for f in others)))

    same_series_in_session = same_series_in_project

    def same_study_in_other_sessions(self, study_instance_uid: str) -> Answer:
        """Other sessions of the project with this study, each by the name of one of its files.

        Labels of sessions and subjects often name the patient; they are not shown.
        """
        try:
            hits = self._hits("StudyInstanceUID", study_instance_uid)
            own = self._own().session
        except NoAnswerError as problem:
            return Answer(reason=str(problem))
        self._studies.append(hits)
        names: dict[str, str] = {}
        for file in sorted(hits.files, key=lambda f: f.name):
            if file.session and file.session != own:
                names.setdefault(file.session, f"{shown(file.name)} (in another session)")
        if not own:
            return Answer(reason="the input is in no session: nothing to compare its study with")
        if hits.gap and not names:
            return Answer(reason=hits.gap)
        return Answer(tuple(sorted(names.values())))

    def reference_images(self, referenced: ReferencedInstances) -> References:
        """Image series of the session that a segmentation refers to."""
        found, reasons, remarks = [], [], []
        for uid in sorted(referenced):
            try:
                images, remark = self._images.get(
                    (uid, referenced[uid]),
                    partial(self._images_in_session, uid, referenced[uid]),
                )
            except NoAnswerError as problem:
                reasons.append(str(problem))
                continue
            if images is not None:
                found.append(images)
            if remark:
                remarks.append(remark)
        return References(tuple(found), "; ".join(dict.fromkeys(reasons)), "; ".join(remarks))

    def _own(self) -> PlatformFile:
        """Return the input as the platform knows it."""
        if not _ID.fullmatch(self._file_id):
            message = "the platform was not asked: config.json does not name the file's id"
            raise NoAnswerError(message)
        own = self._file(self._file_id)
        if not _ID.fullmatch(own.project):
            message = "the platform does not say which project the input is in"
            raise NoAnswerError(message)
        return own

    def _file(self, file_id: str) -> PlatformFile:
        return self._files.get(
            file_id,
            lambda: platform_file(self._calls.ask("a file", lambda c: c.get_file(file_id))),
        )

    def _hits(self, keyword: str, uid: str) -> _Hits:
        """Return the project's files whose header metadata hold a UID."""
        # A UID comes from a file that anybody may have made; it goes into a filter.
        if not _UID.fullmatch(uid):
            message = f"the platform was not asked: there is no valid {keyword} to look for"
            raise NoAnswerError(message)
        return self._searches.get((keyword, uid), lambda: self._search(keyword, uid))

    def _search(self, keyword: str, uid: str) -> _Hits:
        project = self._own().project
        found: dict[str, PlatformFile] = {}
        is_filtered, is_whole = True, False
        for page in self._pages(project, keyword, uid):
            for file in page:
                known = self._described(keyword, file)
                is_equal = known.header.text(keyword) == uid or not known.is_described
                if known.project != project or not is_equal:
                    is_filtered = False
                elif known.kind == "dicom":
                    found[known.file_id] = known
            is_whole = len(page) < PAGE
            if not is_filtered:
                break
        files = tuple(found.values())
        if not is_filtered:
            return _Hits(files, _UNTRUSTED)
        if not is_whole:
            gap = f"more than {PAGE * MAX_PAGES} files of the project share this {keyword}"
            return _Hits(files, gap)
        return _Hits(files, self._gap(keyword, uid, files))

    def _pages(self, project: str, keyword: str, uid: str) -> Iterator[list[PlatformFile]]:
        """Yield the pages of a search, each asked for when it is needed."""
        filters = (f"parents.project={project}", "type=dicom", f"info.header.dicom.{keyword}={uid}")
        after: dict[str, str] = {}
        for _ in range(MAX_PAGES):
            question = partial(_find, filters, after)
            page = platform_files(self._calls.ask(f"files by {keyword}", question))
            yield page
            if len(page) < PAGE:
                return
            after = {"after_id": page[-1].file_id}

    def _described(self, keyword: str, file: PlatformFile) -> PlatformFile:
        """Return the file with its metadata, which a finder may leave out.

        What shares the study in the input's own session is no finding: that is not worth a
        request for each file.
        """
        own = self._own()
        is_harmless = keyword == "StudyInstanceUID" and file.session == own.session
        if file.is_described or is_harmless or file.file_id == own.file_id:
            return file
        known = self._file(file.file_id)
        if not known.is_described:
            raise NoAnswerError(_UNTRUSTED)
        return known

    def _gap(self, keyword: str, uid: str, files: tuple[PlatformFile, ...]) -> str:
        """Say why a search that went well may still have missed files."""
        own = self._own()
        if any(file.file_id == own.file_id for file in files):
            return ""
        described_as = own.header.text("SeriesInstanceUID")
        if not described_as:
            return _NO_METADATA
        if own.header.text(keyword) == uid:
            return _UNTRUSTED
        # The input is not among those to be found: whether the search works shows when it is.
        return self._hits("SeriesInstanceUID", described_as).gap

    def _images_in_session(
        self, series_instance_uid: str, wanted: frozenset[str]
    ) -> tuple[ReferenceImages | None, str]:
        """Return the series as the session holds it, and a remark where it does not."""
        session = self._own().session
        if not session:
            message = "the input is in no session: there is no place to look for its images"
            raise NoAnswerError(message)
        files, gap = self._seen_in_session(series_instance_uid, session), ""
        if not files:
            hits = self._hits("SeriesInstanceUID", series_instance_uid)
            files, gap = [file for file in hits.files if file.session == session], hits.gap
            if not files and not gap:
                return None, _ELSEWHERE if hits.files else _NOWHERE
        images = images_of(self._calls, files, wanted) if files else None
        if images is None or (gap and not wanted <= images.sop_instance_uids):
            raise NoAnswerError(gap)
        return images, ""

    def _seen_in_session(self, series_instance_uid: str, session: str) -> list[PlatformFile]:
        """Return files of the series that a search for their study has brought already."""
        return [
            file
            for hits in self._studies
            if not hits.gap
            for file in hits.files
            if file.session == session
            and file.header.text("SeriesInstanceUID") == series_instance_uid
        ]


def _find(filters: tuple[str, ...], after: dict[str, str], client: PlatformClient) -> object:
    return client.files.find(*filters, limit=PAGE, **after)
