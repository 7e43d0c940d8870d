"""What repairs it: the Flywheel gear and its option, or what to ask of the scanner or the PACS.

Rule of this file: a repair that several requirements share stands here once.
"""

SPLIT_BY_SERIES = (
    "Run the gear dicom-splitter with group_by SeriesInstanceUID: it makes one archive per series."
)
FILTER_ARCHIVE = (
    "Run the gear dicom-splitter with filter_archive on: it keeps the DICOM images only. Files "
    "that are cut off or damaged have to be exported and uploaded again."
)
UPLOAD_AGAIN = (
    "Export the images from the scanner or PACS again and upload them whole: what is missing in "
    "the file cannot be restored."
)
CHECK_UPLOAD = (
    "Check that the right file was uploaded. If it is, export the series again from the scanner or "
    "PACS and upload it whole; other formats (NIfTI, pictures, tables) have viewers of their own."
)
FIX_UIDS = (
    "Run the gear dicom-fixer: it adds a missing SOPInstanceUID, SeriesInstanceUID or SOPClassUID."
)
NEW_UIDS = "Run the gear dicom-fixer with new-uids-needed on: it gives the file UIDs of its own."
UNIQUE = "Run the gear dicom-fixer with unique on: it drops the copies."
DECOMPRESS = "Run the gear dicom-fixer with standardize-transfer-syntax on: it decompresses them."
ASK_SOURCE = (
    "Ask the scanner or PACS to export the series with this attribute (often it was removed by a "
    "de-identification profile: keep it there), then upload it again."
)
ASK_PLACE = (
    "For CT, MR, NM or PET, ask the scanner or PACS to export the images with their positions, "
    "orientations and pixel spacing (a de-identification profile has to keep them). Ultrasound, "
    "microscopy, photographs and scanned pages have none: no MPR there."
)
SPLIT_STACKS = (
    "To get MPR, run the gear dicom-splitter with group_by set to the attribute named in the "
    "evidence (where none is named, try max_geometric_splits): each volume then becomes a series "
    "of its own. Copies (V3-196) are removed by the gear dicom-fixer with unique on; other images "
    "of one single place stay without MPR."
)
SPLIT_GEOMETRY = (
    "Run the gear dicom-splitter (extract_localizer, max_geometric_splits) so that each archive "
    "holds the images of one stack."
)
CONVERT_AGAIN = (
    "Make the object again with a tool that writes this, or ask the vendor of the tool that made "
    "it."
)
NONE_NEEDED = "Nothing needs to be done; it explains what the viewer shows."
ENTER_PET = (
    "Ask the PET site for the missing value and have the series exported again with it; in a "
    "de-identification profile keep the dose, weight and time attributes."
)
EDIT_V2 = (
    "Only where you use the V2 viewer: ask the PACS to export the attribute, or add it with a gear "
    "that edits DICOM tags. Where you use V3, make the requirement a note (config option note)."
)
