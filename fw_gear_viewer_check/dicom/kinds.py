"""What a file is by its name and its first bytes, before anything in it is read."""

from __future__ import annotations

_OF_SYSTEM = frozenset({".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini"})
_FOLDER_OF_SYSTEM = "__macosx"
_BESIDE_OTHERS = "._"
"""Begins the name of what macOS keeps of the file with the rest of the name."""

_ARCHIVE_ENDINGS = (
    *(".zip", ".tar", ".tgz", ".gz", ".z", ".bz2", ".xz", ".zst", ".lz4", ".7z", ".rar", ".iso"),
)
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ARCHIVE_STARTS = (
    *_ZIP_STARTS,
    *(b"\x1f\x8b", b"\x1f\x9d", b"BZh", b"\xfd7zXZ\0", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"),
    *(b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18"),
)
"""Zip; gzip, compress (.Z), bzip2, xz, 7z, rar; zstd, lz4."""
_TAR, _TAR_AT = b"ustar", 257
_NOT_OF_IMAGES = (
    *(".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".jar"),
    ".nii.gz",
)
"""Endings of documents, programs and images that are packed, and hold no DICOM file."""
LONGEST_START = 1024
"""Bytes by which a file is known that does not begin as DICOM does."""
_HEADER = b"DICM"


def is_zip(name: str, start: bytes) -> bool:
    """Judge by the first 132 bytes; a damaged zip is known by its name."""
    named = name.lower().endswith(".zip")
    begins = start.startswith(_ZIP_STARTS)
    return (named and begins) or (start[128:132] != b"DICM" and (named or begins))


def is_archive(name: str, start: bytes) -> bool:
    """Return True for what is packed and may hold images, as named or by :data:`LONGEST_START`.

    An image that is compressed alone is one, too.
    """
    name = name.lower()
    if name.endswith(_NOT_OF_IMAGES):
        return False
    named = name.endswith(_ARCHIVE_ENDINGS)
    return named or start.startswith(_ARCHIVE_STARTS) or start[_TAR_AT:].startswith(_TAR)


def damage_of(start: bytes) -> str:
    """Say what happened to an image that begins otherwise; "" for what is none."""
    if start.startswith(_HEADER):
        return "the 128 bytes before it are lost"
    if _HEADER + b"\2\0" in start:
        return "other bytes stand in front of it"
    return "" if start.strip(b"\0") else "it begins with nothing but zeros"


def is_hidden(name: str) -> bool:
    """Return True for files that operating systems leave behind, and for other dot files."""
    has_dot = any(part.startswith(".") and part != ".." for part in _parts(name))
    return has_dot or is_of_system(name)


def is_of_system(name: str) -> bool:
    """Return True for the name of what an operating system leaves behind, which is no image."""
    parts = _parts(name)
    last = parts[-1] if parts else ""
    return _FOLDER_OF_SYSTEM in parts or last in _OF_SYSTEM or last.startswith(_BESIDE_OTHERS)


def _parts(name: str) -> list[str]:
    return [part for part in name.lower().replace("\\", "/").split("/") if part not in {"", "."}]
