"""What other files hold, as a test says it: stands for the platform or a survey."""

from __future__ import annotations

from fw_gear_viewer_check.model.lookup import Answer, References

NOTHING = Answer(())
NOT_ASKED = Answer(asked=False)
NO_REFERENCE = References(reason="nothing is at hand")
NO_ANSWER = Answer(None, "the platform did not answer")


class Elsewhere:
    """Remembers for which UIDs it was asked."""

    def __init__(self, files=NOTHING, sessions=NOTHING, references=NO_REFERENCE):
        self.files, self.sessions, self.references = files, sessions, references
        self.asked_for = []

    def files_with_series(self, series_instance_uid):
        self.asked_for.append(series_instance_uid)
        return self.files

    def sessions_with_study(self, study_instance_uid):
        self.asked_for.append(study_instance_uid)
        return self.sessions

    def reference_images(self, wanted):
        self.asked_for.extend(wanted)
        return self.references
