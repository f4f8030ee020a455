"""Known causes of failures: from AWS's words to the cause and the mend, by the table in causes.toml."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple


@dataclass(frozen=True)
class Row:
    """One known cause; `examples` are AWS's words for it, `source` is where they come from."""

    id: str
    pattern: str
    cause: str
    mend: str
    examples: tuple[str, ...]
    source: str
    logs: bool = False


class Known(NamedTuple):
    """What is the matter, what to do next, and by which row of the table."""

    cause: str
    mend: str
    row: str
    source: str


@cache
def rows() -> tuple[Row, ...]:
    """The table, the most specific row first."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return tuple(Row(**{**row, "examples": tuple(row["examples"])}) for row in table["row"])


def known(said: Sequence[str], logged: Sequence[str] = ()) -> Known | None:
    """The first row that knows something of what AWS `said` or a container `logged`; None where none does."""
    for row in rows():
        for text in (*said, *(logged if row.logs else ())):
            if found := re.search(row.pattern, text):
                return Known(found.expand(row.cause), found.expand(row.mend), row.id, row.source)
    return None
