"""The data sets and mappings that come with citywatch."""

from __future__ import annotations

from pathlib import Path

from runtime.errors import WrongUse

_HERE = Path(__file__).parent
MAPS = _HERE / "maps"
DATA = _HERE / "data"


def map_names() -> list[str]:
    """Names that `--map` takes."""
    return sorted(path.stem for path in MAPS.glob("*.toml"))


def data_names() -> list[str]:
    """Names that `citywatch replay` takes in place of a file."""
    return sorted(path.name for path in DATA.iterdir() if (path / "events.csv.gz").is_file())


def map_path(name: str) -> Path:
    """The mapping of a name, or the TOML file itself. Raises WrongUse."""
    shipped = MAPS / f"{name}.toml"
    if name in map_names():
        return shipped
    path = Path(name)
    if path.is_file():
        return path
    raise WrongUse(f"no mapping {name!r}: give a TOML file, or one of {', '.join(map_names())}")


def data_path(name: str) -> Path:
    """The file of a path, or of a shipped data set's name. Raises WrongUse."""
    path = Path(name)
    if path.is_file():
        return path
    if name in data_names():
        return DATA / name / "events.csv.gz"
    if path.is_dir():
        raise WrongUse(f"{name} is a directory: give a CSV file in it")
    raise WrongUse(f"no file {name}: give a CSV file, or one of the shipped {', '.join(data_names())}")
