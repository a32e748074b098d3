"""A benchmark as a command: what fails is one line and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn

from runtime.errors import CitywatchError


def exit_with(main: Callable[[], int]) -> NoReturn:
    """Exits with what it gives, or with that of the error."""
    try:
        sys.exit(main())
    except CitywatchError as error:
        print(f"bench: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
