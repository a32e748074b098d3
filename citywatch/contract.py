"""Holds the contract against the accepted one of its major version, in `schemas/contract/accepted`.

`python -m citywatch.contract` names each incompatible change (exit 1). With `--accept` today's contract is written as
the accepted one, which only a compatible one can be: an incompatible one needs a new `MAJOR` in
`schemas/contract/channels.py` first.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from schemas.contract.asyncapi import asyncapi
from schemas.contract.channels import MAJOR
from schemas.contract.compatibility import breaks
from schemas.contract.json_schema import Document, text

ACCEPTED = Path(__file__).resolve().parents[1] / "schemas/contract/accepted"


def main(arguments: list[str] | None = None) -> int:
    """Say what is incompatible, and with `--accept` write what is not. Exit code 0 or 1."""
    parser = argparse.ArgumentParser(
        prog="citywatch.contract", description=__doc__.splitlines()[0] if __doc__ else None
    )
    parser.add_argument("--accept", action="store_true", help="today's contract becomes the accepted one")
    parser.add_argument("--folder", type=Path, default=ACCEPTED, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    return judge(asyncapi(), given.folder / f"v{MAJOR}.json", accept=given.accept)


def judge(now: Document, accepted: Path, *, accept: bool) -> int:
    """Compare a contract with the accepted one in a file, which need not be there if it is to be written."""
    if accepted.exists():
        lines = breaks(json.loads(accepted.read_text("utf-8")), now)
        for line in lines:
            print(
                f"{line}: this breaks version {MAJOR} of the contract; take it back, or set a new MAJOR in "
                "schemas/contract/channels.py and run `make contract`",
                file=sys.stderr,
            )
        if lines:
            return 1
    elif not accept:
        print(f"version {MAJOR} of the contract is not accepted yet: run `make contract`", file=sys.stderr)
        return 1
    if accept:
        accepted.parent.mkdir(parents=True, exist_ok=True)
        accepted.write_text(text(now), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
