"""viewer-check: will the Flywheel viewer open this DICOM series, and if not, why."""

__version__ = "0.1.0"
