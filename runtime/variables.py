"""Names of environment variables: which of them are settings, and which Kubernetes sets for services of its own."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches

from runtime.errors import WrongUse

_OF_A_SERVICE = re.compile(r"(.+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
_FEW = 10
"""So many names are listed beside the one that is meant."""

_ADDRESS = re.compile(r"(tcp|udp|sctp)://")


def refuse_unknown(given: Mapping[str, str | None], known: Collection[str], prefix: str) -> None:
    """Raises WrongUse for a name that begins with the prefix and is not known: a misspelt setting would not hold.

    Names are upper case. What Kubernetes tells every pod about a service whose name begins alike is no setting.
    """
    for name, value in given.items():
        if name.startswith(prefix) and name not in known and not is_of_a_service(name.removeprefix(prefix), value):
            raise WrongUse(f"setting {name} does not exist; {_hint(name, known)}")


def is_of_a_service(name: str, value: str | None) -> bool:
    """Whether Kubernetes, or a link of Docker, sets a variable with this end for a service: `KAFKA_SERVICE_HOST`."""
    if _OF_A_SERVICE.fullmatch(name):
        return True
    return (name == "PORT" or name.endswith("_PORT")) and _ADDRESS.match(value or "") is not None


def _hint(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=1)
    there = f"there are {', '.join(known)}"
    if not near:
        return there
    return f"did you mean {near[0]}?" if len(known) > _FEW else f"did you mean {near[0]}? {there}"
