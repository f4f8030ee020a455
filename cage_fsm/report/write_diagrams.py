"""Writes the drawings of every machine, or tells which are stale: `python -m … DIR [--check]`.

The machines are read from `states/` beside DIR. Only writing needs Graphviz: its SVG differs from one
version of `dot` to the next, so a check compares the digest of the machine that stands in it.
"""

import argparse
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from cage_fsm.engine.definition import Definition
from cage_fsm.report.diagram.dot import dot
from cage_fsm.report.diagram.drawing import scene
from cage_fsm.report.diagram.graphviz import digest_line, svg
from cage_fsm.report.diagram.mermaid import page


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the drawings; with --check, write nothing and return 1 when one of them is stale."""
    parser = argparse.ArgumentParser(prog="python -m cage_fsm.report.write_diagrams", description=__doc__)
    parser.add_argument("directory", type=Path, help="where the drawings are; `states/` stands beside it")
    parser.add_argument("--check", action="store_true", help="write nothing, tell which drawings are stale")
    options = parser.parse_args(arguments)
    machines = definitions(options.directory.resolve().parent / "states")
    drawn = drawings(machines)
    if not options.check:
        pictures = {f"{name}.svg": svg(scene(machine)) for name, machine in machines.items()}
        write(drawn | pictures, options.directory)
        return 0
    complaints = stale(drawn, options.directory) + stale_svgs(machines, options.directory)
    sys.stderr.write("".join(f"{complaint}\n" for complaint in complaints))
    return 1 if complaints else 0


def definitions(states: Path) -> dict[str, Definition]:
    """Every machine by the name of its file."""
    return {
        file.stem: Definition.model_validate(tomllib.loads(file.read_text("utf-8")))
        for file in sorted(states.glob("*.toml"))
    }


def drawings(machines: Mapping[str, Definition]) -> dict[str, str]:
    """Every drawing that is text, by the name of its file."""
    drawn = {}
    for name, definition in machines.items():
        drawn[f"{name}.md"] = page(scene(definition))
        drawn[f"{name}.dot"] = dot(scene(definition))
    return drawn


def stale_svgs(machines: Mapping[str, Definition], directory: Path) -> list[str]:
    """A sentence for each picture that shows another machine than the one of its name."""
    pictures = {name: directory / f"{name}.svg" for name in machines}
    return [
        f"{file} is stale; run `make diagrams`."
        for name, file in pictures.items()
        if not file.is_file() or _digest_line(machines[name]) not in file.read_text("utf-8")
    ]


def _digest_line(definition: Definition) -> str:
    return digest_line(definition.machine, definition.digest)


def write(drawn: dict[str, str], directory: Path) -> None:
    """Write the drawings, the same bytes on every system."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in drawn.items():
        (directory / name).write_bytes(content.encode())


def stale(drawn: dict[str, str], directory: Path) -> list[str]:
    """A sentence for each drawing that is not what its machine says, byte for byte."""
    found = {file.name for file in directory.glob("*") if file.suffix in (".md", ".dot")}
    return [
        *(
            f"{directory / name} is stale; run `make diagrams`."
            for name, content in drawn.items()
            if name not in found or (directory / name).read_bytes() != content.encode()
        ),
        *(f"{directory / name} draws no machine; delete it." for name in sorted(found - drawn.keys())),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
