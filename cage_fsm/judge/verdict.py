"""A verdict: pass, fail or wait, by which rule, for which reason, on which observations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

Seen = Mapping[str, JsonValue]
Says = Literal["pass", "fail", "wait"]


@dataclass(frozen=True)
class Verdict:
    """What a rule says of what was seen. No data is `wait`, never `pass`."""

    says: Says
    rule: str
    reason: str
    seen: Seen = field(default_factory=dict)
