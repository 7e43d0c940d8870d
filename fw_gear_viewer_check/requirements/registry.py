"""The requirements, in the order of the Flywheel page: page in one hand, this package in the other.

Each module is a section of the page and ends in tables, one entry a sentence. Entries that the
page does not have (x9x) were seen in the open-source viewer, and follow their section.
"""

from __future__ import annotations

from fw_gear_viewer_check.dicom import attributes
from fw_gear_viewer_check.requirements import (
    limits,
    ohif_documents,
    ohif_drawn,
    ohif_mpr,
    ohif_mpr_space,
    ohif_open,
    ohif_overlay,
    ohif_suv,
    v2,
    v3_measure,
    v3_mpr,
    v3_mpr_multi_frame,
    v3_open,
    v3_overlay,
    v3_suv,
    zip_archive,
)

REQUIREMENTS = (
    *zip_archive.ZIP_FILES,
    *v2.V2_VIEWER,
    *v2.UNIQUENESS,
    *v3_open.REQUIRED_TAGS,
    *ohif_open.SEEN_IN_VIEWER,
    *ohif_documents.SEEN_IN_VIEWER,
    *ohif_drawn.SEEN_IN_VIEWER,
    *v3_mpr.ALL_DATA,
    *v3_mpr.SINGLE_FRAME_DATA,
    *v3_mpr_multi_frame.MULTI_FRAME_DATA,
    *v3_mpr_multi_frame.NM_MODALITY,
    *ohif_mpr.SEEN_IN_VIEWER,
    *ohif_mpr_space.SEEN_IN_VIEWER,
    *v3_overlay.REFERENCE,
    *v3_overlay.SEG_FILES,
    *ohif_overlay.SEG_SEEN_IN_VIEWER,
    *v3_overlay.RTSTRUCT_FILES,
    *ohif_overlay.RTSTRUCT_SEEN_IN_VIEWER,
    *v3_measure.MEASUREMENTS,
    *v3_suv.UNITS,
    *v3_suv.REQUIRED_TAGS,
    *ohif_suv.SEEN_IN_VIEWER,
    *v3_suv.PLAUSIBLE,
    *limits.LIMITS,
)
"""All requirements, in the order of Flywheel's page; those that end in 9x were seen in the
open-source viewer, and follow their section. Each names its ``source``."""

BY_ID = {requirement.id: requirement for requirement in REQUIREMENTS}

for _requirement in REQUIREMENTS:
    for _path in _requirement.attributes:
        attributes.read_also(_path)
