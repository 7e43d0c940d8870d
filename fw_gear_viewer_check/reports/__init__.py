"""A :class:`~fw_gear_viewer_check.core.Report` as CSV, custom info, JSON, text and HTML."""
