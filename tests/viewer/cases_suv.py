"""PET: every attribute that the SUV factor needs, absent, blank, odd and different."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.viewer.case import GREY, IMPLICIT, Case, Pixels
from tests.viewer.make_series import CT, GONE, PET, STORAGE, changed, even, injected, pet, spoil

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.viewer.case import Attributes

TOP = (
    *("Units", "CorrectedImage", "DecayCorrection", "SeriesDate", "SeriesTime", "AcquisitionDate"),
    *("AcquisitionTime", "PatientWeight"),
)
INJECTED = ("RadiopharmaceuticalStartTime", "RadionuclideTotalDose", "RadionuclideHalfLife")
INFORMATION = "RadiopharmaceuticalInformationSequence"


def cases() -> Iterator[Case]:
    """Return the cases of docs/ohif.md section 8."""
    yield from _presence()
    yield from _units()
    yield from _patient()
    yield from _agreement()
    yield from _times()
    yield from _blanks()
    yield from _images()
    yield from _plausible()
    yield from _windows()
    yield from _drawn()


def _case(name: str, instances: Sequence[Attributes], **options: Any) -> Case:
    return Case(f"SUV: {name}", tuple(instances), **options)


def _presence() -> Iterator[Case]:
    yield _case("complete", pet())
    yield _case("complete, implicit VR", pet(), transfer_syntax=IMPLICIT)
    for keyword in TOP:
        for kind, value in (("absent", GONE), ("blank", None)):
            yield _case(f"{keyword} {kind}", pet(**{keyword: value}))
    for keyword in INJECTED:
        for kind, value in (("absent", GONE), ("blank", None)):
            yield _case(f"{keyword} {kind}", pet(**{INFORMATION: injected(**{keyword: value})}))
    for keyword in ("RadionuclideTotalDose", "RadionuclideHalfLife"):
        yield _case(f"{keyword} is 0", pet(**{INFORMATION: injected(**{keyword: 0})}))
    yield _case("PatientWeight is 0", pet(PatientWeight=0))
    for kind, value in (("absent", GONE), ("blank", None)):
        yield _case(f"{INFORMATION} {kind}", pet(**{INFORMATION: value}))
    yield _case(
        "two injections", pet(**{INFORMATION: [*injected(), *injected(RadionuclideTotalDose=1)]})
    )
    yield _case("absent in one image", spoil(pet(), 1, AcquisitionTime=GONE))
    yield _case("absent in the first image", spoil(pet(), 0, Units=GONE))


def _units() -> Iterator[Case]:
    for units in ("GML", "CNTS", "PROPCPS", "bqml"):
        yield _case(f"Units {units}", pet(Units=units))
    yield _case("GML without injection", pet(Units="GML", **{INFORMATION: GONE}))
    philips = pet(Units="CNTS")
    for name, changes in (
        ("SUV factor", {"(7053,1000)": 0.25}),
        ("SUV factor 0", {"(7053,1000)": 0}),
        ("activity factor", {"(7053,1009)": 2.5}),
        ("activity factor 0", {"(7053,1009)": 0}),
        ("both factors", {"(7053,1000)": 0.25, "(7053,1009)": 2.5}),
        ("SUV factor 0 and activity factor", {"(7053,1000)": 0, "(7053,1009)": 2.5}),
        ("blank SUV factor", {"(7053,1000)": None}),
        ("blank SUV factor and activity factor", {"(7053,1000)": None, "(7053,1009)": 2.5}),
    ):
        yield _case(f"CNTS, {name}", [{**one, **changes} for one in philips])
    factors = [{**one, "(7053,1000)": 0.25 * (n + 1)} for n, one in enumerate(philips)]
    yield _case("CNTS, a factor in each image", factors)
    yield _case("CNTS, no factor in one image", spoil(factors, 1, **{"(7053,1000)": GONE}))
    activity = spoil([{**one, "(7053,1009)": 2.5} for one in philips], 1, **{"(7053,1000)": 0.5})
    yield _case("CNTS, SUV factor in one, activity in all", activity)
    yield _case(
        "CNTS, implicit VR",
        [{**one, "(7053,1000)": 0.25} for one in philips],
        transfer_syntax=IMPLICIT,
    )
    yield _case("BQML with Philips' factor", [{**one, "(7053,1000)": 0.25} for one in pet()])


def _patient() -> Iterator[Case]:
    for sex in ("M", "F", "O", None, GONE):
        name = {None: "blank", GONE: "absent"}.get(sex, sex) if not isinstance(sex, str) else sex
        for size in (1.7, None, 0, GONE):
            kind = "absent" if size is GONE else size
            yield _case(
                f"PatientSex {name}, PatientSize {kind}", pet(PatientSex=sex, PatientSize=size)
            )
    for correction in ("NONE", "ADMIN"):
        yield _case(f"DecayCorrection {correction}", pet(DecayCorrection=correction))
    for name, corrected in (
        ("DECY only", "DECY"),
        ("ATTN only", ["ATTN"]),
        ("many", ["NORM", "DTIM", "ATTN", "SCAT", "DECY"]),
        ("in one word", "DECYATTN"),
        ("within words", ["XDECY", "XATTN"]),
    ):
        yield _case(f"CorrectedImage {name}", pet(CorrectedImage=corrected))


def _agreement() -> Iterator[Case]:
    other: dict[str, Any] = {
        "Units": "GML",
        "CorrectedImage": ["ATTN", "DECY"],
        "PatientWeight": 71,
        "PatientSex": "F",
        "PatientSize": 1.6,
        "DecayCorrection": "ADMIN",
        "SeriesDate": "20200102",
        "SeriesTime": "120001",
    }
    base = pet(PatientSex="M", PatientSize=1.7)
    for keyword, value in other.items():
        yield _case(f"{keyword} differs", spoil(base, 1, **{keyword: value}))
    for keyword in INJECTED:
        value = "100000" if keyword.endswith("Time") else 100
        yield _case(
            f"{keyword} differs", spoil(base, 1, **{INFORMATION: injected(**{keyword: value})})
        )
    yield _case("AcquisitionTime differs", spoil(base, 1, AcquisitionTime="123000"))


def _times() -> Iterator[Case]:
    yield _case("acquired before the series' time", pet(AcquisitionTime="115900"))
    yield _case("one acquired before the series' time", spoil(pet(), 2, AcquisitionTime="113000"))
    yield _case("acquired at the series' time", pet(AcquisitionTime="120000"))
    yield _case(
        "GE's time",
        [{**one, "(0009,100D)": "20200101113000"} for one in pet(AcquisitionTime="115900")],
    )
    for text in (
        "12",
        "1205",
        "120500.5",
        "120500.05",
        "120500.000005",
        "120500.123456",
        "12:05",
        "125",
        "1",
        "250000",
        "126000",
        "120560",
        "12050",
    ):
        yield _case(
            f"AcquisitionTime {text}, series later", pet(AcquisitionTime=text, SeriesTime="130000")
        )
    for text in (
        "20200230",
        "20201301",
        "2020010",
        "2020.01.01",
        "20200229",
        "20210229",
        "20200100",
    ):
        yield _case(f"AcquisitionDate {text}", pet(AcquisitionDate=text))
    odd = ("093", "09305", "9:00", "9:00:00", "09:00:00", "90000", "0", "09 00", "0900Z")
    for text in odd:
        yield _case(f"SeriesTime {text!r}", pet(SeriesTime=text))
        yield _case(
            f"injected at {text!r}",
            pet(**{INFORMATION: injected(RadiopharmaceuticalStartTime=text)}),
        )
    for text in ("202001011", "2020-01-01", "2020/1/1", "99991231", "00010101"):
        yield _case(f"SeriesDate {text}", pet(SeriesDate=text))
        yield _case(
            f"SeriesDate and AcquisitionDate {text}", pet(SeriesDate=text, AcquisitionDate=text)
        )
    for text in ("110000", "110000.5", "120000", "120001", "235959"):
        yield _case(
            f"injected at {text}", pet(**{INFORMATION: injected(RadiopharmaceuticalStartTime=text)})
        )
    for text in (
        "20200101110000",
        "20200101110000.000000",
        "20191231230000",
        "20200101110000+0100",
        "20200101110000.25-0500",
        "20200101",
        "202001011",
        "2020010111",
    ):
        item = injected(RadiopharmaceuticalStartDateTime=text)
        yield _case(f"injected at date and time {text}", pet(**{INFORMATION: item}))
    blank = injected(RadiopharmaceuticalStartDateTime=None)
    yield _case("date and time blank, time given", pet(**{INFORMATION: blank}))
    only = injected(
        RadiopharmaceuticalStartDateTime="20200101110000", RadiopharmaceuticalStartTime=GONE
    )
    yield _case("date and time only", pet(**{INFORMATION: only}))
    neither = injected(RadiopharmaceuticalStartDateTime=None, RadiopharmaceuticalStartTime=None)
    yield _case("both blank", pet(**{INFORMATION: neither}))


def _images() -> Iterator[Case]:
    yield _case("one image", pet(1))
    yield _case("CT with all of PET", even(3, {**PET, **CT}))
    multi = changed(
        PET,
        SOPClassUID=STORAGE + "130",
        NumberOfFrames=3,
        SliceThickness=1,
        ImagePositionPatient=[0, 0, 0],
    )
    yield _case("multi-frame", [multi])
    yield _case("two multi-frame instances", [multi, multi])
    capture = {**PET, "SOPClassUID": STORAGE + "7"}
    yield _case("PET and a capture", [*pet(), capture])
    yield _case("PET and a capture without Units", [*pet(), changed(capture, Units=GONE)])
    yield _case("irregular PET", spoil(pet(5), 2, ImagePositionPatient=[0, 0, 2.5]))


def _plausible() -> Iterator[Case]:
    """Numbers beyond belief (SUV-296): the viewer takes them as they are."""
    code = [{"CodeValue": "C-111A1", "CodingSchemeDesignator": "SRT", "CodeMeaning": "18F"}]
    for half_life in (109.77, 6586.2 * 0.94, 6586.2 * 0.96, 6586.2 * 1.04, 6586.2 * 1.06):
        item = injected(RadionuclideHalfLife=round(half_life, 3), RadionuclideCodeSequence=code)
        yield _case(f"half life {half_life:.2f} of fluorine", pet(**{INFORMATION: item}))
    for dose in (370, 990000, 1010000, 99e9, 101e9, -370000000):
        item = injected(RadionuclideTotalDose=dose)
        yield _case(f"dose {dose:.0f}", pet(**{INFORMATION: item}))
    for weight in (0.4, 0.6, 399, 401, -70):
        yield _case(f"PatientWeight {weight}", pet(PatientWeight=weight))
    for kind in ("BW", "LBM", "BSA", None):
        yield _case(f"GML, SUVType {kind}", pet(Units="GML", SUVType=kind))


def _blanks() -> Iterator[Case]:
    """Blanks that a server leaves, in every image or in one."""
    usual = {"DecayCorrection": "START", "PatientSex": "F", "SeriesDate": "20200102"}
    for keyword, value in usual.items():
        for written in (f" {value}", f"{value}    "):
            images = pet(**{keyword: value})
            yield _case(f"{keyword} '{written}'", pet(**{keyword: written}))
            yield _case(
                f"{keyword} '{written}' of one image", spoil(images, 1, **{keyword: written})
            )


def _windows() -> Iterator[Case]:
    """Windows of the images (MPR-291): an upper end around 100, a factor around 0.05."""
    weak = {INFORMATION: injected(RadionuclideTotalDose=1400000)}
    strong = {INFORMATION: injected(RadionuclideTotalDose=3400000)}
    for center, width in ((50, 100), (50.5, 101), (5000, 10000), (3, 6), (5000, 0), (5000, None)):
        window = {"WindowCenter": center, "WindowWidth": width}
        yield _case(f"window {center}, {width}", pet(**window))
        for name, item in (("more", weak), ("less", strong)):
            yield _case(f"window {center}, {width}, factor {name} than 0.05", pet(**window, **item))
    yield _case("two windows", pet(WindowCenter=[5000, 3], WindowWidth=[10000, 6]))


def _drawn() -> Iterator[Case]:
    """A factor that is infinite leaves black what it scales (V3-294)."""
    pixels = Pixels((f"{GREY:02x}" * 64,), encapsulated=False)
    for name, change in (
        ("complete", {}),
        ("dose of 0", {"RadionuclideTotalDose": 0}),
        ("blank dose", {"RadionuclideTotalDose": None}),
        ("half life of 0", {"RadionuclideHalfLife": 0}),
        ("negative dose", {"RadionuclideTotalDose": -1}),
        ("no dose", {"RadionuclideTotalDose": GONE}),
    ):
        images = pet(Rows=8, Columns=8, **{INFORMATION: injected(**change)})
        yield _case(f"drawn with {name}", images, pixels=pixels)
