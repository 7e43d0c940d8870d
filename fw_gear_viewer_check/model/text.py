"""Text out of files, made safe to show; and numbers with their nouns."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_NAME = 200
"""Longest member name that is shown."""


def shown(name: str) -> str:
    """Return a name that can stand in a report: cut, and without control characters."""
    if len(name) > MAX_NAME:  # the end tells members of one folder apart
        name = "…" + name[1 - MAX_NAME :]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


MAX_UID = 64
"""Characters of a UID (PS3.5 table 6.2-1)."""


MAX_CODE = 16
"""Characters of a coded value (VR CS)."""


FORMULA_STARTS = ("=", "+", "-", "@", r"\t", r"\r")
"""A spreadsheet may run a cell that begins like this (tab and CR stand spelled out by now)."""


def printable(text: str) -> str:
    """Return the text with what is not for eyes (control characters, half characters) spelled out.

    A line break in a member name would else begin a new row for programs that read the CSV line
    by line, and half a surrogate pair cannot be written as UTF-8 at all.
    """
    if text.isprintable():
        return text
    return "".join(_spelled_out(character) for character in text)


def _spelled_out(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode("ascii")


def guard(cell: str) -> str:
    """Return the cell, behind an apostrophe where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def shortened(text: str, length: int) -> str:
    """Return the text, cut to a length, with a sign where it was cut."""
    return text if len(text) <= length else text[: length - 1] + "…"


def uid(text: str) -> str:
    """Return a UID as it may stand in every row: a hostile one is longer than a UID can be."""
    return printable(shortened(text, MAX_UID))


def code(text: str) -> str:
    """Return a coded value (Modality) in the same way."""
    return printable(shortened(text, MAX_CODE))


def counted(count: int, noun: str) -> str:
    """Return "1 image", "2 images"."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("y") else f"{count:,} {noun}s"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return up to ``most`` names and how many there are beyond."""
    text = ", ".join(names[:most])
    return text if len(names) <= most else f"{text} and {len(names) - most:,} more"


def quoted(coded: str) -> str:
    """Return a coded value so that it can be shown: short, printable."""
    clean = "".join(c if c.isprintable() else "?" for c in coded[:32])
    return clean if len(coded) <= 32 else f"{clean}..."
