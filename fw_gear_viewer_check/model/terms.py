"""Coded values that a report may show: those that DICOM defines.

A file may hold a name or a date in the place of a code, in capitals and digits as codes are. So a
value is shown where it is one that is known, and in no other case.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODALITIES = _words(
    "ANN AR ASMT AU BDUS BI BMD CFM CR CT CTPROTOCOL DG DMS DOC DX ECG EEG EMG EOG EPS ES FID GM "
    "HC HD IO IOL IVOCT IVUS KER KO LEN LS M3D MG MR NM OAM OCT OP OPM OPT OPTBSV OPTENF OPV OSS "
    "OT PA PLAN POS PR PT PX REG RESP RF RG RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD RTRECORD "
    "RTSEGANN RTSTRUCT RWV SEG SM SMR SR SRF STAIN TEXTUREMAP TG US VA XA XAPROTOCOL XC "
    "AS CD CF CP CS DD DF DM DS EC FA FS LP MA MS OPR ST TI VF"
)
"""Modality (PS3.3 C.7.3.1.1.1); the last line is retired."""

UNIT_NAMES = {
    "CNTS": "counts",
    "NONE": "no unit",
    "CM2": "cm²",
    "CM2ML": "cm²/ml",
    "PCNT": "percent",
    "CPS": "counts per second",
    "BQML": "Bq/ml",
    "MGMINML": "mg/min/ml",
    "UMOLMINML": "µmol/min/ml",
    "MLMING": "ml/min/g",
    "MLG": "ml/g",
    "1CM": "1/cm",
    "UMOLML": "µmol/ml",
    "PROPCNTS": "proportional to counts",
    "PROPCPS": "proportional to counts per second",
    "MLMINML": "ml/min/ml",
    "MLML": "ml/ml",
    "GML": "g/ml",
    "STDDEV": "standard deviations",
}
"""Defined terms of Units and what they mean (PS3.3 C.8.9.1.1.3)."""

QUOTED = _words(
    "START ADMIN "  # DecayCorrection, besides NONE
    "BSA BW LBM LBMJAMES128 LBMJANMA IBW "  # SUVType
    "STATIC DYNAMIC GATED TOMO AXIAL LOCALIZER OTHER"  # value 3 of ImageType
) | {*UNIT_NAMES, "WHOLE BODY", "GATED TOMO", "RECON TOMO", "RECON GATED TOMO"}
"""Values that evidence quotes."""
