"""Sources of what is known of other files, and how several are joined."""

import itertools
from dataclasses import replace

import pytest

from fw_gear_viewer_check.model.chained_lookup import ChainedLookup
from fw_gear_viewer_check.model.data_set import DataSet
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.limits import SpentError
from fw_gear_viewer_check.model.lookup import (
    NOT_LOOKED_UP,
    Answer,
    LocalLookup,
    ReferenceImages,
    References,
    SurveyLookup,
    image_series,
)
from fw_gear_viewer_check.model.sop_classes import SEG, STORAGE
from tests.elsewhere import NO_ANSWER, NOT_ASKED, NOTHING, Elsewhere

CT = f"{STORAGE}2"
WANTED = {"1.2.1": frozenset({"1.2.1.1", "1.2.1.2"})}


def image(uid, series="1.2.1", sop_class=CT):
    return Instance(
        f"{uid}.dcm",
        DataSet(SOPInstanceUID=uid, SeriesInstanceUID=series, SOPClassUID=sop_class),
    )


BOTH = (image("1.2.1.1"), image("1.2.1.2"))


def found(*uids, where="the session", series="1.2.1"):
    return References((ReferenceImages(series, frozenset(uids), where),))


class Counting(Elsewhere):
    """Counts how often it was asked for images."""

    asked = 0

    def reference_images(self, wanted):
        self.asked += 1
        return super().reference_images(wanted)


def test_local_peers_know_nothing_of_other_files():
    local = LocalLookup([("this input", BOTH)])
    assert local.same_series_in_project("1.2.1") is NOT_LOOKED_UP
    assert local.same_study_in_other_sessions("1.2") is NOT_LOOKED_UP


def test_local_peers_find_images_of_the_input():
    answer = LocalLookup([("this input", BOTH)]).reference_images(WANTED)
    assert answer.is_complete(WANTED)
    assert answer.best(WANTED).where == "this input"


def test_what_the_input_does_not_hold_may_be_elsewhere():
    answer = LocalLookup([("this input", (image("9.1", "9"),))]).reference_images(WANTED)
    assert "reference images were not provided" in answer.reason


def test_what_the_reference_does_not_hold_is_missing():
    places = [("this input", ()), ("the reference input", (image("9.1", "9"),))]
    assert LocalLookup(places).reference_images(WANTED).reason == ""


def test_a_series_in_the_input_and_in_the_reference_is_one():
    places = [("this input", BOTH[:1]), ("the reference input", BOTH[1:])]
    answer = LocalLookup(places).reference_images(WANTED)
    assert answer.is_complete(WANTED)
    assert answer.best(WANTED).where == "this input and 1 more"


def test_a_series_in_several_inputs_is_read_together_once():
    """They are as many as a survey may read again, whatever the series that they share."""
    names = ["0.zip", "1.zip", "2.zip"]
    index = {"1.1": names[:1], "1.2": names[:2], "1.3": names}
    asked = []

    def reading(names):
        asked.append(names)
        found = [image(f"{uid}.{n}", uid) for uid in index for n in names if n in index[uid]]
        return image_series("", found)

    survey = SurveyLookup({}, index, reading)
    for uid, holders in index.items():
        wanted = {uid: frozenset(f"{uid}.{name}" for name in holders)}
        answer = survey.reference_images(wanted)
        assert answer.is_complete(wanted)
        others = f" and {len(holders) - 1} more" * (len(holders) > 1)
        assert answer.best(wanted).where == f"the input 0.zip{others}"
    assert sorted(asked) == sorted([tuple(names), *((name,) for name in names)])


def test_a_segmentation_is_no_image_series():
    (seg,) = SEG - {f"{STORAGE}66.7"}
    local = LocalLookup([("this input", (image("1.2.1.1", sop_class=seg),))])
    assert local.reference_images(WANTED).series == ()


def not_read(names):
    pytest.fail(f"{names} are read")


def test_a_survey_knows_the_other_inputs_of_a_series():
    survey = SurveyLookup({"1.2.1": ["c.zip", "b.zip"]}, {}, not_read)
    assert survey.same_series_in_project("1.2.1") == Answer(("b.zip", "c.zip"))
    assert survey.same_series_in_project("1.2.2") == Answer(())
    assert survey.same_study_in_other_sessions("1.2") is NOT_LOOKED_UP


def test_a_survey_reads_only_the_inputs_that_hold_the_images():
    inputs = {"ct.zip": BOTH}
    index = {"1.2.1": ["ct.zip"], "1.2.2": ["not read.zip"]}
    survey = SurveyLookup({}, index, lambda names: image_series("", inputs[names[0]]))
    answer = survey.reference_images(WANTED)
    assert answer.is_complete(WANTED)
    assert answer.best(WANTED).where == "the input ct.zip"


def test_a_survey_without_the_images_cannot_tell():
    answer = SurveyLookup({}, {}, not_read).reference_images(WANTED)
    assert answer == References(reason="no input of the survey contains the reference series")


def test_what_a_survey_answers_does_not_depend_on_what_was_asked_before():
    """A reason of one segmentation was that of all after it, in order of their UIDs."""

    def reading(names):
        if "large.zip" in names:
            raise SpentError
        return image_series("", BOTH)

    index = {"1.1": ["large.zip"], "1.2.1": ["ct.zip"], "1.3": ["ct.zip"]}
    other = {"1.2.1": frozenset({"9.9"})}
    questions = [{"1.1": frozenset({"1"})}, other, {"1.3": frozenset({"2"})}, WANTED]
    alone = [
        SurveyLookup({}, index, reading, cut=frozenset({"1.3"})).reference_images(question)
        for question in questions
    ]
    assert [answer.reason.rpartition(":")[0] for answer in alone] == [
        "an input that contains a reference series is too large",
        "",
        "more than 32 inputs contain reference series",
        "",
    ]
    for order in itertools.permutations(range(4)):
        survey = SurveyLookup({}, index, reading, cut=frozenset({"1.3"}))
        for number in order:
            assert survey.reference_images(questions[number]) == alone[number]


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [
        (NOT_ASKED, NOT_ASKED, NOT_LOOKED_UP),
        (NOT_ASKED, NOTHING, NOTHING),
        (NOT_ASKED, NO_ANSWER, NO_ANSWER),
        (NOTHING, NO_ANSWER, NO_ANSWER),
        (NOTHING, Answer(("a",)), Answer(("a",))),
        (NO_ANSWER, Answer(("a",)), Answer(("a",))),
        (Answer(("a",)), Answer(("b",)), Answer(("a", "b"))),
    ],
)
@pytest.mark.parametrize("question", ["same_series_in_project", "same_study_in_other_sessions"])
def test_answers_are_joined(question, one, other, joined):
    lookup = ChainedLookup(*(Elsewhere(files=a, sessions=a) for a in (one, other)))
    assert getattr(lookup, question)("1.2.1") == joined


def test_the_platform_is_not_asked_for_what_is_near():
    platform = Counting()
    ChainedLookup(LocalLookup([("this input", BOTH)]), platform).reference_images(WANTED)
    assert platform.asked == 0


def test_the_platform_is_asked_for_what_is_near_in_part_only():
    platform = Counting(references=found("1.2.1.1", "1.2.1.2"))
    near = LocalLookup([("this input", BOTH[:1])])
    answer = ChainedLookup(near, platform).reference_images(WANTED)
    assert (platform.asked, answer.best(WANTED).where) == (1, "the session")


def test_a_platform_that_knows_settles_what_is_not_near():
    platform = Elsewhere(references=References(remark="it is in another session"))
    answer = ChainedLookup(LocalLookup([]), platform).reference_images(WANTED)
    assert (answer.reason, answer.remark) == ("", "it is in another session")


def test_a_platform_that_fails_leaves_it_open():
    platform = Elsewhere(references=References(reason="no connection"))
    answer = ChainedLookup(LocalLookup([]), platform).reference_images(WANTED)
    assert (answer.reason, answer.remark) == ("no connection", "")


def test_a_wrong_reference_stays_wrong_when_the_platform_fails():
    places = [("this input", ()), ("the reference input", (image("9.1", "9"),))]
    platform = Elsewhere(references=References(reason="no connection"))
    answer = ChainedLookup(LocalLookup(places), platform).reference_images(WANTED)
    assert (answer.reason, answer.remark) == ("", "no connection")


def test_the_best_series_is_the_one_referred_to():
    named, stranger = found("1.2.1.1"), found("1.2.1.1", "1.2.1.2", series="1.2.5")
    answer = References((*stranger.series, *named.series))
    assert answer.best(WANTED).series_instance_uid == "1.2.1"
    assert not answer.is_complete(WANTED)


def test_nothing_wanted_is_never_complete():
    assert not found("1.2.1.1").is_complete({})


def test_parts_of_a_series_that_two_sources_hold_leave_it_open():
    """It was a FAIL: the viewer makes one series of them."""
    near = LocalLookup([("this input", BOTH[:1])])
    for reason in ("", "no connection"):
        other = Elsewhere(references=replace(found("1.2.1.2"), reason=reason))
        answer = ChainedLookup(near, other).reference_images(WANTED)
        assert answer.is_cut
        assert answer.reason
    stranger = Elsewhere(references=found("1.2.1.2", series="1.2.5"))
    assert not ChainedLookup(near, stranger).reference_images(WANTED).is_cut
    same = Elsewhere(references=found("1.2.1.1"))
    assert not ChainedLookup(near, same).reference_images(WANTED).is_cut
