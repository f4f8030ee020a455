"""Writes the drawings of every machine, or tells which are stale: `python -m … DIR [--check]`.

The machines are read from `states/` beside DIR.
"""

import argparse
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from cage_fsm.engine.definition import Definition
from cage_fsm.report.diagram_dot import dot
from cage_fsm.report.diagram_mermaid import mermaid


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the drawings; with --check, write nothing and return 1 when one of them is stale."""
    parser = argparse.ArgumentParser(prog="python -m cage_fsm.report.write_diagrams", description=__doc__)
    parser.add_argument("directory", type=Path, help="where the drawings are; `states/` stands beside it")
    parser.add_argument("--check", action="store_true", help="write nothing, tell which drawings are stale")
    options = parser.parse_args(arguments)
    drawn = drawings(options.directory.resolve().parent / "states")
    if not options.check:
        write(drawn, options.directory)
        return 0
    complaints = stale(drawn, options.directory)
    sys.stderr.write("".join(f"{complaint}\n" for complaint in complaints))
    return 1 if complaints else 0


def drawings(states: Path) -> dict[str, str]:
    """Every drawing by the name of its file."""
    drawn = {}
    for file in sorted(states.glob("*.toml")):
        definition = Definition.model_validate(tomllib.loads(file.read_text("utf-8")))
        drawn[f"{file.stem}.md"] = mermaid(definition)
        drawn[f"{file.stem}.dot"] = dot(definition)
    return drawn


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
