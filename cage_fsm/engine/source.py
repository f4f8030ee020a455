"""Where in a machine file a state or a key stands, so that every complaint names its line."""

import re
from dataclasses import dataclass, field
from pathlib import Path

_HEADER = re.compile(r"\s*\[\s*state\s*\.\s*\"?([\w-]+)\"?\s*\]")
_KEY = re.compile(r"\s*([\w.-]+)\s*=")


@dataclass(frozen=True)
class Place:
    """A line of a file; `key` is what to mend there, as it is written in the file."""

    file: Path
    line: int
    state: str | None = None
    key: str | None = None

    def __str__(self) -> str:
        header = f" [state.{self.state}]" if self.state else ""
        return f"{self.file}:{self.line}:{header}{f' {self.key}' if self.key else ''}"


@dataclass(frozen=True)
class Source:
    """The text of a machine file, indexed by state and key."""

    file: Path
    text: str
    _lines: dict[tuple[str | None, str | None], int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        state: str | None = None
        for number, line in enumerate(self.text.splitlines(), start=1):
            if header := _HEADER.match(line):
                state = header[1]
                self._lines.setdefault((state, None), number)
            elif key := _KEY.match(line):
                self._lines.setdefault((state, key[1]), number)

    def place(self, state: str | None = None, key: str | None = None) -> Place:
        """The line of `key` in the section of `state`, or else of the section, or else the first."""
        for wanted in ((state, key), (state, None), (None, key)):
            if wanted in self._lines:
                return Place(self.file, self._lines[wanted], state, key)
        return Place(self.file, 1, state, key)
