"""Errors of reading: which are of a file, and which may be gone the next time."""

from __future__ import annotations

import errno
import lzma
import zipfile
import zlib

ZIP_ERRORS = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, ValueError),
    *(OSError, EOFError, zlib.error, lzma.LZMAError),
)
"""What the standard library raises for a damaged archive or member."""
OF_PLACE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG})
"""Errors of what is not, or no longer, where it was."""
_OF_CONTENT = frozenset({errno.EINVAL, errno.EOVERFLOW})
"""Errors of positions that a damaged file names; and of what is no regular file."""
OF_RIGHTS = frozenset({errno.EACCES, errno.EPERM})
"""Errors of opening, which name the file. Of reading they say that a ticket has run out."""


def raise_fault(error: Exception) -> None:
    """Raise an error again that may be gone the next time; zipfile calls some a damaged zip.

    It is one of a disk, a network or this process, of which each file system has its own: all are,
    but those that are known to be of the file. One without a number is of a library.
    """
    for one in (error, error.__context__):
        if isinstance(one, OSError) and one.errno not in {None, *OF_PLACE, *_OF_CONTENT}:
            if one.errno in OF_RIGHTS and one.filename is not None:
                continue
            raise one
