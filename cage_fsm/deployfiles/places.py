"""Where a value stands in a JSON document, as data and as people write it."""

import json
import re

Place = tuple[str | int, ...]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def dotted(place: Place) -> str:
    """Return the place as a path, such as `containerDefinitions[0].image`."""
    return "".join(_step(step) for step in place).removeprefix(".")


def quoted(text: str) -> str:
    """Return the text without control characters, which a terminal would obey."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN.fullmatch(step) else f'["{quoted(step)}"]'
