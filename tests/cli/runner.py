"""A stand-in for GitHub's runner: plays the steps of a composite action as that does.

Of expressions it knows what action.yml uses; it cancels a step as GitHub does: SIGINT, SIGTERM, SIGKILL, to
the step's own process and no other.
"""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .desk import PROGRAM, Desk

ACTION = Path(__file__).parents[2] / "action.yml"
SHELL = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")
SIGNALS = ((signal.SIGINT, 0.75), (signal.SIGTERM, 0.25), (signal.SIGKILL, None))
"""Seconds until the next one follows, a tenth of GitHub's: ProcessInvoker of actions/runner."""
Cancel = Callable[[subprocess.Popen[str], Path], None]
"""Is given the process of a step and its log."""
_WORDS = re.compile(r"'[^']*'|[a-z][\w.-]*(?:\(\))?|&&|\|\||!=|==|!|[()]")
_PYTHON = {"&&": " and ", "||": " or ", "!": " not ", "always()": "True"}


@dataclass
class Step:
    """What became of a step."""

    outcome: str
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""


@dataclass
class Job:
    """What became of the action: each step, and how the whole ended."""

    steps: dict[str, Step] = field(default_factory=dict)
    failed: bool = False
    cancelled: bool = False
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""


class Runner:
    """Plays the action in `place`, with the environment of this process; `path` is searched first."""

    def __init__(self, place: Path, path: Path) -> None:
        self._place, self._path = place, path
        self._action: dict[str, Any] = yaml.safe_load(ACTION.read_text("utf-8"))

    def play(
        self,
        given: Mapping[str, str],
        *,
        begin: str = "rollout",
        cancel: Cancel | None = None,
    ) -> Job:
        """Play the steps from `begin` on; those before count as done. `cancel` gets the rollout's process."""
        assert given.keys() <= self._action["inputs"].keys()
        defaults = {name: each.get("default", "") for name, each in self._action["inputs"].items()}
        inputs = {**defaults, **given}
        job, began = Job(), False
        for step in self._action["runs"]["steps"]:
            began = began or step["id"] == begin
            known = _contexts(inputs, job)
            if not began:
                job.steps[step["id"]] = Step("success")
            elif not self._is_due(step, job, known):
                job.steps[step["id"]] = Step("skipped")
            else:
                self._run(step, job, known, cancel if step["id"] == "rollout" else None)
        known = _contexts(inputs, job)
        job.outputs = {name: _text(each["value"], known) for name, each in self._action["outputs"].items()}
        return job

    def _is_due(self, step: Mapping[str, Any], job: Job, known: Mapping[str, str]) -> bool:
        condition = step.get("if", "")
        if "always()" not in condition and (job.failed or job.cancelled):
            return False
        return not condition or bool(_value(condition, known))

    def _run(
        self,
        step: Mapping[str, Any],
        job: Job,
        known: Mapping[str, str],
        cancel: Cancel | None,
    ) -> None:
        files = {name: self._place / f"{step['id']}-{name}" for name in ("output", "path", "step_summary")}
        script, log = self._place / f"{step['id']}.sh", self._place / f"{step['id']}.log"
        script.write_text(step["run"], "utf-8")
        for file in files.values():
            file.touch()
        env = self._environment(files) | {
            name: _text(value, known) for name, value in step.get("env", {}).items()
        }
        with log.open("w", encoding="utf-8") as said:
            process = subprocess.Popen(
                [*SHELL, str(script)],
                stdout=said,
                stderr=subprocess.STDOUT,
                text=True,
                env=env,
                cwd=self._place,
                stdin=subprocess.DEVNULL,
            )
            if cancel:
                cancel(process, log)
                job.cancelled = True
            code = process.wait(60)
        job.summary += files["step_summary"].read_text("utf-8")
        outcome = "success" if code == 0 else "cancelled" if cancel else "failure"
        job.steps[step["id"]] = Step(outcome, _outputs(files["output"]), log.read_text("utf-8"))
        job.failed = job.failed or (code != 0 and not step.get("continue-on-error"))

    def _environment(self, files: Mapping[str, Path]) -> dict[str, str]:
        return {
            **os.environ,
            **{f"GITHUB_{name.upper()}": str(file) for name, file in files.items()},
            "PATH": f"{self._path}:{os.environ['PATH']}",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ACTION.parent),
            "RUNNER_TEMP": str(self._place),
            "CI": "true",
        }


def install_for(desk: Desk) -> Path:
    """A directory with `cage-fsm` in it, to be put on the path."""
    path = desk.place / "path"
    path.mkdir()
    (path / "cage-fsm").write_text(f'#!/bin/sh\nexec {PROGRAM[0]} -c "{PROGRAM[2]}" "$@"\n', "utf-8")
    (path / "cage-fsm").chmod(0o755)
    return path


def cancel_as_github_does(process: subprocess.Popen[str]) -> None:
    """One signal after the other, to this process only, until it has ended."""
    for number, seconds in SIGNALS:
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return


def _outputs(file: Path) -> dict[str, str]:
    lines = file.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def _contexts(inputs: Mapping[str, str], job: Job) -> dict[str, str]:
    known = {f"inputs.{name}": value for name, value in inputs.items()}
    for name, step in job.steps.items():
        known[f"steps.{name}.outcome"] = step.outcome
        known |= {f"steps.{name}.outputs.{output}": value for output, value in step.outputs.items()}
    return known


def _text(template: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(_value(found[1], known) or ""), template)


def _value(expression: str, known: Mapping[str, str]) -> Any:
    """An expression's value: a name that is not known is empty, `||` and `&&` give operands, as in Python."""
    assert not _WORDS.sub("", expression).strip(), expression
    words = _WORDS.findall(expression)
    return eval("".join(map(lambda word: _python(word, known), words)), {"__builtins__": {}})  # noqa: C417


def _python(word: str, known: Mapping[str, str]) -> str:
    if word in ("(", ")", "==", "!="):
        return word
    return _PYTHON.get(word) or (word if word.startswith("'") else repr(known.get(word, "")))
