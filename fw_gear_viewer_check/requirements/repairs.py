"""What repairs what, as data: gears with their configuration, what to ask for, steps by hand.

Rule of this file: a gear is named only for what its own code was seen to repair, with exactly the
configuration that stands here (``make repair-test``; docs/repairs.md is written from that run).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fw_gear_viewer_check.requirements.types import Repair, RepairKind

if TYPE_CHECKING:
    from fw_gear_viewer_check.requirements.types import ConfigValue

SPLITTER = "dicom-splitter"
FIXER = "dicom-fixer"

_SPLITTER_CONFIG: dict[str, ConfigValue] = {
    "group_by": "",
    "max_geometric_splits": -1,
    "extract_localizer": False,
    "filter_archive": True,
    "delete_input": False,
}
"""The gear's defaults delete the input, and may take images for localizers that are none."""

_FIXER_CONFIG: dict[str, ConfigValue] = {
    "unique": False,
    "fix-uids": False,
    "new-uids-needed": False,
    "standardize-transfer-syntax": False,
    "strict-validation": False,
    "pixel-data-check": False,
}
"""Nothing besides the repair: "unique" takes images without SOPInstanceUID for copies."""

NEW_SERIES = (
    "The original stays and is tagged 'delete'. The new series get new SeriesInstanceUIDs: "
    "segmentations that were drawn on the original do not fit them."
)
SAME_SERIES = (
    "The original stays and is tagged 'delete'. The new files keep its SeriesInstanceUIDs: delete "
    "the original once the new files are right."
)
NEW_VERSION = "The file is replaced by a new version."


def export(text: str) -> Repair:
    """Return what to ask of scanner, PACS or de-identification."""
    return Repair(RepairKind.EXPORT, text)


def manual(text: str) -> Repair:
    """Return a step by hand."""
    return Repair(RepairKind.MANUAL, text)


def nothing(why: str) -> Repair:
    """Return why nothing can or need be done."""
    return Repair(RepairKind.NONE, why)


def split(text: str, *, caution: str = NEW_SERIES, **options: ConfigValue) -> Repair:
    """Return a run of dicom-splitter."""
    return Repair(RepairKind.GEAR, text, SPLITTER, {**_SPLITTER_CONFIG, **options}, caution)


def fix(text: str, options: dict[str, ConfigValue], caution: str = NEW_VERSION) -> Repair:
    """Return a run of dicom-fixer."""
    return Repair(RepairKind.GEAR, text, FIXER, {**_FIXER_CONFIG, **options}, caution)


# Exports

ASK_SOURCE = export(
    "Ask the scanner or PACS to export the series with this attribute, and upload it again. If a "
    "de-identification profile removed it, keep it there."
)
ASK_GEOMETRY = export(
    "Ask the scanner or PACS to export the images with position, orientation and pixel spacing, "
    "and upload them again. If a de-identification profile removed them, keep them there."
)
UPLOAD_AGAIN = export("Export the complete series from the scanner or PACS and upload it again.")
CHECK_UPLOAD = export(
    "Check that the right file was uploaded. If so, export the series again from the scanner or "
    "PACS and upload all of it. NIfTI, pictures and tables have viewers of their own."
)
CONVERT_AGAIN = export(
    "Create the object again with software that writes what is missing, or ask the vendor of the "
    "software that made it."
)
ENTER_PET = export(
    "Ask the PET site for the missing value and have the series exported with it. A "
    "de-identification profile has to keep dose, weight and times."
)
FIND_IMAGES = export("Find the missing images in scanner or PACS, and upload the complete series.")
TRANSCODE = export(
    "Have the PACS export the series uncompressed (Explicit VR Little Endian), or convert it "
    "before the upload. No Flywheel gear decodes this compression."
)
WRITE_PART_10 = export(
    "Export the images as DICOM files with a file header (PS3.10), which names the transfer "
    "syntax, and upload them again."
)
ASK_MODALITY = export(
    "Have the series exported with its true Modality, or enter it with software that edits DICOM. "
    "Do not use dicom-fixer: it would enter OT, and PET or CT would lose their tools."
)
ASK_RGB = export("Ask the scanner or PACS to export the ultrasound images in RGB.")
OWN_UIDS = export(
    "Files with one SOPInstanceUID differ, or are compressed and cannot be compared. Remove the "
    "wrong ones, or export with a UID for each. dicom-fixer with unique on would keep only one."
)
AS_STANDARD_IMAGES = export(
    "Export the series from the scanner or PACS as standard images, for example CT or MR Image "
    "Storage."
)
ONE_STACK_EACH = export(
    "Export each stack of the scan as a series of its own. No attribute separates the images, so "
    "no gear can split them."
)
RESAMPLE = export("Resample the segmentation onto the images it was drawn on, and export it again.")
ONE_STRUCTURE_SET_EACH = export("Export the structures of each series as a set of their own.")
ONE_OBJECT_EACH = export("Export each multi-frame image as a series of its own.")
SMALLER_SERIES = export(
    "Export the scan in several series with fewer images. No attribute separates the images, so no "
    "gear can split them."
)
ASK_CORRECTED = export("Upload the corrected reconstruction of the scan, not the uncorrected one.")
ASK_DECAY = export(
    "Have the PET site reconstruct or export the series with decay correction to the start of the "
    "scan (DecayCorrection is START)."
)
ASK_FACTORS = export(
    "Export the series with its private attributes (group 7053), and keep them in the "
    "de-identification profile."
)
ASK_TIMES = export(
    "Have the series exported with the true dates and times of injection and scan. A "
    "de-identification profile must keep them, or shift all of them alike."
)
ASK_BINARY = export("Export the segmentation as BINARY or as a labelmap.")
ASK_V2 = export(
    "Needed by the V2 viewer only. If you do not use it, leave it out: set the option ignore to "
    "V2. If you do, ask the PACS to export the attribute."
)

# Steps by hand

CALIBRATE = manual(
    "Such images often have no pixel spacing, by design. Calibrate the image in the viewer with "
    "something of known length."
)
CALIBRATE_ULTRASOUND = manual(
    "Calibrate the image in the viewer, or export it from the scanner with its regions; "
    "screenshots and converted images lose them."
)
REMOVE_FILES = manual("Remove the files that are not images from the archive, and upload it again.")
REMOVE_HIDDEN = manual(
    "Zip the images without hidden files, and upload them again (on macOS: zip -r -X series.zip "
    "FOLDER -x '*/.*' -x '__MACOSX/*')."
)
UNPACK_INNER = manual(
    "Unpack the inner archive and upload its images as a file of their own. dicom-splitter would "
    "drop it with all images in it."
)
REMOVE_PASSWORD = manual("Unpack the archive with its password, and upload the images without one.")
KEEP_ONE_FILE = manual(
    "Another file holds this series. If it is a copy, delete one of the two; if each holds a part, "
    "upload all images as one archive."
)
SHOW_ANOTHER_WAY = nothing(
    "Not an image that the viewer can show. Download the file, and open it with software for this "
    "kind of data."
)
UPLOAD_REFERENCE = manual(
    "Upload the image series that the segmentation was drawn on into the same session, unchanged: "
    "images with new UIDs do not fit it."
)
PROVIDE_REFERENCE = manual(
    "Provide the images that the segmentation was drawn on: as the gear's input reference, or in "
    "the same session. Run file-metadata-importer on them, then this gear again."
)
REMOVE_PATIENT_SIZE = manual(
    "Remove PatientSize or PatientSex with software that edits DICOM (blank is not enough), or "
    "have the de-identification profile remove it."
)
CHOOSE_WINDOW = manual(
    "Choose a window for PET in the viewer once MPR is open. To have it drawn at once, remove "
    "WindowCenter and WindowWidth from the images before the upload."
)
LARGER_GRAPHICS = manual("Use a computer with a larger graphics card, or resample the images.")

# Nothing can or need be done

ASK_PATIENT = manual(
    "Find out which images belong to which patient and study, and upload each study as a file of "
    "its own."
)
CHECK_PET = export(
    "Ask the PET site for the right value, and export the series again with it (half life in "
    "seconds, dose in Bq, weight in kg)."
)
MIND_REGIONS = nothing(
    "Nothing to repair: measure inside the calibrated regions, and mind their different scales."
)
NONE_NEEDED = nothing("Nothing needs to be done: this explains what the viewer shows.")
ONE_IMAGE = nothing(
    "A single image has no MPR. If the scan has more images, upload them together as one archive."
)
MOSAIC = nothing(
    "Normal for a Siemens mosaic: each image holds a whole volume as tiles. Splitting does not "
    "help; for volumes, convert the series to NIfTI or export it as enhanced MR."
)
GANTRY_TILT = nothing(
    "Normal for a scan with a tilted gantry: slices and measurements in them are right. For a "
    "straight volume, resample it with software that corrects the tilt."
)
FRAMES_OF_STACKS = export("Export each stack of the object (each direction) as its own object.")
UNEVEN = nothing("MPR is not available for unevenly spaced scans; slices and measurements work.")
ONE_POSITION = nothing(
    "All images show one position (a film, or repeats of one slice): there is no volume, so no MPR."
)
SLIDE = nothing("Normal for whole-slide images: the files are levels of one slide. Keep them all.")
FOUR_D_FRAMES = nothing(
    "Normal for a 4D scan in one multi-frame object: keep it. No gear splits its frames; for MPR, "
    "export each volume as an object of its own."
)
FOUR_D_MANY = nothing(
    "Normal for 4D scans (fMRI, DWI, perfusion, cine): keep it as it is. Splitting would make "
    "{volumes} series; to work with volumes, convert a copy to NIfTI."
)
FOUR_D_MIXED = nothing(
    "Normal for 4D scans (fMRI, DWI, perfusion, cine): keep it as it is. No attribute separates "
    "the volumes, so no gear can split it; for MPR, export one volume as a series."
)
NOT_A_VOLUME = nothing(
    "Such images are films or single views: there is no volume, so no MPR. They open and can be "
    "scrolled through."
)
RT_DOSE = nothing(
    "Normal for RT dose: the standard gives one position and the distances of the planes "
    "(PS3.3 C.8.8.3). There is no MPR of it alone."
)
PLANAR_NM = nothing(
    "Planar, whole-body and projection NM images have no volume. For MPR, upload the reconstructed "
    "(tomographic) series of the examination."
)
EACH_TILTED = nothing(
    "Nearly every image has an orientation of its own (localizer, radial scan): there is no "
    "volume, so no MPR."
)
OTHER_UNITS = export(
    "The viewer shows the values in this unit. For SUV, ask the PET site for the series in Bq/ml "
    "(Units is BQML)."
)
AFTER_OTHERS = nothing("Repair first what this needs (see the evidence); then it can be checked.")
WITH_OTHERS = nothing(
    "Nothing of its own: what repairs the missing attribute (V3-101 to V3-110, V3-193) repairs "
    "this too."
)
REPORT_IT = nothing("The check stopped because of an error in viewer-check: please report it.")
NOT_CHECKED = nothing("It cannot be determined from this file; nothing needs to be repaired.")

OF_UNKNOWN = {
    "SEG-101": PROVIDE_REFERENCE,
    "V3-198": PROVIDE_REFERENCE,
    "V2-201": NOT_CHECKED,
    "ZIP-101": NOT_CHECKED,
}
"""Repairs of what could not be checked for another reason than other requirements."""

# dicom-splitter

SPLIT_BY_SERIES = split(
    "Run dicom-splitter grouped by SeriesInstanceUID: it writes one archive for each series, with "
    "nothing but its DICOM files.",
    caution=SAME_SERIES,
    group_by="SeriesInstanceUID",
)
SPLIT_BY_CLASS = split(
    "Run dicom-splitter grouped by SOPClassUID: it writes one archive for each kind of object.",
    group_by="SOPClassUID",
)
SPLIT_BY_SIZE = split(
    "Run dicom-splitter grouped by Rows and Columns: it writes {groups} series, one of each size.",
    group_by="Rows,Columns",
)
SPLIT_BY_COLOUR = split(
    "Run dicom-splitter grouped by SamplesPerPixel: it separates grey images from colour images.",
    group_by="SamplesPerPixel",
)
SPLIT_BY_ORIENTATION = split(
    "Run dicom-splitter grouped by ImageOrientationPatient: it writes {groups} series, one of each "
    "orientation.",
    group_by="ImageOrientationPatient",
)
SPLIT_BY_ATTRIBUTE = split(
    "Run dicom-splitter grouped by {attribute}: it writes {groups} series.",
    group_by="{attribute}",
)
SPLIT_BY_ORDER = split(
    "Run dicom-splitter by geometry: it writes {groups} series, one of each stack of images.",
    max_geometric_splits="{groups}",
)
SPLIT_FOUR_D = split(
    "Normal for 4D scans (fMRI, DWI, perfusion, cine): keep the original. For MPR of each volume, "
    "run dicom-splitter grouped by {attribute}: it writes {volumes} series beside it.",
    group_by="{attribute}",
)
SPLIT_FOUR_D_BY_ORDER = split(
    "Normal for 4D scans (fMRI, DWI, perfusion, cine): keep the original. For MPR of each volume, "
    "run dicom-splitter by geometry: it writes {volumes} series beside it.",
    max_geometric_splits="{volumes}",
)
SPLIT_RECONSTRUCTIONS = split(
    "Run dicom-splitter grouped by {attribute}: it writes {volumes} series, each with MPR.",
    group_by="{attribute}",
)
SPLIT_MULTI_FRAMES = split(
    "Run dicom-splitter grouped by SOPInstanceUID: each multi-frame image becomes a series of its "
    "own.",
    group_by="SOPInstanceUID",
)

# dicom-fixer

ADD_SERIES_UID = fix(
    "Run dicom-fixer: it adds a SeriesInstanceUID.",
    {},
    f"{NEW_VERSION} All images get one UID: use it only for images of one series.",
)
ADD_INSTANCE_UIDS = fix(
    "Run dicom-fixer with unique off: it adds a SOPInstanceUID to each image.",
    {},
    f"{NEW_VERSION} With unique on, the default, all images but one would be deleted.",
)
ADD_CLASS_UID = fix("Run dicom-fixer: it takes the SOPClassUID from the header of the file.", {})
NEW_UIDS = fix(
    "Run dicom-fixer with new-uids-needed on: it enters new study and series UIDs.",
    {"new-uids-needed": True},
    f"{NEW_VERSION} UIDs are made from the labels: two files of one acquisition would get the "
    "same. Segmentations of the old UIDs do not fit.",
)
CORRECT_UIDS = fix(
    "Run dicom-fixer with fix-uids and strict-validation on: it replaces the invalid UIDs.",
    {"fix-uids": True, "strict-validation": True},
    f"{NEW_VERSION} It also corrects or removes other values that break the standard.",
)
REMOVE_COPIES = fix(
    "Run dicom-fixer with unique on: it keeps the first of the copies.",
    {"unique": True},
    f"{NEW_VERSION} Copies with one SOPInstanceUID are deleted.",
)
CONVERT_PALETTE = fix(
    "Run dicom-fixer with standardize-transfer-syntax and convert-palette on: it writes RGB "
    "images.",
    {"standardize-transfer-syntax": True, "convert-palette": True},
    f"{NEW_VERSION} Colours of 16 bits become 8 bits.",
)
TO_EXPLICIT_VR = fix(
    "Needed for local files only, not on Flywheel: run dicom-fixer with "
    "standardize-transfer-syntax on; the viewer reads the factors in explicit VR.",
    {"standardize-transfer-syntax": True},
)
SPELL_SEX = fix("Run dicom-fixer: it writes PatientSex as M or F.", {})

# What has to come first: a gear would stop, or lose images

FIRST_READABLE = export(
    "First replace the files that cannot be read (see ZIP-191), then check again: the gear would "
    "stop or drop them."
)
FIRST_SPLIT = manual(
    "First split the archive into one file for each series (see ZIP-102), then check each new file."
)
FIRST_CLASS = export(
    "First have the SOPClassUID entered (see V3-110), then check again: the gear would drop images "
    "without it."
)
FIRST_INSTANCE_UIDS = manual(
    "First add the missing SOPInstanceUIDs (see V3-103), then check again: the gear names files "
    "by them."
)
FIRST_COPIES = manual(
    "First repair the SOPInstanceUIDs that occur twice (see V3-196), then check again: the gear "
    "names files by them."
)
FIRST_MODALITY = export(
    "First restore the true Modality (see V3-108), then check again: the gear would enter OT."
)
