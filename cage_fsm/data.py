"""Finds what ships with the package: `states` and `examples`."""

from pathlib import Path

_HERE = Path(__file__).parent


def data(name: str) -> Path:
    """The path of `name`: inside the package once it is built, at the root of a checkout before."""
    built = _HERE / "_data" / name
    return built if built.exists() else _HERE.parent / name
