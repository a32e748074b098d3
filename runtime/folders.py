"""Whether a folder can be used, before something is begun that needs it."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from tempfile import TemporaryFile


def make_writable(folder: Path) -> None:
    """Makes the folder where it is not there, and writes in it once. Raises OSError, whose `strerror` says what is in
    the way."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from None
    with TemporaryFile(dir=folder):
        pass
