"""Text out of files, made safe to show; and numbers with their nouns.

Names, UIDs and coded values come out of files that nobody checked. Whatever a report, a log or the
evidence of a requirement shows of them passes through this module: it bounds the length, shows no
control character, and shows a UID only where it has the form of one and a coded value only where it
is known (:mod:`.terms`), for a file may hold a name or a date in their place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import category

from fw_gear_viewer_check.model import dictionary, terms

MAX_NAME = 200
"""Longest member name that is shown."""

NOT_SHOWN = "(not shown)"
"""Stands for a value that does not have the form that it should have."""

_DATE = r"[0-9]{1,2}\.[0-9]{1,2}\.([0-9]{2}){1,2}\Z"
_UID = re.compile(rf"(?!{_DATE})(?=.{{5,64}}\Z)[0-2](\.[0-9]+){{2,}}", re.ASCII)
"""PS3.5 section 9.1, leading zeros allowed: other requirements report them.

One of the three roots and two components more, for "4711.0815" may be a patient's number."""
LARGEST = 1_000_000
"""No number out of a file is shown from here on: a date without its points is above."""

_FORMULA = re.compile(r"""(^|;)(?=["']*(?:[=+@\uff0b\uff0d\uff1d\uff20-]|\\[tr]))""")
"""A spreadsheet may run a cell that begins like this (tab and CR stand spelled out by now), in
East Asia also with a sign of full width. Where it separates cells by semicolons, as in most of
Europe, a cell begins behind each of them."""


def shown(name: str) -> str:
    """Return a name that can stand in a report: cut, and without control characters."""
    if len(name) > MAX_NAME:  # members of one folder differ at the end
        name = "…" + name[1 - MAX_NAME :]
    return visible(name)


def visible(text: str) -> str:
    """Return the text with one sign for each character that is not visible."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def printable(text: str) -> str:
    """Return the text with invisible characters (control, half a surrogate pair) spelled out.

    A line break in a member name would else begin a new row for programs that read the CSV line
    by line, and half a surrogate pair cannot be written as UTF-8 at all.
    """
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or category(c) == "Zs" else c.encode("unicode_escape").decode("ascii")
        for c in text
    )


def guard(cell: str) -> str:
    """Return the cell with an apostrophe where a spreadsheet would take it for a formula."""
    # Most cells begin with a letter, and hold no semicolon: nothing is to be looked for in them.
    return cell if cell[:1].isalnum() and ";" not in cell else _FORMULA.sub(r"\1'", cell)


def shortened(text: str, length: int) -> str:
    """Return the text, cut to a length, with a sign where it was cut."""
    return text if len(text) <= length else text[: length - 1] + "…"


def cut_middle(text: str, length: int) -> str:
    """Return the text without its middle: long file names differ at the end."""
    if len(text) <= length:
        return text
    return f"{text[: length // 3]}…{text[len(text) - (length - length // 3 - 1) :]}"


def uid(text: str) -> str:
    """Return a UID; "" for none, :data:`NOT_SHOWN` for what is not one."""
    return text if not text or _UID.fullmatch(text) else NOT_SHOWN


def uid_name(value: str) -> str:
    """Return "CT Image Storage"; for a UID that has no name, the UID; "none" for none."""
    return dictionary.name_of(value) or uid(value) or "none"


def code(text: str) -> str:
    """Return a Modality that DICOM defines; "" for none, :data:`NOT_SHOWN` for another text."""
    return text if not text or text in terms.MODALITIES else NOT_SHOWN


def quoted(value: object) -> str:
    """Return a number or a coded value for evidence; :data:`NOT_SHOWN` for anything else.

    A text of digits is no number: an attribute of another VR may have been written in its place.
    """
    if isinstance(value, (int, float)):
        return number(value)
    is_code = isinstance(value, str) and (value == "" or value in terms.QUOTED)
    return str(value) if is_code else NOT_SHOWN


def number(value: float, form: str = "", *others: float) -> str:
    """Return a number out of a file in a format; :data:`NOT_SHOWN` for one that may be a date.

    The same where one of the ``others`` may be: numbers that lead from the value back to a date,
    as the extent of a stack does beside its average gap.
    """
    is_shown = all(abs(one) < LARGEST for one in (value, *others))
    return format(value, form) if is_shown else NOT_SHOWN


def sentence(text: str) -> str:
    """Return the text with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def counted(count: int, noun: str) -> str:
    """Return "1 image", "2 images"."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("y") else f"{count:,} {noun}s"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return up to ``most`` names and how many there are beyond."""
    text = ", ".join(names[:most])
    return text if len(names) <= most else f"{text} and {len(names) - most:,} more"
