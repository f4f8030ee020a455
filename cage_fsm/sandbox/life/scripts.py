"""What a command that was given to RunTask does: nobody has its program here, so a few words are played.

`exit 7`, `sleep 20` and `echo some words`, one after the other with `;` or `&&` between them, by themselves
or as the argument of a shell (`sh -c "echo begins; sleep 20; exit 7"`). Any other command writes one line,
and ends with 0 after a few seconds. Scenarios that end a container do so all the same.
"""

import re
import shlex
from collections.abc import Sequence
from contextlib import suppress

from cage_fsm.sandbox.life import faults, logs
from cage_fsm.sandbox.records import Container, Json, Step, Task
from cage_fsm.sandbox.world import World

_BETWEEN = re.compile(r"\s*(?:;|&&)\s*")
_SHELL_SAYS = re.compile(r"-[a-z]*c")
_STEP = re.compile(r"(?P<word>exit)\s+(?P<code>\d{1,3})|(?P<sleep>sleep)\s+(?P<seconds>[\d.]+)|echo\b.*")
_OF_ANOTHER = "runs the command that it was given"


def of(request: Json, name: str) -> tuple[Step, ...]:
    """Read the script of a container from the overrides of its task; empty without a command."""
    overrides = request.get("overrides", {}).get("containerOverrides", [])
    command = next((each.get("command") for each in overrides if each.get("name") == name), None)
    if not command:
        return ()
    steps = [_step(part) for part in _BETWEEN.split(_text(command)) if part]
    if None in steps or not steps:
        return ("echo", f"{name} {_OF_ANOTHER}"), ("sleep", "3")
    return tuple(each for each in steps if each)


def play(world: World, task: Task, container: Container) -> None:
    """Let a container that has just started do what its script says."""
    subject, at = f"{task.arn}|{container.name}", 0.0
    logs.say(world, task, container, [])  # its stream is there from then on
    for word, what in container.script:
        if word == "echo":
            world.after(at, "container.say", subject, what)
        elif word == "sleep":
            at += float(what)
        else:
            faults.die(world, task, container, at, what)
            return
    faults.die(world, task, container, at, "0")


def say(world: World, subject: str, line: str) -> None:
    """Write one line of a script."""
    arn, _, name = subject.partition("|")
    task = world.tasks.get(arn)
    container = next((each for each in task.containers if each.name == name), None) if task else None
    if task and container and container.last_status == "RUNNING":
        logs.say(world, task, container, [line])


def _text(command: Sequence[str]) -> str:
    *_, before, last = ["", *command]
    return last if _SHELL_SAYS.fullmatch(before) else " ".join(command)


def _step(part: str) -> Step | None:
    found = _STEP.fullmatch(part)
    if found is None:
        return None
    if found["word"]:
        return "exit", str(int(found["code"]) % 256)
    if found["sleep"]:
        return "sleep", found["seconds"]
    with suppress(ValueError):
        return "echo", " ".join(shlex.split(part)[1:])
    return "echo", part.partition(" ")[2]
