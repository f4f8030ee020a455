"""A machine as Markdown with a Mermaid state diagram, which code hosts draw where they show the file."""

from collections.abc import Iterator, Sequence

from cage_fsm.engine.definition import Definition
from cage_fsm.report.diagram import COLOURS, DIGEST, GENERATED, Arrow, Look, arrows, columns, look, notes

_PAGE = """\
# The machine `{machine}`

{generated}
{digest}.

## When everything goes well

```mermaid
{way}
```

## The whole machine

```mermaid
{whole}
```

Below the name of a state stand how long it may last, which way the run goes from then on, what it takes and
what its `done` proves released. A final state shows its exit code, and those of particular causes.
"""


def mermaid(definition: Definition) -> str:
    """Draw `definition` as a Markdown page."""
    forward, beside = columns(definition)
    straight = [arrow for arrow in arrows(definition, "done") if arrow.kind == "happy"]
    return _PAGE.format(
        machine=definition.machine,
        generated=GENERATED.format(machine=definition.machine),
        digest=DIGEST.format(digest=f"`{definition.digest}`"),
        way="\n".join(_drawing(definition, forward, straight)),
        whole="\n".join(_drawing(definition, [*forward, *beside], arrows(definition))),
    )


def _drawing(definition: Definition, names: Sequence[str], drawn: Sequence[Arrow]) -> Iterator[str]:
    yield "stateDiagram-v2"
    yield "    direction TB"
    for name in names:
        yield f'    state "{"<br/>".join((name, *notes(definition, name)))}" as {name}'
    yield f"    [*] --> {definition.initial}"
    # Mermaid lays out in the order of reading: the straight line first.
    for arrow in sorted(drawn, key=lambda arrow: arrow.kind != "happy"):
        yield f"    {arrow.source} --> {arrow.to} : {arrow.label}"
    yield from _colours(definition, names)


def _colours(definition: Definition, names: Sequence[str]) -> Iterator[str]:
    looks: dict[Look, list[str]] = {}
    for name in names:
        if end := look(definition, name):
            looks.setdefault(end, []).append(name)
    for end, alike in looks.items():
        fill, line = COLOURS[end]
        yield f"    classDef {end} fill:{fill},stroke:{line},color:#1f2328"
        yield f"    class {','.join(alike)} {end}"
