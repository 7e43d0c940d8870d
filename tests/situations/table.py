"""All situations, by what they are about."""

from __future__ import annotations

from tests.situations import files, nuclear, objects, pictures, scans

TABLE = {
    "CT": scans.CT,
    "MR": scans.MR,
    "PET": nuclear.PET,
    "Nuclear medicine": nuclear.NM,
    "Ultrasound": pictures.ULTRASOUND,
    "Projections": pictures.PROJECTIONS,
    "Captures, photographs, slides": pictures.CAPTURES,
    "Segmentations": objects.SEGMENTATIONS,
    "Radiotherapy": objects.RADIOTHERAPY,
    "Documents and other objects": objects.DOCUMENTS,
    "Transfer syntaxes": files.SYNTAXES,
    "De-identified data": files.DE_IDENTIFIED,
    "Archives": files.ARCHIVES,
}
