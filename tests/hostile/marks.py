"""Marked values planted in every identifying attribute, and the search for them in a text."""

from __future__ import annotations

import re

from pydicom.config import disable_value_validation
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from tests.hostile.identifying import KEYWORDS
from tests.make import change

WORD = "Zqxv"
"""In every text value. It holds no character that JSON, HTML or CSV would write in another way."""
VALUES = {
    "AS": "087Y",
    "DA": "19370417",
    "DT": "19370417031741.908172+0900",
    "TM": "031741.908172",
    "DS": "87654.321",
    "IS": "876543",
    "US": 54321,
    "SS": 23456,
    "UL": 3210987654,
    "SL": 1987654321,
    "FL": 87654.0,
    "FD": 87654.321,
    "AT": 0x54325432,
    "UI": "1.2.246813579.24.68",
    "CS": "ZQXV",
    "AE": "ZQXV AE",
    "PN": "Zqxv^Ann<b>&Son=Zqxv^\N{LATIN SMALL LETTER E WITH ACUTE}",
    "UR": "http://zqxv/ann",
    "OB": b"Zqxv",
    "OW": b"Zqxv",
    "UN": b"Zqxv",
}
TEXT = 'Zqxv "Ann" <i>O\'Neil</i> & Son; =1+1'
TRACES = (
    *("zqxv", "087Y", "19370417", "1937-04-17", "1937.04.17", "17.04.1937", "April 1937"),
    *("031741", "03:17", "908172", "87654", "54321", "23456", "3210987654", "1987654321"),
    *("246813579", "O'Neil", "O&#39;Neil", "O&#x27;Neil", "5432,5432", "0x54325432"),
)
PRIVATE_BLOCK = 0x0009


def value_of(keyword):
    return VALUES.get(vr_of(keyword), TEXT)


def vr_of(keyword):
    return dictionary_VR(keyword).split(" ")[0]


IN_DATA_SETS = tuple(k for k in KEYWORDS if Tag(k) >= 0x00080000)
"""The others belong to messages, to the file meta information and to DICOMDIRs."""
_ONE_OF_EACH_VR = tuple({vr_of(k): k for k in IN_DATA_SETS}.values())


def planted_item(keywords=IN_DATA_SETS):
    """Return an item that holds identifying attributes, all that are no sequence."""
    item = Dataset()
    change([item], **{k: value_of(k) for k in keywords if vr_of(k) != "SQ"})
    return item


def plant(datasets):
    """Plant marks in each data set: at the top level, in sequences, and in private attributes."""
    kept = ("SOPInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID")
    flat = {k: value_of(k) for k in IN_DATA_SETS if vr_of(k) != "SQ" and k not in kept}
    sequences = [k for k in IN_DATA_SETS if vr_of(k) == "SQ"]
    for number, dataset in enumerate(datasets):
        change([dataset], **flat)
        dataset.SOPInstanceUID = f"{VALUES['UI']}.{number}"
        dataset.StudyInstanceUID = VALUES["UI"]
        dataset.FrameOfReferenceUID = VALUES["UI"]
        for keyword in sequences:
            if keyword in dataset:
                for item in dataset[keyword].value:
                    item.update(planted_item())
            else:
                # One of each VR: all attributes in all of a hundred sequences take long to write.
                setattr(dataset, keyword, [planted_item(_ONE_OF_EACH_VR)])
        block = dataset.private_block(PRIVATE_BLOCK, "ZQXV PRIVATE", create=True)
        for offset, vr in enumerate(("LO", "PN", "DA", "UI", "UT"), start=1):
            block.add_new(offset, vr, VALUES.get(vr, TEXT))
        inner = planted_item()
        inner.OtherPatientIDsSequence = [planted_item()]
        block.add_new(0x20, "SQ", [inner])
    return datasets


def traces_in(text):
    """Return what is found of the marks, also where it is split or written with escapes."""
    # Pictures are pixels in base64: chance finds, and no text.
    text = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "", text)
    joined = re.sub(r"[^a-z0-9]", "", text.lower())
    folded = text.lower()
    return sorted(
        {t for t in TRACES if t.lower() in folded}
        | {t for t in ("zqxv", "19370417", "246813579") if t in joined}
    )


def overwrite(datasets, uids):
    """Plant marks in images of scanners: over what they have, at any depth, and in what they lack.

    UIDs go on to fit together: ``uids`` keeps what became of each. SeriesInstanceUIDs, which
    reports name on purpose, get values without marks.
    """
    for dataset in datasets:
        with disable_value_validation():
            for element in dataset.iterall():
                if element.keyword == "SeriesInstanceUID":
                    element.value = uids.setdefault(element.value, f"1.2.{len(uids)}")
                elif element.keyword not in KEYWORDS or element.VR == "SQ":
                    continue
                elif element.VR == "UI" and isinstance(element.value, str):
                    element.value = uids.setdefault(element.value, f"{VALUES['UI']}.{len(uids)}")
                elif element.VR != "UI":
                    element.value = value_of(element.keyword)
        missing = [k for k in IN_DATA_SETS if k not in dataset and vr_of(k) != "UI"]
        change([dataset], **{k: value_of(k) for k in missing if vr_of(k) != "SQ"})
        for keyword in missing:
            if vr_of(keyword) == "SQ":
                setattr(dataset, keyword, [planted_item(_ONE_OF_EACH_VR)])
        block = dataset.private_block(PRIVATE_BLOCK, "ZQXV PRIVATE", create=True)
        block.add_new(0x20, "SQ", [planted_item()])
    return datasets
