"""PET and nuclear medicine: units, doses, times, projections and reconstructions."""

from __future__ import annotations

from tests import make
from tests.make import ABSENT, AXIAL, BLANK, DOSE, IMPLICIT, each
from tests.situations.makers import ENHANCED_PET, PHILIPS, film, volumes
from tests.situations.situation import Situation

HALF_LIFE, GIVEN = f"{DOSE}.RadionuclideHalfLife", f"{DOSE}.RadionuclideTotalDose"
STARTED = f"{DOSE}.RadiopharmaceuticalStartTime"
NUCLIDE = f"{DOSE}.RadionuclideCodeSequence.CodeValue"
PLANAR = {"PixelSpacing": [4, 4]}

PET = (
    Situation("PET in Bq/ml", lambda: make.pt(10), "PPP-PP"),
    Situation(
        "PET in g/ml (SUV by body weight)", lambda: make.pt(10, Units="GML", SUVType="BW"), "PPP-PP"
    ),
    Situation(
        "PET in g/ml, SUV by lean body mass",
        lambda: make.pt(10, Units="GML", SUVType="LBM"),
        "PPP-PP",
        "SUV-296:suv-type",
    ),
    Situation("PET of Philips, counts with factors", lambda: make.pt(10, **PHILIPS), "PPP-PP"),
    Situation(
        "PET of Philips, counts with factors, implicit VR",
        lambda: make.pt(10, TransferSyntaxUID=IMPLICIT, **PHILIPS),
        "PPP-PP",
        "SUV-297:suv-no-count-factors",
    ),
    Situation(
        "PET of Philips, private attributes removed",
        lambda: make.pt(10, Units="CNTS"),
        "PPP-PF",
        "SUV-292:suv-no-count-factors",
    ),
    Situation(
        "PET in counts per second",
        lambda: make.pt(10, Units="CPS"),
        "PPP-PF",
        "SUV-101:other-units SUV-102:other-units",
    ),
    Situation(
        "PET, proportional to counts",
        lambda: make.pt(10, Units="PROPCNTS"),
        "PPP-PF",
        "SUV-101:other-units SUV-102:other-units",
    ),
    Situation(
        "PET of the brain, ml/min/g",
        lambda: make.pt(10, Units="MLMING"),
        "PPP-PF",
        "SUV-101:other-units SUV-102:other-units",
    ),
    Situation(
        "PET, Units removed",
        lambda: make.pt(10, Units=ABSENT),
        "PPP-PF",
        "SUV-101:absent SUV-103:absent SUV-208:absent",
    ),
    Situation(
        "PET, Units blank in one image",
        lambda: make.pt(10, Units=each(*["BQML"] * 9, BLANK)),
        "PPP-PF",
        "SUV-101:blank SUV-103:blank SUV-208:blank",
    ),
    Situation(
        "PET, Units spelled differently",
        lambda: make.pt(10, Units="BQ/ML"),
        "PPP-PF",
        "SUV-101:other-units SUV-102:other-units",
    ),
    Situation(
        "PET, not corrected for attenuation",
        lambda: make.pt(10, CorrectedImage=["NORM", "DTIM", "DECY"]),
        "PPP-PF",
        "SUV-207:not-corrected",
    ),
    Situation(
        "PET, not corrected for decay",
        lambda: make.pt(10, CorrectedImage=["NORM", "ATTN"]),
        "PPP-PF",
        "SUV-207:not-corrected",
    ),
    Situation(
        "PET, decay corrected to the injection",
        lambda: make.pt(10, DecayCorrection="ADMIN"),
        "PPP-PF",
        "SUV-209:corrected-to-injection",
    ),
    Situation(
        "PET, DecayCorrection NONE",
        lambda: make.pt(10, DecayCorrection="NONE"),
        "PPP-PF",
        "SUV-209:corrected-otherwise",
    ),
    Situation(
        "PET, weight removed", lambda: make.pt(10, PatientWeight=ABSENT), "PPP-PF", "SUV-212:absent"
    ),
    Situation(
        "PET, weight 0", lambda: make.pt(10, PatientWeight=0), "PPP-PF", "SUV-212:not-positive"
    ),
    Situation(
        "PET, weight in grams", lambda: make.pt(10, PatientWeight=72000), "PPP-PP", "SUV-296:weight"
    ),
    Situation(
        "PET, the dose sequence removed",
        lambda: make.pt(10, **{DOSE: ABSENT}),
        "PPP-PF",
        "SUV-201:absent",
    ),
    Situation(
        "PET, dose removed", lambda: make.pt(10, **{GIVEN: ABSENT}), "PPP-PF", "SUV-204:absent"
    ),
    Situation("PET, dose in MBq", lambda: make.pt(10, **{GIVEN: 370}), "PPP-PP", "SUV-296:dose"),
    Situation(
        "PET, half life in minutes",
        lambda: make.pt(10, **{HALF_LIFE: 109.77, NUCLIDE: "C-111A1"}),
        "PPP-PP",
        "SUV-296:half-life",
    ),
    Situation(
        "PET, half life of another nuclide",
        lambda: make.pt(10, **{HALF_LIFE: 4062.6, NUCLIDE: "77004003"}),
        "PPP-PP",
        "SUV-296:half-life",
    ),
    Situation(
        "PET, time of injection removed",
        lambda: make.pt(10, **{STARTED: ABSENT}),
        "PPP-PF",
        "SUV-203:absent",
    ),
    Situation(
        "PET, injection as date and time",
        lambda: make.pt(
            10, **{STARTED: ABSENT, f"{DOSE}.RadiopharmaceuticalStartDateTime": "20200102100000"}
        ),
        "PPP-PP",
    ),
    Situation(
        "PET, injection after the scan (times shifted)",
        lambda: make.pt(10, **{STARTED: "120000"}),
        "PPP-PF",
        "SUV-293:suv-scan-before-injection",
    ),
    Situation(
        "PET, time of injection unreadable",
        lambda: make.pt(10, **{STARTED: "noon"}),
        "PPP-PF",
        "SUV-294:suv-time-unreadable",
    ),
    Situation(
        "PET, date of injection replaced by 1900",
        lambda: make.pt(10, **{f"{DOSE}.RadiopharmaceuticalStartDateTime": "19000101100000"}),
        "PFF-FF",
        "V3-294:suv-infinite SUV-298:suv-factor-unusable",
    ),
    Situation(
        "PET, dates removed",
        lambda: make.pt(10, SeriesDate=ABSENT, AcquisitionDate=ABSENT),
        "PPP-PF",
        "SUV-205:absent SUV-210:absent",
    ),
    Situation(
        "PET, times blanked",
        lambda: make.pt(10, SeriesTime=BLANK, AcquisitionTime=BLANK),
        "PPP-PF",
        "SUV-206:blank SUV-211:blank",
    ),
    Situation(
        "PET, PatientSize with PatientSex O",
        lambda: make.pt(10, PatientSize=1.7, PatientSex="O"),
        "PPP-PF",
        "SUV-295:suv-sex-beside-size",
    ),
    Situation(
        "PET, PatientSize with PatientSex blanked",
        lambda: make.pt(10, PatientSize=1.7, PatientSex=BLANK),
        "PPP-PP",
        "SUV-297:suv-sex-beside-size",
    ),
    Situation(
        "PET, two beds with different series times",
        lambda: make.pt(10, SeriesTime=each(*["110000"] * 5, *["110300"] * 5)),
        "PPP-PF",
        "SUV-291:suv-attributes-differ",
    ),
    Situation(
        "PET, beds with different acquisition times",
        lambda: make.pt(10, AcquisitionTime=each(*["110000"] * 5, *["110300"] * 5)),
        "PPP-PP",
    ),
    Situation(
        "PET, dynamic, by FrameReferenceTime",
        lambda: volumes(3, make.pt, FrameReferenceTime=each(*[0] * 5, *[60000] * 5, *[120000] * 5)),
        "PPF-PP",
        "MPR-102:four-d-by-attribute MPR-193:offered-against-page",
    ),
    Situation(
        "PET, dynamic, with a window in Bq/ml",
        lambda: volumes(
            3,
            make.pt,
            FrameReferenceTime=each(*[0] * 5, *[60000] * 5, *[120000] * 5),
            WindowCenter=8431,
            WindowWidth=15175,
        ),
        "PPF-PP",
        "V3-290:four-d-window MPR-102:four-d-by-attribute MPR-193:offered-against-page",
    ),
    Situation(
        "PET, gated, by TriggerTime",
        lambda: volumes(
            4, make.pt, TriggerTime=each(*(100 * k for k in range(4) for _ in range(5)))
        ),
        "PPF-PP",
        "MPR-102:four-d-by-attribute MPR-193:offered-against-page",
    ),
    Situation(
        "enhanced PET",
        lambda: make.enhanced_mr(10, Modality="PT", SOPClassUID=ENHANCED_PET),
        "PPP-PF",
        "SUV-101:absent SUV-103:absent SUV-201:absent SUV-208:absent",
    ),
)

NM = (
    Situation("SPECT, reconstructed", lambda: make.nm(20), "PPP-P-"),
    Situation(
        "SPECT, reconstructed, without SpacingBetweenSlices",
        lambda: make.nm(20, SpacingBetweenSlices=ABSENT),
        "PPP-P-",
        "MPR-391:no-spacing",
    ),
    Situation(
        "SPECT, reconstructed, without SliceThickness",
        lambda: make.nm(20, SliceThickness=ABSENT),
        "PPF-P-",
        "MPR-198:no-pixel-measures MPR-393:absent",
    ),
    Situation(
        "SPECT, gated, reconstructed",
        lambda: make.nm(
            8,
            ImageType=["ORIGINAL", "PRIMARY", "RECON GATED TOMO", "EMISSION"],
            TimeSlotVector=[1, 1, 1, 1, 2, 2, 2, 2],
            NumberOfTimeSlots=2,
        ),
        "PPF-P-",
        "MPR-102:four-d-in-one-image MPR-193:offered-against-page",
    ),
    Situation(
        "SPECT, projections",
        lambda: make.nm(60, ImageType=["ORIGINAL", "PRIMARY", "TOMO", "EMISSION"]),
        "PPF-P-",
        "MPR-401:not-reconstructed",
    ),
    Situation(
        "whole body scan",
        lambda: film(
            "NM", make.NM, 2, ImageType=["ORIGINAL", "PRIMARY", "WHOLE BODY", "EMISSION"], **PLANAR
        ),
        "PPF-P-",
        "MPR-102:no-positions MPR-301:absent MPR-302:absent MPR-303:absent "
        "MPR-401:not-reconstructed",
    ),
    Situation(
        "planar, static, two energy windows",
        lambda: film(
            "NM",
            make.NM,
            2,
            ImageType=["ORIGINAL", "PRIMARY", "STATIC", "EMISSION"],
            EnergyWindowVector=[1, 2],
            **PLANAR,
        ),
        "PPF-P-",
        "MPR-102:four-d-in-one-image MPR-301:absent MPR-302:absent MPR-303:absent "
        "MPR-401:not-reconstructed",
    ),
    Situation(
        "planar, static, one view",
        lambda: make.nm(1, ImageType=["ORIGINAL", "PRIMARY", "STATIC", "EMISSION"]),
        "PPF-P-",
        "MPR-101:one-image MPR-203:absent MPR-204:absent MPR-401:not-reconstructed",
    ),
    Situation(
        "planar views as single frames with positions",
        lambda: make.mr(
            4, Modality="NM", SOPClassUID=make.NM, ImageType=["ORIGINAL", "PRIMARY", "STATIC"]
        ),
        "PPF-P-",
        "MPR-401:not-reconstructed MPR-193:offered-against-page",
    ),
    Situation(
        "SPECT as single frames",
        lambda: make.mr(
            12, Modality="NM", SOPClassUID=make.NM, ImageType=["ORIGINAL", "PRIMARY", "RECON TOMO"]
        ),
        "PPP-P-",
    ),
    Situation(
        "renogram, dynamic",
        lambda: film(
            "NM",
            make.NM,
            30,
            ImageType=["ORIGINAL", "PRIMARY", "DYNAMIC", "EMISSION"],
            PhaseVector=[1] * 15 + [2] * 15,
            **PLANAR,
        ),
        "PPF-P-",
        "MPR-102:four-d-in-one-image MPR-301:absent MPR-302:absent MPR-303:absent "
        "MPR-401:not-reconstructed",
    ),
    Situation(
        "SPECT, the detector's geometry removed",
        lambda: make.nm(20, DetectorInformationSequence=ABSENT),
        "PPF-P-",
        "MPR-102:no-positions MPR-302:absent MPR-303:absent",
    ),
    Situation(
        "SPECT, oriented by its detector, positions of frames",
        lambda: make.nm(
            20,
            DetectorInformationSequence=[
                {"ImagePositionPatient": [0, 0, 0], "ImageOrientationPatient": AXIAL}
            ],
        ),
        "PPP-P-",
    ),
)
