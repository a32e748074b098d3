"""The packages of the program, and a copy of them that a test may change."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("citywatch", "runtime", "schemas", "figures", "sources", "streams", "sinks", "console")
"""What is installed; tests/test_imports.py holds every list of them to this one."""

WRITTEN_IN = ("docs/runbooks/README.md",)
"""Pages of which `citywatch.generate` writes a part."""


def copy_of_source(source: Path) -> Path:
    """All packages below `source`, without data files, and what `citywatch.generate` reads; with their bytecode, for
    each process would compile them all."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("*.gz"))
    for page in WRITTEN_IN:
        (source / page).parent.mkdir(parents=True)
        shutil.copyfile(ROOT / page, source / page)
    return source
