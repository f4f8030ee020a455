"""Machines as they are named on the command line."""

from pathlib import Path

import click

from cage_fsm.data import data


def machine_file(name: str) -> Path:
    """The file of a machine that ships with the program, or any other file. Raises UsageError."""
    shipped = data(f"states/{name}.toml")
    file = shipped if shipped.is_file() else Path(name)
    if not file.is_file():
        names = ", ".join(sorted(each.stem for each in data("states").glob("*.toml")))
        message = f"There is no machine {name}. These ship with the program: {names}. Or name a .toml file."
        raise click.UsageError(message)
    return file
