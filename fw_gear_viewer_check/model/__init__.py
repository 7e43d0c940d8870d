"""DICOM as values: data sets, instances, series, stacks. Imports nothing else of this package."""
