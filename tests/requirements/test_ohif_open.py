import itertools

import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from fw_gear_viewer_check import check
from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.limits import Budget
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.ohif.display_sets import prediction_of
from fw_gear_viewer_check.ohif.javascript import Source
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.ohif_open import (
    DIFFERENT_IMAGES,
    NOT_COMPARED,
    NOT_READ,
)
from tests import make, pack
from tests.elements import SEQUENCE_END, item
from tests.judge import FAIL, NA, PASS, UNKNOWN, judge
from tests.make import ABSENT, BLANK, each

SEEN_OF_IMAGES = ("V3-191", "V3-192", "V3-194", "V3-195")
TS = "1.2.840.10008.1.2"
DECODED = [TS, *(f"{TS}.{e}" for e in ("1", "5"))] + [
    f"{TS}.4.{n}" for n in (50, 51, 57, 70, 80, 81, 90, 91, 201, 202, 203)
]
NOT_DECODED = [f"{TS}.4.{n}" for n in (52, 92, 93, 94, 100, 102, 110, 111, 112)] + ["1.2.3.4"]


@pytest.mark.parametrize("id_", [*SEEN_OF_IMAGES, "V3-193"])
def test_v3_191_to_195_speak_about_images_only(id_):
    for document in (make.sr(), make.rtstruct(make.ct(2))):
        assert judge(id_, document).status == NA


@pytest.mark.parametrize("id_", SEEN_OF_IMAGES)
def test_v3_191_to_195_count_segmentations_as_images(id_):
    assert judge(id_, make.seg(make.ct(2))).status == PASS


def test_v3_192_sees_an_image_by_its_class_when_its_pixels_are_missing():
    found = judge("V3-192", make.ct(2, PixelData=ABSENT))
    assert (found.status, found.evidence) == (FAIL, "pixel data is absent in all 2 images")


@pytest.mark.parametrize("uid", DECODED)
def test_v3_191_passes_what_the_viewer_decodes(uid):
    found = judge("V3-191", make.ct(2, TransferSyntaxUID=uid, PixelRepresentation=0))
    assert (found.status, found.checked) == (PASS, 2)


def test_v3_191_passes_big_endian():
    assert judge("V3-191", make.ct(2, TransferSyntaxUID=make.BIG_ENDIAN)).status == PASS


@pytest.mark.parametrize("uid", NOT_DECODED)
def test_v3_191_fails_what_the_viewer_does_not_decode(uid):
    content = pack.to_bytes(make.ct(1)[0]).replace(b"1.2.840.10008.1.2.1\0", _padded(uid), 1)
    found = judge("V3-191", {"001.dcm": _with_meta_length(content, uid)})
    assert (found.status, found.affected) == (FAIL, ("001.dcm",))
    assert found.evidence.endswith(", which the viewer does not decode")


def _padded(uid):
    return uid.encode() + b"\0" * (len(uid) % 2)


def _with_meta_length(content, uid):
    """Mend the length of the UID that was put in the place of another."""
    at = content.index(_padded(uid))
    return content[: at - 2] + len(_padded(uid)).to_bytes(2, "little") + content[at:]


@pytest.mark.parametrize(
    ("sop_class", "status"), [("77.1.1.1", PASS), ("77.1.4.1", PASS), ("7.4", PASS), ("2", FAIL)]
)
def test_v3_191_takes_video_where_the_viewer_plays_video(sop_class, status):
    images = make.ct(
        1, SOPClassUID=make.STORAGE + sop_class, TransferSyntaxUID=make.MPEG4, PixelData=b"video."
    )
    assert judge("V3-191", images).status == status


def test_v3_191_names_the_transfer_syntax():
    found = judge("V3-191", make.ct(1, TransferSyntaxUID=make.JPEG_2000_PART_2))
    assert "JPEG 2000 Part 2 Multi-component" in found.evidence
    assert judge("V3-191", make.ct(1)).evidence == "Explicit VR Little Endian"


def test_v3_191_fails_deflated_data_sets_which_are_listed_and_not_drawn():
    found = judge("V3-191", make.ct(2, TransferSyntaxUID=make.DEFLATED))
    assert (found.status, found.code, len(found.affected)) == (FAIL, "not-decoded", 2)


def test_v3_191_takes_a_file_without_file_meta_information_as_a_server_does():
    content = pack.to_bytes(make.ct(1)[0], make.IMPLICIT, preamble=False)
    assert judge("V3-191", {"001.dcm": content}).status == PASS
    found = judge("V3-199", {"001.dcm": content})
    assert (found.status, found.code, found.affected) == (FAIL, "no-instance", ("001.dcm",))


def test_v3_191_fails_a_file_whose_meta_information_does_not_name_the_transfer_syntax():
    content = pack.to_bytes(make.ct(1)[0])
    uid = b"\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0"
    assert uid in content
    content = content.replace(uid, b"\x02\0\x11\0" + uid[4:])
    found = judge("V3-191", {"001.dcm": content})
    assert (found.status, found.code) == (FAIL, "syntax-not-named")


def relabelled(datasets, written, named):
    """Return files encoded in one transfer syntax that name another."""
    contents = {f"{n:03}.dcm": pack.to_bytes(d, written) for n, d in enumerate(datasets, 1)}
    old, new = _element(written), _element(named)
    return {n: c.replace(old, new, 1) for n, c in contents.items()}


def _element(uid):
    padded = _padded(uid)
    return b"\x02\0\x10\0UI" + len(padded).to_bytes(2, "little") + padded


@pytest.mark.parametrize(
    ("written", "named"),
    [
        (make.IMPLICIT, make.EXPLICIT),
        (make.EXPLICIT, make.IMPLICIT),
        (make.IMPLICIT, make.JPEG),
    ],
)
def test_v3_191_fails_a_data_set_encoded_otherwise_than_its_transfer_syntax_says(written, named):
    found = judge("V3-191", relabelled(make.ct(2), written, named))
    assert (found.status, found.code, len(found.affected)) == (FAIL, "encoded-otherwise", 2)
    assert found.evidence.count("encoded in") == 1


def test_v3_191_fails_uncompressed_pixels_that_are_called_compressed():
    found = judge("V3-191", relabelled(make.ct(1), make.EXPLICIT, make.JPEG))
    assert (found.status, found.code) == (FAIL, "coded-otherwise")
    assert "not compressed" in found.evidence


SOF0, SOF3 = (b"\xff\xd8\xff" + kind + b"\0\x0b" for kind in (b"\xc0", b"\xc3"))
JPEG_LS, JPEG_2000 = b"\xff\xd8\xff\xf7\0\x0b", b"\xff\x4f\xff\x51"
RLE = b"\1\0\0\0\x40\0\0\0"


@pytest.mark.parametrize(
    ("ending", "start", "status"),
    [
        ("4.50", SOF0, PASS),
        ("4.50", SOF3, FAIL),
        ("4.50", JPEG_2000, FAIL),
        ("4.51", SOF0, PASS),
        ("4.57", SOF3, PASS),
        ("4.70", SOF3, PASS),
        ("4.70", SOF0, FAIL),
        ("4.80", JPEG_LS, PASS),
        ("4.81", SOF3, FAIL),
        ("4.90", JPEG_2000, PASS),
        ("4.90", RLE, FAIL),
        ("4.91", JPEG_LS, FAIL),
        ("5", RLE, PASS),
        ("5", JPEG_2000, FAIL),
        ("4.90", bytes(8), PASS),
    ],
)
def test_v3_191_compares_the_first_marker_with_the_transfer_syntax(ending, start, status):
    images = make.ct(1, TransferSyntaxUID=f"{TS}.{ending}", PixelData=start + bytes(64))
    found = judge("V3-191", images)
    assert found.status == status
    assert status == PASS or found.code == "coded-otherwise"


@pytest.mark.parametrize(
    ("changes", "word"), [({"PixelData": ABSENT}, "absent"), ({"PixelData": b""}, "empty")]
)
def test_v3_192_fails_images_without_pixels(changes, word):
    images = make.ct(2) + make.ct(1, **changes)
    found = judge("V3-192", images)
    assert (found.status, found.affected, found.checked) == (FAIL, ("003.dcm",), 3)
    assert found.evidence == f"pixel data is {word} in 1 of 3 images"


@pytest.mark.parametrize(
    ("number", "keyword"), [(8, "FloatPixelData"), (9, "DoubleFloatPixelData")]
)
@pytest.mark.parametrize("sop_class", [make.CT, make.STORAGE + "30"])
def test_v3_192_fails_pixels_of_numbers_in_what_is_no_parametric_map(number, keyword, sop_class):
    """Others have PixelData only (PS3.3 C.7.6.24), and the viewer asks for nothing else."""
    whole = pack.to_bytes(make.ct(1, SOPClassUID=sop_class)[0])
    content = whole.replace(b"\xe0\x7f\x10\0OW", b"\xe0\x7f" + bytes([number]) + b"\0OW")
    found = judge("V3-192", {"001.dcm": content})
    if sop_class == make.CT:
        assert (found.status, found.code) == (FAIL, "other-element")
        assert found.evidence == f"pixel data is {keyword} instead of PixelData"
    else:
        assert found.status != FAIL


@pytest.mark.parametrize("fragments", [b"", item(b""), item(bytes(4))])
def test_v3_192_fails_compressed_pixels_without_a_fragment(fragments):
    """An empty table of offsets, or one with an entry, is no image."""
    (image,) = make.ct(1, TransferSyntaxUID=make.JPEG, PixelData=item(b""))
    content = pack.to_bytes(image)
    at = content.index(item(b""))
    found = judge("V3-192", {"001.dcm": content[:at] + fragments + SEQUENCE_END})
    assert (found.status, found.code) == (FAIL, "empty")


@pytest.mark.parametrize(("missing", "code"), [(0, ""), (8, ""), (9, "cut-off"), (1000, "cut-off")])
def test_v3_192_fails_compressed_pixels_that_are_cut_off(missing, code):
    """The delimiter at the end (8 bytes) is none of them: viewers do without it."""
    images = make.ct(1, TransferSyntaxUID=make.JPEG, PixelData=b"\xff\xd8" + bytes(50_000))
    content = pack.to_bytes(images[0])
    contents = {"001.dcm": content[: len(content) - missing]}
    assert judge("V3-192", contents).code == code
    assert judge("ZIP-103", contents).status == (FAIL if code else PASS)


@pytest.mark.parametrize("syntax", [make.JPEG, make.MPEG4])
def test_v3_192_fails_fewer_frames_than_declared(syntax):
    """A video is one fragment."""
    changes = {"NumberOfFrames": 3, "PixelData": b"\xff\xd8\xff\xc0\x00\x0b"}
    found = judge("V3-192", make.ct(1, TransferSyntaxUID=syntax, **changes))
    assert found.code == ("frames-missing" if syntax == make.JPEG else "")


def test_v3_192_says_what_was_not_looked_at(tmp_path):
    """In a remote store, where all frames would have to be fetched."""
    frames = encapsulate([b"\xff\xd8\xff\xc0\x00\x0b"] * 3)
    images = make.ct(1, TransferSyntaxUID=make.JPEG, NumberOfFrames=3, PixelData=frames)
    path = pack.zip_file(tmp_path, images)
    for budget, told in ((Budget(), "complete"), (Budget(stepped=0), "was not looked at")):
        archive, instances = read_input(path, budget=budget)
        found = judging.judge("V3-192", Series("1.2", instances, archive))
        assert found.status == PASS
        assert told in found.evidence


@pytest.mark.parametrize("start", [b"\xff\xd8", b"\xff\xff", b"\xff\xd8\xff\xd9"])
def test_v3_191_fails_compressed_pixels_that_begin_like_no_frame(start):
    found = judge("V3-191", make.ct(2, TransferSyntaxUID=make.JPEG, PixelData=start + bytes(50)))
    assert (found.status, found.code) == (FAIL, "coded-otherwise")


@pytest.mark.parametrize(("missing", "status"), [(0, PASS), (1, FAIL), (31, FAIL)])
def test_v3_192_fails_pixels_that_are_cut_off(missing, status):
    content = pack.to_bytes(make.ct(1)[0])
    found = judge("V3-192", {"001.dcm": content[: len(content) - missing]})
    assert found.status == status
    assert missing == 0 or found.evidence == "pixel data is truncated"


@pytest.mark.parametrize(("more", "status"), [(-2, FAIL), (0, PASS), (2, PASS)])
def test_v3_192_fails_pixel_data_shorter_than_the_attributes_say(more, status):
    """A server refuses the frames; what is too long is drawn (V3-195 tells of both)."""
    found = judge("V3-192", make.ct(2, PixelData=bytes(4 * 4 * 2 + more)))
    assert found.status == status
    assert status == PASS or (found.code, len(found.affected)) == ("short", 2)


@pytest.mark.parametrize("uid", [make.IMPLICIT, make.EXPLICIT])
def test_v3_192_fails_pixel_data_that_is_too_short_without_file_meta_information(uid):
    """Which length is due is known: the data set is taken for what it is."""
    for length, code in ((32, ""), (30, "short")):
        content = without_meta(make.ct(1, TransferSyntaxUID=uid, PixelData=bytes(length)))
        assert judge("V3-192", content).code == code
        assert judge("V3-195", content).code == code.replace("short", "shorter")


def test_v3_191_fails_compressed_pixels_of_which_nobody_names_the_compression():
    content = without_meta(make.ct(1, TransferSyntaxUID=make.JPEG))
    assert judge("V3-191", content).evidence.startswith("transfer syntax is not named")


def without_meta(datasets):
    """Return files that begin with their data set."""
    contents = pack.members(datasets)
    return {name: one[one.index(b"\x08\0\x08\0") :] for name, one in contents.items()}


@pytest.mark.parametrize("uid", [make.JPEG, make.DEFLATED, make.IMPLICIT, make.BIG_ENDIAN])
def test_v3_192_passes_pixels_however_they_are_encoded(uid):
    assert judge("V3-192", make.ct(2, TransferSyntaxUID=uid)).status == PASS


@pytest.mark.parametrize("maker", [make.ct, make.mr, make.pt])
@pytest.mark.parametrize(
    ("n", "missing", "status"),
    [(2, 1, NA), (3, 0, PASS), (3, 1, FAIL), (3, 3, PASS), (4, 1, FAIL)],
)
def test_v3_193_fails_positions_in_some_images_only(maker, n, missing, status):
    images = maker(n)
    make.change(images[:missing], ImagePositionPatient=ABSENT)
    found = judge("V3-193", images)
    assert (found.status, found.checked) == (status, 0 if status == NA else n)
    if status == FAIL:
        assert (found.affected, found.code) == (("001.dcm",), "position-in-some")
        assert found.evidence == f"ImagePositionPatient is missing in 1 of {n} images"
    if status == PASS:
        where = "no image" if missing else "all images"
        assert found.evidence == f"ImagePositionPatient in {where}"


@pytest.mark.parametrize(
    ("chosen", "value", "status"),
    [
        (slice(1, 2), ABSENT, FAIL),
        (slice(1, 2), BLANK, PASS),
        (slice(0, 2), ABSENT, PASS),
        (slice(0, 1), BLANK, FAIL),
    ],
)
def test_v3_193_passes_where_the_viewer_lists_the_images_all_the_same(chosen, value, status):
    """Seen in runs of the viewer (cases_stacks.py): the order of the images decides."""
    images = make.ct(3)
    make.change(images[chosen], ImagePositionPatient=value)
    found = judge("V3-193", images)
    assert found.status == judge("V3-198", images).status == status
    assert ("but the viewer lists" in found.evidence) == (status == PASS)


def test_v3_193_judges_each_sop_class_by_itself_as_the_viewer_stacks_them():
    """A dose screenshot without a position beside the images of a scan loses nothing."""
    images = make.ct(5)
    make.change(images[3:], SOPClassUID=make.SC, ImagePositionPatient=ABSENT)
    assert judge("V3-193", images).status == judge("V3-198", images).status == PASS
    make.change(images[:1], ImagePositionPatient=ABSENT)
    found = judge("V3-193", images)
    assert (found.status, found.affected, found.checked) == (FAIL, ("001.dcm",), 5)


def test_v3_193_does_not_speak_about_other_modalities_and_multi_frame_images():
    xa = make.ct(3, Modality="XA", ImagePositionPatient=each([0, 0, 0], ABSENT, ABSENT))
    assert judge("V3-193", xa).status == NA
    assert judge("V3-193", make.enhanced_mr(n=3)).status == NA


@pytest.mark.parametrize(
    ("bits", "status"),
    [(8, PASS), (16, PASS), (24, FAIL), (32, PASS), (64, FAIL), (12, FAIL), (1, FAIL), (0, FAIL)],
)
def test_v3_194_takes_bits_that_can_be_drawn(bits, status):
    found = judge("V3-194", make.ct(2, BitsAllocated=bits))
    assert (found.status, found.checked) == (status, 2)
    if status == FAIL:
        assert found.evidence == f"BitsAllocated is {bits} in all 2 images"


@pytest.mark.parametrize(
    ("syntax", "status"),
    [
        (make.EXPLICIT, PASS),
        (make.IMPLICIT, PASS),
        (make.BIG_ENDIAN, FAIL),
        (sop_classes.RLE, FAIL),
    ],
)
def test_v3_194_takes_32_bits_in_little_endian_without_compression_only(syntax, status):
    """The viewer showed an error page, and they passed."""
    images = make.ct(2, BitsAllocated=32, TransferSyntaxUID=syntax)
    assert judge("V3-194", images).status == status
    assert judge("V3-194", make.change(images, BitsAllocated=16)).status == PASS


def test_v3_194_takes_one_bit_of_a_segmentation():
    assert judge("V3-194", make.seg(make.ct(2), BitsAllocated=1)).status == PASS
    assert judge("V3-194", make.seg(make.ct(2), BitsAllocated=8)).status == PASS
    assert judge("V3-194", make.seg(make.ct(2), BitsAllocated=12)).status == FAIL


def test_v3_194_leaves_missing_bits_to_v3_109():
    assert judge("V3-194", make.ct(1, BitsAllocated=ABSENT)).status == PASS


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, 4 * 4 * 2),
        ({"BitsAllocated": 8, "Rows": 5}, 5 * 4),
        ({"SamplesPerPixel": 3, "BitsAllocated": 8}, 3 * 4 * 4),
        ({"NumberOfFrames": 7}, 7 * 4 * 4 * 2),
        ({"SamplesPerPixel": ABSENT}, 4 * 4 * 2),
        (
            {
                "SamplesPerPixel": 3,
                "BitsAllocated": 8,
                "PhotometricInterpretation": "YBR_FULL_422",
            },
            2 * 4 * 4,
        ),
        ({"BitsAllocated": 1, "Rows": 3, "Columns": 6}, 3),
    ],
)
@pytest.mark.parametrize(("more", "status"), [(-2, FAIL), (0, PASS), (2, FAIL)])
def test_v3_195_compares_the_length_with_what_the_attributes_say(changes, due, more, status):
    padded = due + due % 2
    found = judge("V3-195", make.ct(2, PixelData=bytes(padded + more), **changes))
    assert (found.status, found.checked) == (status, 2)
    if status == FAIL:
        assert f": {padded + more} bytes instead of {due}" in found.evidence
        assert found.affected == ("001.dcm", "002.dcm")


@pytest.mark.parametrize("colours", ["RGB", "YBR_FULL"])
def test_v3_192_fails_colours_of_one_sample(colours):
    """The viewer takes three samples a pixel, and finds a third of its pixels."""
    of_one = {"SamplesPerPixel": 1, "BitsAllocated": 8, "PixelData": bytes(16)}
    found = judge("V3-192", make.ct(2, PhotometricInterpretation=colours, **of_one))
    assert (found.status, found.code) == (FAIL, "short")
    grey = make.ct(2, PhotometricInterpretation="MONOCHROME2", **of_one)
    assert judge("V3-192", grey).status == PASS
    for samples in (3, ABSENT):
        whole = {"SamplesPerPixel": samples, "BitsAllocated": 8, "PixelData": bytes(48)}
        images = make.ct(2, PhotometricInterpretation=colours, **whole)
        assert [judge(id_, images).status for id_ in ("V3-192", "V3-195")] == [PASS, PASS]


def test_v3_195_does_not_speak_about_compressed_or_unknown_lengths():
    assert judge("V3-195", make.ct(2, TransferSyntaxUID=make.JPEG)).status == NA
    assert judge("V3-195", make.ct(2, TransferSyntaxUID=make.DEFLATED)).status == NA
    assert judge("V3-195", make.ct(2, PixelData=ABSENT)).status == NA
    for keyword in ("Rows", "Columns", "BitsAllocated"):
        assert judge("V3-195", make.ct(2, **{keyword: ABSENT})).status == NA


def test_v3_196_names_the_copies_of_earlier_images():
    found = judge("V3-196", make.ct(3, SOPInstanceUID=each("1.1", "1.2", "1.1")))
    assert (found.status, found.affected, found.checked) == (FAIL, ("003.dcm",), 3)
    assert judge("V3-196", make.ct(3)).status == PASS


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_v3_196_does_not_depend_on_the_names_of_files(order):
    """A compressed image has no length to compare: the first of three, it hid a difference."""
    same = {"SOPInstanceUID": "1.2.3.1", "InstanceNumber": 1}
    native = [pack.to_bytes(make.ct(1, Rows=rows, **same)[0]) for rows in (4, 8)]
    (squeezed,) = pack.members(make.ct(1, **same), make.JPEG).values()
    contents = [*native, squeezed]
    found = judge("V3-196", {f"{n}.dcm": contents[one] for n, one in enumerate(order)})
    assert (found.status, found.code, len(found.affected)) == (FAIL, DIFFERENT_IMAGES, 1)
    found = judge("V3-196", {"1.dcm": native[0], "2.dcm": squeezed})
    assert (found.status, found.code) == (UNKNOWN, NOT_COMPARED)
    assert found.repair == repairs.OWN_UIDS


def test_v3_196_calls_no_images_different_that_were_not_compared(tmp_path, monkeypatch):
    """A series that was uploaded twice did not open where it was larger than what is compared."""
    monkeypatch.setattr(Budget, "of_input", lambda _: Budget(compared=1))
    images = make.ct(4)
    twice = {f"{where}/{n}": c for where in "ab" for n, c in pack.members(images).items()}
    report = check(pack.zip_file(tmp_path, twice))
    (found,) = (r.finding for r in report.results if r.requirement.id == "V3-196")
    assert (found.status, found.code, found.repair) == (UNKNOWN, NOT_READ, repairs.OWN_UIDS)
    assert "4 images with the SOPInstanceUID of another" in found.evidence
    assert "were not compared: such files exceed 9.31e-10 GiB" in found.evidence
    assert report.verdicts["v3_open"].status == UNKNOWN
    assert report.verdicts["v3_mpr"].status == PASS
    other = pack.members(make.ct(1, PixelSpacing=[2, 2]))
    report = check(pack.zip_file(tmp_path, {**pack.members(images), "b.dcm": other["001.dcm"]}))
    assert report.verdicts["v3_open"].status == FAIL  # their headers differ


@pytest.mark.parametrize("syntax", [make.BIG_ENDIAN, make.IMPLICIT])
def test_v3_196_takes_no_image_of_another_encoding_for_a_copy(tmp_path, syntax):
    """Another picture passed so, though no pixel of the two was compared."""
    images = make.ct(4)
    contents = pack.members(images)
    (other,) = pack.members(make.change(images[2:3], PixelData=bytes([255]) * 32), syntax).values()
    report = check(pack.zip_file(tmp_path, {**contents, "other.dcm": other}))
    is_compared = syntax == make.IMPLICIT
    assert report.verdicts["v3_open"].status == ("FAIL" if is_compared else "UNKNOWN")
    assert report.verdicts["v3_mpr"].status == ("FAIL" if is_compared else "PASS")


@pytest.mark.parametrize("syntax", [make.IMPLICIT, make.BIG_ENDIAN, make.DEFLATED])
@pytest.mark.parametrize("made", [make.sr, lambda: make.rtstruct(make.ct(2))])
def test_v3_196_does_not_compare_documents_in_two_encodings(made, syntax):
    """The same document was "a different image"."""
    (one,), (other,) = (pack.members(made(), s).values() for s in (make.EXPLICIT, syntax))
    found = judge("V3-196", {"1.dcm": one, "2.dcm": other})
    assert (found.status, found.code) == (UNKNOWN, NOT_COMPARED)


def test_v3_196_speaks_about_documents_too():
    found = judge("V3-196", make.sr() + make.sr())
    assert (found.status, found.affected) == (FAIL, ("002.dcm",))


def test_v3_196_looks_at_one_series_only():
    images = make.ct(2) + make.ct(1, SeriesInstanceUID="1.2.3.9", SOPInstanceUID="1.2.3.2.1")
    assert judge("V3-196", images, series=0).status == PASS
    assert judge("V3-196", images, series=1).status == PASS


def test_v3_197_names_the_classes_and_the_fewer_instances():
    found = judge("V3-197", make.ct(3, SOPClassUID=each(make.CT, make.SC, make.CT)))
    assert (found.status, found.affected, found.checked) == (FAIL, ("002.dcm",), 3)
    assert found.evidence == (
        "2 SOP classes: CT Image Storage (2 objects), Secondary Capture Image Storage (1 object)"
    )
    found = judge("V3-197", make.ct(3))
    assert (found.status, found.checked) == (PASS, 3)
    assert judge("V3-197", make.sr()).status == PASS


def test_v3_198_passes_what_the_viewer_lists():
    for images in (make.ct(3), make.cr(3), make.us(3)):
        found = judge("V3-198", images)
        assert (found.status, found.checked) == (PASS, 3)


def test_v3_198_fails_positions_in_one_of_two_images_which_v3_193_does_not_speak_about():
    datasets = make.change(make.ct(2), ImagePositionPatient=each(None, [0, 0, 1]))
    assert judge("V3-193", datasets).status == NA
    found = judge("V3-198", datasets)
    assert found.status == FAIL
    assert found.code == "position-in-some"
    assert found.evidence.startswith("the viewer does not list the series: ")
    assert (found.affected, found.checked) == (("001.dcm",), 2)


def test_v3_198_says_that_only_the_rest_of_the_series_is_lost():
    datasets = make.ct(4, SOPClassUID=each(make.SC, make.SC, make.CT, make.CT))
    make.change(datasets[2:3], ImagePositionPatient=ABSENT)
    found = judge("V3-198", datasets)
    assert found.status == FAIL
    assert found.evidence.startswith("the viewer does not list the rest of the series: ")


def test_v3_198_fails_a_pixel_spacing_of_one_number():
    assert judge("V3-198", make.change(make.ct(3), PixelSpacing=1)).status == FAIL


def test_v3_198_fails_an_error_page():
    found = judge("V3-198", make.ct(3, Modality=each("CT", BLANK, "CT")))
    assert (found.status, found.affected, found.checked) == (FAIL, ("002.dcm",), 3)
    assert found.code == "modality-blank"
    assert found.evidence.startswith("the viewer shows an error page: ")


def test_v3_198_leaves_what_a_server_does_not_take_to_its_own_rows():
    datasets = make.change(make.ct(3), StudyInstanceUID=each(ABSENT, *["1.2.3"] * 2))
    assert judge("V3-101", datasets).status == FAIL
    assert judge("V3-198", datasets).status == PASS
    found = judge("V3-199", datasets)
    assert (found.status, found.code) == (FAIL, "no-study-or-series-in-some")


def test_v3_198_knows_what_is_shown_with_its_images_only():
    images = make.ct(3)
    structures = make.rtstruct(images)
    alone = judge("V3-198", structures)
    assert (alone.status, alone.code) == (UNKNOWN, "no-reference-images")
    assert "without its reference images" in alone.evidence
    assert judge("V3-198", structures, reference=images).status == PASS
    assert judge("V3-198", make.seg(images)).status == PASS
    assert judge("V3-198", make.sr()).status == PASS
    title = {"CodeValue": "126000", "CodingSchemeDesignator": "DCM", "CodeMeaning": "a"}
    report = judge("V3-198", make.sr(ConceptNameCodeSequence=[title]))
    assert (report.status, report.code) == (UNKNOWN, "no-reference-images")
    assert report.repair.kind == "none"


STUDY = "ReferencedFrameOfReferenceSequence.RTReferencedStudySequence"


def test_v3_198_fails_structure_sets_that_are_lost_or_unsupported():
    images = make.ct(3)
    found = judge("V3-198", make.rtstruct(images, **{STUDY: ABSENT}), reference=images)
    assert (found.status, found.code) == (FAIL, "no-reference")
    lost = make.rtstruct(images, **{f"{STUDY}.RTReferencedSeriesSequence": ABSENT})
    found = judge("V3-198", lost, reference=images)
    assert (found.status, found.code) == (FAIL, "broken-reference")
    assert "does not list the series" in found.evidence


@pytest.mark.parametrize(
    ("items", "status"),
    [
        ([{"ConceptNameCodeSequence": [{"CodeValue": "1"}]}], PASS),
        ([{"ConceptNameCodeSequence": [{"CodeValue": "1"}]}, {"ValueType": "IMAGE"}], FAIL),
        ([{"ConceptNameCodeSequence": [], "ValueType": "IMAGE"}], FAIL),
        (
            [
                {
                    "ConceptNameCodeSequence": [{"CodeValue": "1"}],
                    "ContentSequence": [{"ValueType": "IMAGE"}],
                }
            ],
            PASS,
        ),
    ],
)
def test_v3_198_fails_a_report_with_an_unnamed_item_at_its_top(items, status):
    found = judge("V3-198", make.sr(ContentSequence=items))
    assert found.status == status
    assert status == PASS or found.code == "no-concept-name"


def test_v3_199_notes_what_fails_in_local_files_only():
    series = make.nm(DetectorInformationSequence=BLANK)
    assert judge("V3-198", series).status == PASS
    found = judge("V3-199", series)
    assert (found.status, found.code) == (FAIL, "detector-without-item")
    assert "local files" in found.evidence
    assert judge("V3-199", make.ct(3)).status == PASS
    # What fails from both is not told twice.
    assert judge("V3-199", make.ct(3, PixelSpacing=1)).status == PASS


def test_v3_198_tells_files_apart_that_are_shown_by_one_name():
    images = make.ct(5)
    wrong = relabelled(images, make.IMPLICIT, make.EXPLICIT)["003.dcm"]
    contents = {**pack.members(images), "003.dcm": wrong}
    long = {f"{n}{'x' * 300}.dcm": content for n, content in enumerate(contents.values())}
    for files in (contents, long):
        assert judge("V3-191", files).status == FAIL
        assert judge("V3-198", files).status == PASS


LOOSE = "not written in digits alone (blanks before them, or a point)"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (BLANK, "blank"),
        (make.raw(b"abc "), "damaged (not a number)"),
        (0, "below 1"),
        (make.raw(b"5\\5 "), "several values"),
        (make.raw(b" 1"), LOOSE),
        (make.raw(b"1 \0 "), LOOSE),
        (make.raw(b"1.0 "), LOOSE),
    ],
)
def test_v3_198_asks_for_a_number_of_frames_where_one_is_named(value, told):
    """A server gives no frame of it: the viewer listed the image, and drew nothing."""
    found = judge("V3-198", make.ct(3, NumberOfFrames=value))
    assert (found.status, found.code, len(found.affected)) == (FAIL, "no-frame-count", 3)
    assert found.evidence == f"a server gives no frame of it: NumberOfFrames is {told}"
    assert judge("V3-191", make.ct(3, NumberOfFrames=value)).status == PASS


@pytest.mark.parametrize("padded", [b"1 ", b"1   ", b"1\0", b"1\0 \0", b"01", b"+1", b"001 "])
def test_v3_198_passes_a_number_of_frames_that_is_padded_at_its_end(padded):
    assert judge("V3-198", make.ct(3, NumberOfFrames=make.raw(padded))).status == PASS


def test_v3_198_asks_no_number_of_frames_of_what_has_no_pixels():
    assert judge("V3-198", make.sr(NumberOfFrames=BLANK)).status == PASS


def test_v3_198_asks_for_positions_that_a_server_can_send():
    """It answered with an error, and the viewer showed its own."""
    found = judge("V3-198", make.ct(3, ImagePositionPatient=make.raw(b"1,125\\0\\0 ")))
    assert (found.status, found.code, len(found.affected)) == (FAIL, "position-damaged", 3)
    assert found.evidence == "the viewer shows an error page: ImagePositionPatient is damaged"


def test_v3_198_asks_for_positions_of_frames_that_a_server_can_send():
    position = "PerFrameFunctionalGroupsSequence[1].PlanePositionSequence.ImagePositionPatient"
    found = judge("V3-198", make.enhanced_mr(3, **{position: make.raw(b"a\\b\\c ")}))
    assert (found.status, found.code) == (FAIL, "position-damaged")


@pytest.mark.parametrize(("place", "status"), [(0, FAIL), (1, FAIL), (3, PASS)])
def test_v3_198_asks_for_items_that_a_server_can_send(place, status):
    """It answered with an error where others came behind an empty one, and nothing was listed."""
    images = make.enhanced_mr(3)
    images[0].PerFrameFunctionalGroupsSequence.insert(place, Dataset())
    found = judge("V3-198", images)
    assert (found.status, "PerFrameFunctionalGroupsSequence is empty" in found.evidence) == (
        status,
        status == FAIL,
    )


@pytest.mark.parametrize("document", [make.rtstruct(make.mr(2)), make.sr()])
def test_v3_198_does_not_depend_on_the_names_of_files(document):
    """Beside images in its series, a document that needs images is not opened alone."""
    title = [{"CodeValue": "126000", "CodingSchemeDesignator": "DCM", "CodeMeaning": "a"}]
    images = make.ct(3)
    uids = {"SeriesInstanceUID": images[0].SeriesInstanceUID, "SOPInstanceUID": "1.2.9"}
    beside = make.change(document, ConceptNameCodeSequence=title, **uids)
    for order in ([*beside, *images], [*images, *beside]):
        assert judge("V3-198", order).status == PASS
    assert judge("V3-198", beside).status == UNKNOWN


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"StudyInstanceUID": "ANON-1"}, "study-not-found"),
        ({"StudyInstanceUID": "1.2.abc"}, "study-not-found"),
        ({"StudyInstanceUID": "1.2."}, "study-not-found"),
        ({"SeriesInstanceUID": "1.2/3"}, "not-asked-for"),
        ({"SeriesInstanceUID": "1.2."}, "not-asked-for"),
        ({"SeriesInstanceUID": "1.2*3"}, "not-asked-for"),
        ({"SOPInstanceUID": make.each("1.2.1.", "1.2.2.", "1.2.3.")}, "not-asked-for"),
        ({"SOPInstanceUID": make.each("1.2#1", "1.2#2", "1.2#3")}, "not-asked-for"),
    ],
)
def test_v3_198_fails_uids_by_which_the_viewer_finds_nothing(changes, code):
    """The viewer said "not found", and the study passed."""
    found = judge("V3-198", make.ct(3, **changes))
    assert (found.status, found.code, len(found.affected)) == (FAIL, code, 3)


@pytest.mark.parametrize(
    ("changes", "is_listed"),
    [
        ({"StudyInstanceUID": "1.2."}, False),
        ({"StudyInstanceUID": "ANON-1"}, True),
        ({"SeriesInstanceUID": "1.2."}, False),
        ({"SeriesInstanceUID": "1.2*3"}, False),
        ({"SeriesInstanceUID": "1.2?3"}, False),
        ({"SeriesInstanceUID": "1.2#3"}, False),
        ({"SeriesInstanceUID": "1.2/3"}, False),
        ({"SOPInstanceUID": make.each("1.2.1.", "1.2.2.", "1.2.3.")}, True),
        ({"PatientID": make.each("patient", "patient", "other")}, False),
    ],
)
def test_v3_198_says_of_which_series_the_server_sends_nothing(changes, is_listed):
    """They were said to show an error page; of local files, they are listed."""
    (series,) = pack.read(make.ct(3, **changes))
    assert bool(prediction_of(series).display_sets) == is_listed
    assert prediction_of(series, source=Source.LOCAL).display_sets
    said = (
        "the viewer shows an error page: " if is_listed else "the viewer does not list the series"
    )
    assert judge("V3-198", make.ct(3, **changes)).evidence.startswith(said)


@pytest.mark.parametrize("other", ["other", "PATIENT", make.BLANK, make.ABSENT])
def test_v3_198_fails_a_series_of_several_patients(other):
    """The server sent nothing of it, and it passed."""
    images = make.ct(3, PatientID=make.each("patient", "patient", other))
    found = judge("V3-198", images)
    assert (found.status, found.code) == (FAIL, "under-several-patients")
    assert len(found.affected) == 1
    assert judge("V3-198", make.ct(3, PatientID=other)).status == PASS
    studies = make.each("1.2.3", "1.2.3", "1.2.4")
    assert judge("V3-198", make.change(images, StudyInstanceUID=studies)).status == PASS


def test_a_patient_whose_id_is_padded_in_vr_un_is_the_same_one():
    """Converters write what they do not know in VR UN: the archive held "2 patients"."""
    images = make.ct(3, PatientID=make.each("a", "a", make.raw(b"a ", "UN")))
    assert judge("ZIP-194", images).status == PASS
    assert judge("V3-198", images).code == "under-several-patients"


@pytest.mark.parametrize("keyword", ["SeriesInstanceUID", "StudyInstanceUID"])
def test_v3_198_takes_uids_that_dicom_does_not(keyword):
    odd = "1.2.03" if keyword == "StudyInstanceUID" else "SERIES-1"
    assert judge("V3-198", make.ct(3, **{keyword: odd})).status == PASS
