"""The summary of a step of GitHub Actions: how the run ended, and its timeline.

In HTML without an empty line, so that nothing in it is read as Markdown; AWS's words stand in `code` and
`pre`, where GitHub makes neither links nor mentions of them.
"""

from collections.abc import Iterator, Sequence
from html import escape

from cage_fsm.engine.durations import words
from cage_fsm.engine.record import Record, outcome
from cage_fsm.report import naming
from cage_fsm.report.path import Visit, been
from cage_fsm.report.terminal import UNICODE
from cage_fsm.report.text import clean, shorten, utc

WIDEST = 500
"""Characters of a reason; a step's summary may have 1 MiB."""


def step_summary(record: Record, ending: Sequence[str]) -> str:
    """The summary of `record`; `ending` are the lines that end the log."""
    return "\n".join((*_head(record, ending), *_timeline(record), "", ""))


def _head(record: Record, ending: Sequence[str]) -> Iterator[str]:
    yield f"<h3>{_html(naming.place(record))}: {outcome(record).outcome.replace('_', ' ')}</h3>"
    yield f"<p>Run {_code(record.id)} {_code(naming.change(record))}</p>"
    lines = "\n".join(ending).splitlines()
    yield f"<pre>{_html(chr(10).join(line for line in lines if line.strip()))}</pre>"


def _timeline(record: Record) -> Iterator[str]:
    yield "<table><tr><th></th><th>state</th><th>entered</th><th>took</th><th>what came of it</th></tr>"
    for visit in been(record):
        cells = [_html(cell) for cell in (UNICODE.status[visit.status], visit.state, *_times(visit))]
        cells.append(_code(shorten(clean(visit.reason), WIDEST)))
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
    yield "</table>"


def _times(visit: Visit) -> tuple[str, str]:
    if not visit.entered:
        return "", ""
    lasted = words((visit.left - visit.entered).total_seconds() // 1) if visit.left else ""
    return utc(visit.entered), lasted


def _code(text: str) -> str:
    return f"<code>{_html(text)}</code>" if text else ""


def _html(text: str) -> str:
    return escape(text, quote=True)
