"""The requirements, in the order of the Flywheel page: page in one hand, this package in the other.

Each module is a section of the page and ends in tables, one entry a sentence. Entries that the
page does not have (x9x) were seen in the open-source viewer, and follow their section.
"""

from __future__ import annotations

from fw_gear_viewer_check.page import (
    archive,
    limits,
    v2,
    v3_measure,
    v3_mpr,
    v3_mpr_multi_frame,
    v3_mpr_viewer,
    v3_open,
    v3_open_viewer,
    v3_overlay,
    v3_overlay_viewer,
    v3_suv,
    v3_suv_viewer,
)

REQUIREMENTS = (
    *archive.ZIP_FILES,
    *v2.V2_VIEWER,
    *v2.UNIQUENESS,
    *v3_open.REQUIRED_TAGS,
    *v3_open_viewer.SEEN_IN_VIEWER,
    *v3_mpr.ALL_DATA,
    *v3_mpr.SINGLE_FRAME_DATA,
    *v3_mpr_multi_frame.MULTI_FRAME_DATA,
    *v3_mpr_multi_frame.NM_MODALITY,
    *v3_mpr_viewer.SEEN_IN_VIEWER,
    *v3_overlay.REFERENCE,
    *v3_overlay.SEG_FILES,
    *v3_overlay_viewer.SEG_SEEN_IN_VIEWER,
    *v3_overlay.RTSTRUCT_FILES,
    *v3_overlay_viewer.RTSTRUCT_SEEN_IN_VIEWER,
    *v3_measure.MEASUREMENTS,
    *v3_suv.UNITS,
    *v3_suv.REQUIRED_TAGS,
    *v3_suv_viewer.SEEN_IN_VIEWER,
    *limits.LIMITS,
)

BY_ID = {requirement.id: requirement for requirement in REQUIREMENTS}
