"""What repairs what, as data: gears with their configuration, what to ask for, steps by hand.

Rule of this file: a gear is named only for what its own code was seen to repair, with exactly the
configuration that stands here (``make repair-test``; docs/repairs.md is written from that run).
"""

from __future__ import annotations

from fw_gear_viewer_check.requirements.repair_kinds import (
    NEW_VERSION,
    SAME_SERIES,
    export,
    fix,
    manual,
    nothing,
    split,
)
from fw_gear_viewer_check.requirements.splitting import of_geometry, of_strangers
from fw_gear_viewer_check.requirements.types import RepairTable

# Exports

ASK_SOURCE = export(
    "Re-export the series from the scanner or PACS with all required attributes, and re-upload it. "
    "If de-identification removed any, keep them in the de-identification profile."
)
ASK_GEOMETRY = export(
    "Re-export the images from the scanner or PACS with position, orientation and pixel spacing, "
    "and re-upload them. If de-identification removed these, keep them in its profile."
)
ASK_SPACING = export(
    "For correct distances across slices in MPR, re-export the image with SpacingBetweenSlices, or "
    "enter it with a DICOM editor."
)
UPLOAD_AGAIN = export("Re-export the complete series from the scanner or PACS, and re-upload it.")
CHECK_UPLOAD = export(
    "Check that you uploaded the right file. If so, re-export the complete series from the scanner "
    "or PACS, and re-upload it. NIfTI files, pictures and tables open in other viewers."
)
CONVERT_AGAIN = export(
    "Re-create the object with software that writes this correctly, or ask the vendor of the "
    "software that created it."
)
ENTER_PET = export(
    "Ask the PET site to export the series again with the correct value. De-identification must "
    "keep dose, weight, dates and times."
)
SORT_OUT_PET = export(
    "Export the PET images again as a series of their own, with PT as the Modality of each."
)
FIND_IMAGES = export(
    "Find the missing images on the scanner or PACS, and re-upload the complete series."
)
TRANSCODE = export(
    "Re-export the series uncompressed (Explicit VR Little Endian) from the PACS, or convert it "
    "before the upload. No Flywheel gear decodes this compression."
)
WRITE_AGAIN = export(
    "The files were written incorrectly. Re-export the series from the scanner or PACS, "
    "uncompressed (Explicit VR Little Endian) if possible, and re-upload it."
)
WRITE_PART_10 = export(
    "Re-export the images as DICOM files with a file header (PS3.10), which names the transfer "
    "syntax, and re-upload them."
)
ASK_MODALITY = export(
    "Re-export the series with its true Modality, or enter it with a DICOM editor. Do not use "
    "dicom-fixer: it would write OT, and a PET series would lose its SUV."
)
ASK_RGB = export("Re-export the colour images from the scanner or PACS in RGB, and re-upload them.")
AS_VIDEO = export(
    "Re-export it as an MPEG-4 video, or in objects of fewer than 90 frames, and re-upload it. "
    "Export still photographs as VL Photographic Image."
)
OWN_UIDS = export(
    "Files with the same SOPInstanceUID differ, or cannot be compared. Remove the wrong files, or "
    "re-export with one UID for each image. Do not use dicom-fixer: it would keep only one of them."
)
AS_STANDARD_IMAGES = export(
    "Re-export the series from the scanner or PACS as standard images, for example as CT or MR "
    "Image Storage."
)
ONE_STACK_EACH = export(
    "Re-export each stack of the scan as its own series. No gear can do this: split by this "
    "attribute, the images would form stacks that are too small or unevenly spaced."
)
RESAMPLE = export("Resample the segmentation to the grid of its images, and export it again.")
ONE_STRUCTURE_SET_EACH = export("Export one structure set for each image series.")
ONE_SEGMENTATION_EACH = export("Export one segmentation for each image or stack in the viewer.")
ONE_SERIES_EACH = export("Export each structure set again as its own series.")
ONE_OBJECT_EACH = export("Re-export each multi-frame image as its own series.")
SMALLER_SERIES = export(
    "Re-export the scan as several series with fewer images. No attribute separates the images, so "
    "no gear can split them."
)
ASK_CORRECTED = export(
    "Upload the reconstruction that is corrected for attenuation and decay instead of this one."
)
ASK_DECAY = export(
    "Ask the PET site to reconstruct or export the series with decay correction to the start of "
    "the scan (DecayCorrection START)."
)
ASK_FACTORS = export(
    "Re-export the series with its private Philips attributes (group 7053), and keep them in the "
    "de-identification profile."
)
ASK_TIMES = export(
    "Re-export the series with the true dates and times of injection and scan. De-identification "
    "must keep them, or shift all of them by the same amount."
)
ASK_BINARY = export("Export the segmentation again as BINARY or as a label map.")
ASK_V2 = export(
    "Only the V2 viewer needs this. If you do not use V2, set the option ignore to V2. If you do, "
    "re-export the series from the scanner or PACS with all attributes that V2 requires."
)

# Steps by hand

CALIBRATE = manual(
    "Images of this kind often have no pixel spacing by design. To measure in mm, calibrate the "
    "image in the viewer with an object of known length."
)
CALIBRATE_ULTRASOUND = manual(
    "Calibrate the image in the viewer, or re-export it from the scanner with its ultrasound "
    "regions. Screenshots and converted images lose them."
)
REMOVE_FUNCTION = manual("If the images stay black, remove VOILUTFunction with a DICOM editor.")
REMOVE_FILES = manual(
    "Remove the files that are not DICOM images from the archive, and re-upload it."
)
REMOVE_REPEATED = manual(
    "Where images at one position are the same, leave one of them, and re-upload the series."
)
REMOVE_HIDDEN = manual(
    "Rename images that are hidden, zip all without hidden files, and re-upload them (on macOS: "
    "zip -r -X series.zip FOLDER -x '*/.*' '*__MACOSX*' '*Thumbs.db' '*desktop.ini')."
)
UNPACK_INNER = manual(
    "Unpack the files that are archives or compressed, and upload their images, those of another "
    "series as their own file. Do not use dicom-splitter: it would drop these files with their "
    "images."
)
REMOVE_PASSWORD = manual(
    "Unpack the archive with its password, and re-upload the images without a password."
)
KEEP_ONE_FILE = manual(
    "Another file contains this series. If it is a copy, delete one of the two. If each contains a "
    "part, upload all images as one archive."
)
SHOW_ANOTHER_WAY = nothing(
    "The viewer cannot show this kind of object. Download the file, and open it with software for "
    "this kind of data."
)
UPLOAD_REFERENCE = manual(
    "Upload the images that the segmentation was drawn on to the same session, unchanged: images "
    "with new UIDs do not match it."
)
REPAIR_REFERENCE = manual(
    "Repair the series of the reference images: run this gear on it, and do what its report says."
)
PROVIDE_REFERENCE = manual(
    "Provide the images that the segmentation was drawn on: as the input reference (command line: "
    "--reference), or in the same session. If they are in the session, run file-metadata-importer "
    "on them, then this gear again."
)
OPEN_WITH_IMAGES = nothing(
    "Nothing to repair: open the report together with its images, from the session. Which images "
    "belong to it is not checked."
)
REMOVE_PATIENT_SIZE = manual(
    "Remove PatientSize or PatientSex with a DICOM editor, or have the de-identification profile "
    "remove it. A blank value is enough on Flywheel, but not for local files."
)
CHOOSE_WINDOW = manual(
    "After opening MPR, or a 4D series, choose a PET window in the viewer. To avoid this step, "
    "remove WindowCenter and WindowWidth from the images before the upload."
)
LARGER_GRAPHICS = manual(
    "Use a computer with a better graphics card and more memory, or resample the images."
)

# Nothing can or need be done

ASK_PATIENT = manual(
    "Find out which images belong to which patient and study, and upload each study by itself."
)
CHECK_PET = export(
    "Ask the PET site for the correct value, and have the series exported again with it (half life "
    "in seconds, dose in Bq, weight in kg)."
)
MIND_REGIONS = nothing(
    "Nothing to repair: measure inside the calibrated regions, and note that their scales differ."
)
NONE_NEEDED = nothing("Nothing needs to be done: this explains what the viewer shows.")
ONE_IMAGE = nothing(
    "A single image has no MPR. If the scan has more images, upload them together as one archive."
)
MOSAIC = nothing(
    "Normal for a Siemens mosaic: each image contains a whole volume as tiles. Splitting does not "
    "help. To get volumes, convert the series to NIfTI, or export it as enhanced MR."
)
GANTRY_TILT = nothing(
    "The slices, and measurements in them, are correct (normal for a tilted gantry). For a "
    "straight volume, resample it with software that uses the position of each slice."
)
FRAMES_OF_STACKS = export("Re-export each stack (each orientation) as its own object.")
UNEVEN = nothing("MPR is not available for unevenly spaced scans. Scrolling and measurements work.")
UNEVEN_FRAMES = nothing(
    "Scrolling and measurements work. The viewer offers MPR, but shows these frames as if they "
    "were evenly spaced: distances across slices are wrong."
)
ONE_POSITION = nothing(
    "All images show one position (a cine loop, or repeats of one slice): no volume, so no MPR."
)
SLIDE = nothing("Normal for whole-slide images: the files are levels of one slide. Keep them all.")
FOUR_D_FRAMES = nothing(
    "Normal for a 4D scan in one multi-frame object: keep it. No gear can split its frames. For "
    "MPR, export each volume as its own object."
)
FOUR_D_MANY = nothing(
    "Normal for 4D scans (fMRI, DWI, perfusion, cine): keep it as it is. Splitting would make "
    "{volumes} series. To work with the volumes, convert a copy to NIfTI."
)
FOUR_D_MIXED = nothing(
    "Normal for 4D scans (fMRI, DWI, perfusion, cine): keep it as it is. No attribute separates "
    "it into volumes that each have MPR, so no gear can split it. For MPR, export one volume as a "
    "series."
)
NOT_A_VOLUME = nothing(
    "These images are cine loops or single views: they form no volume, so no MPR. They open, and "
    "you can scroll through them."
)
ALONE = nothing(
    "Localizers and other views of their own form no volume, so no MPR. Splitting the series would "
    "only make series of single images. They open, and you can scroll through them."
)
RT_DOSE = nothing(
    "Normal for RT dose: DICOM gives it one position and the offsets of its planes (PS3.3 "
    "C.8.8.3), which the viewer does not read. Do not choose MPR for it alone: the viewer fails."
)
PLANAR_NM = nothing(
    "Planar, whole-body and projection NM images have no volume. For MPR, upload the reconstructed "
    "(tomographic) series of the examination."
)
EACH_TILTED = nothing(
    "Nearly every image has its own orientation (localizer, radial scan): no volume, so no MPR."
)
OTHER_UNITS = export(
    "The viewer shows the values in this unit. For SUV, ask the PET site for the series in Bq/ml "
    "(Units BQML)."
)
AFTER_OTHERS = nothing("First meet the requirements that the evidence names, then check again.")
WITH_OTHERS = nothing(
    "No separate repair: this is solved with the attribute that the evidence names (see V3-101 to "
    "V3-110, V3-193)."
)
WITH_LIM_102 = nothing(
    "No separate repair: each multi-frame image has MPR as a series of its own (see LIM-102)."
)
REPORT_IT = nothing("The check stopped because of an error in viewer-check: please report it.")
NOT_CHECKED = nothing(
    "This cannot be determined from the file alone. Nothing needs to be repaired."
)

OF_UNKNOWN = {
    "SEG-101": PROVIDE_REFERENCE,
    "V3-198": PROVIDE_REFERENCE,
    "table-positions": ASK_GEOMETRY,
    "V2-201": NOT_CHECKED,
    "ZIP-101": NOT_CHECKED,
}
"""Repairs of what could not be checked for another reason than others, by id or code."""

# dicom-splitter

SPLIT_BY_SERIES = split(
    "Run dicom-splitter grouped by SeriesInstanceUID: it writes one archive for each series, and "
    "only its DICOM files.",
    caution=SAME_SERIES,
    group_by="SeriesInstanceUID",
)
SPLIT_BY_CLASS = split(
    "Run dicom-splitter grouped by SOPClassUID: it writes one archive for each kind of object.",
    group_by="SOPClassUID",
)
SPLIT_BY_SIZE = split(
    "Run dicom-splitter grouped by Rows and Columns: it writes {groups} series, one for each size.",
    group_by="Rows,Columns",
)
SPLIT_BY_COLOUR = split(
    "Run dicom-splitter grouped by SamplesPerPixel: it separates grey images from colour images.",
    group_by="SamplesPerPixel",
)
SPLIT_BY_ORIENTATION = split(
    "Run dicom-splitter grouped by ImageOrientationPatient: it writes {groups} series, one for "
    "each orientation.",
    group_by="ImageOrientationPatient",
)
SPLIT_BY_ATTRIBUTE = split(
    "Run dicom-splitter grouped by {attribute}: it writes {groups} series.",
    group_by="{attribute}",
)
SPLIT_BY_ORDER = split(
    "Run dicom-splitter by geometry: it writes {groups} series, one for each stack of images.",
    max_geometric_splits="{groups}",
)
SPLIT_FOUR_D = split(
    "Normal for 4D scans (fMRI, DWI, perfusion, cine): keep the original. For MPR of each volume, "
    "run dicom-splitter grouped by {attribute}: it adds {volumes} series.",
    group_by="{attribute}",
)
SPLIT_FOUR_D_BY_ORDER = split(
    "Normal for 4D scans (fMRI, DWI, perfusion, cine): keep the original. For MPR of each volume, "
    "run dicom-splitter by geometry: it adds {volumes} series.",
    max_geometric_splits="{volumes}",
)
SPLIT_RECONSTRUCTIONS = split(
    "Run dicom-splitter grouped by {attribute}: it writes {volumes} series, each with MPR.",
    group_by="{attribute}",
)
SPLIT_MULTI_FRAMES = split(
    "Run dicom-splitter grouped by SOPInstanceUID: each multi-frame image becomes its own series.",
    group_by="SOPInstanceUID",
)

# dicom-fixer

ADD_SERIES_UID = fix(
    "Run dicom-fixer: it adds a SeriesInstanceUID.",
    {},
    f"{NEW_VERSION} All images get the same UID: use it only for images of one series.",
)
ADD_INSTANCE_UIDS = fix(
    "Run dicom-fixer with unique off: it adds a SOPInstanceUID to each image.",
    {},
    f"{NEW_VERSION} With unique on, the default, all images but one would be deleted.",
)
ADD_CLASS_UID = fix("Run dicom-fixer: it copies the SOPClassUID from the header of the file.", {})
NEW_UIDS = fix(
    "Run dicom-fixer with new-uids-needed on: it writes new study and series UIDs.",
    {"new-uids-needed": True},
    f"{NEW_VERSION} Files of one acquisition, or of equal labels, may get the same UIDs. "
    "Segmentations no longer match.",
)
CORRECT_UIDS = fix(
    "Run dicom-fixer with fix-uids and strict-validation on: it replaces the invalid UIDs.",
    {"fix-uids": True, "strict-validation": True},
    f"{NEW_VERSION} With strict-validation more do: dates, times, codes, long texts. "
    "Segmentations match only when repaired, too.",
)
REMOVE_COPIES = fix(
    "Run dicom-fixer with unique on: it keeps the first of the copies.",
    {"unique": True},
    f"{NEW_VERSION} Copies with the same SOPInstanceUID are deleted.",
)
CONVERT_PALETTE = fix(
    "Run dicom-fixer with standardize-transfer-syntax and convert-palette on: it writes RGB "
    "images.",
    {"standardize-transfer-syntax": True, "convert-palette": True},
    f"{NEW_VERSION} Colours of 16 bits become 8 bits, stretched in each image in its own way. To "
    "keep them, re-export in RGB.",
)
TO_EXPLICIT_VR = fix(
    "Only needed for local files, not on Flywheel: run dicom-fixer with "
    "standardize-transfer-syntax on. The viewer can read the factors in explicit VR.",
    {"standardize-transfer-syntax": True, "convert-palette": False},
)
SPELL_SEX = fix("Run dicom-fixer: it writes PatientSex as M or F.", {})

# What has to come first: a gear would stop, or lose images

FIRST_READABLE = export(
    "First replace the files that cannot be read (see ZIP-191), then check again. Otherwise the "
    "repair gear would stop, or drop them."
)
FIRST_SPLIT = manual(
    "First split the archive into one file for each series (see ZIP-102), then check each new file."
)
SORT_BY_HAND = manual(
    "First zip each series by itself, without copies: the repair gears would lose or mix images."
)
FIRST_CLASS = export(
    "First add the missing SOPClassUIDs (see V3-110), then check again. Otherwise the repair gear "
    "would drop these images."
)
FIRST_INSTANCE_UIDS = manual(
    "First add the missing SOPInstanceUIDs (see V3-103), then check again. The repair gear "
    "names its output files after them."
)
FIRST_COPIES = manual(
    "First repair the SOPInstanceUIDs that occur twice (see V3-196), then check again. The repair "
    "gear names its output files after them."
)
FIRST_MODALITY = export(
    "First restore the true Modality (see V3-108), then check again. Otherwise dicom-fixer would "
    "replace it, by OT or by one that looks like it. A retired or local one must be changed first."
)
FIRST_IMAGES = manual(
    "First take what has no position, such as a report, out of the series (see V3-197), then check "
    "again. Otherwise the gear would find no geometry, and write nothing."
)
KEEP_MATCH = export(
    "Re-export the images as series of their own from the scanner or PACS. Do not use a gear: the "
    "images would get new UIDs, and the segmentation in their series would no longer match them."
)
FIRST_NAME = manual(
    "First name the archive NAME.zip, in small letters, then check again. Otherwise "
    "dicom-fixer would write a second file, and leave this one as it is."
)
FIRST_OTHER_NAME = manual(
    "First give the archive a name that does not begin with series-, then check again. Otherwise "
    "dicom-splitter may write one of its files in the place of this one."
)
FIRST_VALUES = export(
    "First re-export with one SeriesNumber, one value where one is due, a short SeriesDescription, "
    "a valid SpecificCharacterSet, files encoded as they say, and nothing behind their pixels, "
    "then check again. Otherwise the gear would stop, or lose images."
)
FIRST_NUMBERS = export(
    "First have the source write numbers as DICOM does: 1.5, not 1,5 or 1.5 mm, and each in its VR "
    "(look at PixelSpacing, RescaleSlope, DoseGridScaling, descriptors of tables), then check "
    "again. Otherwise the gear changes or removes them."
)

# Tables of several requirements

OF_GEOMETRY = RepairTable(
    of_geometry,
    {"scan": ASK_GEOMETRY, "other": NOT_A_VOLUME, "nm": PLANAR_NM, "dose": RT_DOSE},
)
"""What to do about images without orientation or position."""

OF_SPACING = RepairTable(of_geometry, {**OF_GEOMETRY.by_cause, "nm": ASK_GEOMETRY})
"""What to do about images without pixel spacing, which planar NM images have too."""

OF_SINGLE_IMAGES = RepairTable(of_geometry, {**OF_GEOMETRY.by_cause, "scan": ALONE})
"""What to do about images of which no two have MPR together."""

OF_STRANGERS = RepairTable(
    of_strangers,
    {
        "strangers": SPLIT_BY_SERIES,
        "by-hand": REMOVE_FILES,
        "archive": UNPACK_INNER,
        "password": REMOVE_PASSWORD,
        "damaged": UPLOAD_AGAIN,
        "nothing": CHECK_UPLOAD,
    },
)
"""What to do about files that are not DICOM, or not whole, and where nothing else is there."""
