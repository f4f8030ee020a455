"""A machine as Graphviz source: the way forward is one straight column, all else stands beside it."""

from collections.abc import Iterator

from cage_fsm.engine.definition import Definition
from cage_fsm.report.diagram import COLOURS, DIGEST, GENERATED, Arrow, Look, arrows, columns, look, notes

_HEAD = """\
digraph "{machine}" {{
  graph [rankdir=TB, nodesep=0.6, ranksep=0.35, fontname="Helvetica", splines=true, bgcolor="white"]
  node  [shape=box, style="rounded,filled", fillcolor="#eaf3ff", color="#0969da", margin="0.15,0.06"]
  node  [fontname="Helvetica", fontsize=12]
  edge  [fontname="Helvetica", fontsize=10, arrowsize=0.7]
"""

_EDGES = {
    "happy": 'color="#1a7f37", fontcolor="#1a7f37", penwidth=2.4, weight=100',
    "good": 'color="#0969da", fontcolor="#0969da", penwidth=1.4',
    "bad": 'color="#cf222e", fontcolor="#cf222e"',
    "abort": 'color="#8c959f", fontcolor="#57606a", style=dashed',
}


def dot(definition: Definition) -> str:
    """Draw `definition` as Graphviz source."""
    generated = GENERATED.format(machine=definition.machine)
    return "\n".join(
        [
            f"// {generated}",
            f"// {DIGEST.format(digest=definition.digest)}",
            _HEAD.format(machine=definition.machine),
            *_nodes(definition),
            "",
            *(_edge(arrow, definition) for arrow in arrows(definition)),
            "}",
            "",
        ]
    )


def _nodes(definition: Definition) -> Iterator[str]:
    forward, beside = columns(definition)
    for name in forward:
        yield _node(definition, name, ', group="forward"')
    for name in beside:
        yield _node(definition, name, "")


def _node(definition: Definition, name: str, more: str) -> str:
    lines = "".join(f'<br/><font point-size="10" color="#57606a">{n}</font>' for n in notes(definition, name))
    return f"  {name} [label=<<b>{name}</b>{lines}>{_colours(look(definition, name))}{more}]"


def _colours(ends: Look | None) -> str:
    if ends is None:
        return ""
    fill, line = COLOURS[ends]
    return f', fillcolor="{fill}", color="{line}", penwidth={1 if ends == "way" else 2}'


def _edge(arrow: Arrow, definition: Definition) -> str:
    label = "".join(f"&#160;&#160;{line}\\l" for line in arrow.label.replace(", ", ",\n").splitlines())
    free = ", constraint=false" if _leads_back(arrow, definition) else ""
    return f'  {arrow.source} -> {arrow.to} [label="{label}", {_EDGES[arrow.kind]}{free}]'


def _leads_back(arrow: Arrow, definition: Definition) -> bool:
    """Tell whether an edge turns to a state that undoes something: it then stands beside, not below."""
    state = definition.state.get(arrow.to)
    return arrow.kind in ("bad", "abort") and state is not None and state.direction == "back"
