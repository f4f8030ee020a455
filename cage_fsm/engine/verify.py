"""Reads a machine and proves it, or refuses it: first the shape, then every walk through the graph."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from cage_fsm.engine.definition import Closed, Definition, Edge, Promise, State
from cage_fsm.engine.proofs import Fault, Proof, prove
from cage_fsm.engine.shape import misshapen
from cage_fsm.engine.source import Place, Source
from cage_fsm.engine.walk import Node

Promises = Mapping[str, Promise]
"""What is true of each phase, by its name."""

_WHERE = re.compile(r" \(at (?:line (\d+), (column \d+)|end of document)\)$")


class DefinitionError(Exception):
    """A machine is refused. Every problem names file, line, state and key."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Verified:
    """A machine with the proof that it may run."""

    definition: Definition
    proof: Proof


def load(file: Path, promises: Promises) -> Verified:
    """Read the machine in `file` and prove it. Raises DefinitionError, or OSError for an unreadable file."""
    source = _open(file)
    definition = _read(source)
    if problems := list(misshapen(definition, source, promises)):
        raise DefinitionError(problems)
    proof = prove(definition, promises)
    if proof.faults:
        raise DefinitionError([_tell(fault, source) for fault in proof.faults])
    return Verified(definition, proof)


def read(file: Path) -> Definition:
    """Read the machine in `file` without its proof. Raises as `load` does, but only for what says nothing."""
    return _read(_open(file))


def still_holds(definition: Definition, promises: Promises, start: Node) -> list[str]:
    """Prove a machine from the middle: what could go wrong for a run that stands at `start`."""
    if start.state not in definition.names:
        return [f"The state {start.state} does not exist any more."]
    return [fault.message for fault in prove(definition, promises, start).faults]


def _open(file: Path) -> Source:
    content = file.read_bytes()
    try:
        return Source(file, content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DefinitionError([f"{Place(file, line)}: not valid TOML: not UTF-8."]) from None


def _read(source: Source) -> Definition:
    try:
        return Definition.model_validate(tomllib.loads(source.text))
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError([_garbled(source, str(error))]) from None
    except ValidationError as error:
        problems = [_misfit(source, each["loc"], each["type"], each["msg"]) for each in error.errors()]
        raise DefinitionError(problems) from None
    except RecursionError:
        raise DefinitionError([f"{source.most('[{')}: this is nested too deeply."]) from None
    except ValueError:  # Python reads no number of more than some thousand digits
        raise DefinitionError([f"{source.most('0123456789')}: this number is too long."]) from None


def _garbled(source: Source, message: str) -> str:
    where = _WHERE.search(message)
    line = int(where[1]) if where and where[1] else source.text.count("\n") + 1
    what = _WHERE.sub(f", {where[2]}" if where and where[2] else " at the end of the file", message)
    return f"{Place(source.file, line)}: not valid TOML: {what}."


def _misfit(source: Source, where: tuple[int | str, ...], kind: str, message: str) -> str:
    named = [str(part) for part in where if isinstance(part, str) and part != "[key]"]
    message = message.removeprefix("Value error, ")
    if kind == "missing":
        message = f"`{named[-1]}` is missing, and needed here."
    if kind == "extra_forbidden":
        message = f"there is no key `{named[-1]}`; there are {', '.join(_shape(named).model_fields)}."
    if named[:1] != ["state"] or len(named) == 1:
        key = named[0] if named and kind != "missing" else None
        return f"{source.place(key=key)}: {message}"
    state, key = named[1], ".".join(named[2:4]) or None
    if key and not key.startswith("on."):
        key = named[2]
    return f"{source.place(state, key)}: {message}"


def _shape(named: list[str]) -> type[Closed]:
    """What the last of these keys stands in."""
    if named[0] != "state":
        return Definition
    return Edge if "on" in named[2:-1] else State


def _tell(fault: Fault, source: Source) -> str:
    path = f"\n    path: {' -> '.join(fault.path)}" if fault.path else ""
    return f"{source.place(fault.state, fault.key)}: {fault.message}{path}"
