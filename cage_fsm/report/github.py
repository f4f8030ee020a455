"""What GitHub's runner takes from a step: commands in its log, outputs, and a summary.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

Level = Literal["error", "warning", "notice"]
END_OF_GROUP = "::endgroup::"


def is_here(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this process is part of a workflow."""
    return environ.get("GITHUB_ACTIONS") == "true"


def annotation(level: Level, title: str, lines: Iterable[str]) -> str:
    """The command that puts `lines` on the page of the workflow run."""
    title = _escaped(title).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={title}::{_escaped(chr(10).join(lines))}"


def group(title: str) -> str:
    """The command after which the log is folded under `title`, up to END_OF_GROUP."""
    return f"::group::{_escaped(title)}"


def put_outputs(values: Mapping[str, object], environ: Mapping[str, str] = os.environ) -> None:
    """Make these the outputs of the step, at once; a value becomes one line. Never raises."""
    lines = [f"{name}={' '.join(str(value).split())}\n" for name, value in values.items()]
    _append("GITHUB_OUTPUT", "".join(lines), environ)


def put_summary(text: str, environ: Mapping[str, str] = os.environ) -> None:
    """Add `text`, in HTML, to the summary of the step. Never raises."""
    _append("GITHUB_STEP_SUMMARY", text, environ)


def _append(variable: str, text: str, environ: Mapping[str, str]) -> None:
    if is_here(environ) and (file := environ.get(variable)):
        with suppress(OSError), Path(file).open("a", encoding="utf-8", errors="backslashreplace") as opened:
            opened.write(text)


def _escaped(text: str) -> str:
    """Nothing in `text` ends the command; the runner reads it back."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
