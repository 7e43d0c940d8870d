"""What other files hold, as a test says it: stands for the platform or a survey."""

from __future__ import annotations

from fw_gear_viewer_check.model.lookup import NOT_LOOKED_UP, Answer, Lookup, References

NOTHING = Answer(())
NOT_ASKED = NOT_LOOKED_UP
NO_REFERENCE = References(reason="nothing is at hand")
NO_ANSWER = Answer(None, "the platform did not answer")


class Elsewhere(Lookup):
    """Remembers for which UIDs it was asked."""

    def __init__(self, files=NOTHING, sessions=NOTHING, references=NO_REFERENCE):
        self.files, self.sessions, self.references = files, sessions, references
        self.asked_for = []

    def same_series_in_project(self, series_instance_uid):
        self.asked_for.append(series_instance_uid)
        return self.files

    same_series_in_session = same_series_in_project

    def same_study_in_other_sessions(self, study_instance_uid):
        self.asked_for.append(study_instance_uid)
        return self.sessions

    def reference_images(self, referenced):
        self.asked_for.extend(referenced)
        return self.references
