"""Findings that somebody has accepted for a time: a TOML file with a [[waiver]] for each.

[[waiver]]
id      = "CVE-2026-0001"
reason  = "Only the server part is vulnerable, and we do not start it."
expires = 2026-12-31        # the last day on which it counts, in UTC
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints, ValidationError

from cage_fsm.engine.definition import Closed
from cage_fsm.judge.scan import Audited
from cage_fsm.usage import UsageError

_HEADER = re.compile(r"^[ \t]*\[\[\s*waiver\s*\]\]", re.MULTILINE)

_WRONG = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such key",
    "string_type": "it is no text",
    "string_too_short": "it is empty",
    "tuple_type": "it is written [[waiver]], with two brackets",
}
"""What is wrong, by pydantic's type of error; of a day nothing more can be said."""

_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Waiver(Closed):
    """A finding that does not count, up to and with the day `expires`."""

    id: _Words
    reason: _Words
    expires: date

    def counts(self, today: date) -> bool:
        """Whether it holds on that day."""
        return today <= self.expires


class _File(Closed):
    waiver: tuple[Waiver, ...] = ()


def read_waivers(file: Path | None) -> tuple[Waiver, ...]:
    """Read a file of waivers; there is none without one. Raises UsageError."""
    if file is None:
        return ()
    try:
        text = file.read_text("utf-8-sig")  # editors on Windows write a byte order mark
        found = _File.model_validate(tomllib.loads(text)).waiver
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}.") from error
    except ValidationError as error:
        raise UsageError("\n".join(_problems(file, text, error))) from None
    except (ValueError, RecursionError) as error:  # also of numbers that are too long, and lists too deep
        raise UsageError(f"{file}: it is no TOML: {error}.") from error
    if twice := {each.id for each in found if sum(other.id == each.id for other in found) > 1}:
        raise UsageError(f"{file}: {', '.join(sorted(twice))}: waived twice; keep one [[waiver]] for each.")
    return found


def _problems(file: Path, text: str, error: ValidationError) -> list[str]:
    lines = [text.count("\n", 0, header.start()) + 1 for header in _HEADER.finditer(text)]
    return [
        _problem(file, lines, each["loc"], _WRONG.get(each["type"], "it is not as it has to be"))
        for each in error.errors(include_input=False, include_url=False)
    ]


def _problem(file: Path, lines: list[int], at: tuple[int | str, ...], words: str) -> str:
    number = at[1] if len(at) > 1 and isinstance(at[1], int) else None
    line = f":{lines[number]}" if number is not None and number < len(lines) else ""
    key = f" `{at[-1]}`" if isinstance(at[-1], str) and at[-1] != "waiver" else ""
    return (
        f"{file}{line}: [[waiver]]{key}: {words}. Each needs `id`, `reason` and `expires`, a day such as "
        "2026-12-31."
    )


@dataclass(frozen=True)
class Waivers:
    """The ids that are waived today, and those that were."""

    counting: frozenset[str] = frozenset()
    expired: frozenset[str] = frozenset()

    @classmethod
    def of(cls, file: Path | None, today: date) -> "Waivers":
        """Those of a file, if there is one. Raises UsageError."""
        found = read_waivers(file)
        counting = frozenset(each.id for each in found if each.counts(today))
        return cls(counting, frozenset(each.id for each in found) - counting)

    def unused(self, found: Iterable[Audited]) -> frozenset[str]:
        """What is waived, and was not found."""
        return self.counting - {one.id for each in found for one in each.findings}
