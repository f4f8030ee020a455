"""One thing that was found, and what became of it."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["task", "target", "revision", "run", "claim", "cluster", "unseen"]
CameTo = Literal["done", "draining", "left", "failed"]


@dataclass(frozen=True)
class Finding:
    """Something to clear away, or to know of.

    `does` says what would be done, and `why` that it is safe; where nothing would be done, `does` is None
    and `why` says why not. Found again later and still equal, it has not changed meanwhile.
    """

    kind: Kind
    thing: str
    """The ARN of a task or a revision, `id:port` of a target, the key of a claim, the id of a run."""
    why: str
    run: str | None = None
    does: str | None = None
    where: str = ""
    """The cluster; of a target, its target group."""
    nonce: str = ""
    """Of the record that this was judged by."""


@dataclass(frozen=True)
class Act:
    """What became of a finding.

    `draining`: begun, and a later sweep finishes it. `left`: it had changed, so nothing was done.
    """

    finding: Finding
    came_to: CameTo
    words: str
