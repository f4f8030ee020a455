"""Changes to a local store's database that no handle of ours would make."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def edit(directory: Path, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Execute `statement` on the database in `directory` and return its rows."""
    with closing(sqlite3.connect(directory / "cache.db", isolation_level=None)) as connection:
        return connection.execute(statement, values).fetchall()


def insert(
    directory: Path, key: object, value: object, *, raw: int = 1, mode: int = 1, filename: str = ""
) -> None:
    """Plant a row."""
    edit(
        directory,
        "INSERT INTO Cache (key, raw, mode, filename, value) VALUES (?, ?, ?, ?, ?)",
        *(key, raw, mode, filename or None, value),
    )
