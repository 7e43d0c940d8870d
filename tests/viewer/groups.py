"""The generated cases, by group."""

from tests.viewer import (
    cases_files,
    cases_four_d,
    cases_frames,
    cases_kinds,
    cases_places,
    cases_random,
    cases_stacks,
    cases_suv,
)

GROUPS = {
    "stacks": cases_stacks.cases,
    "places": cases_places.cases,
    "frames": cases_frames.cases,
    "four_d": cases_four_d.cases,
    "kinds": cases_kinds.cases,
    "files": cases_files.cases,
    "suv": cases_suv.cases,
    "random": cases_random.cases,
}
"""Name of a group, and what yields its cases."""

WHAT_THEY_ASK = {
    "stacks": "single-frame series: counts, orientation, spacing, positions, sizes, order, pairs",
    "places": "missing slices, shifts, tilt and what differs from image to image; copies",
    "frames": "multi-frame instances: where measures, orientation and position may stand",
    "four_d": "4D series: each attribute that splits, and what only looks like it",
    "kinds": "SOP classes, videos, documents, mixed series, references of segmentations",
    "files": "encodings, compressed pixel data and their fragments, character sets",
    "suv": "PET: attributes absent, blank, odd or different; units; dates and times",
    "random": "random series of four sorts, the same ones in every run",
}
