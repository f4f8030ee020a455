"""A machine as Graphviz source: the way to the goal is one straight column, all else stands beside it."""

from collections import defaultdict
from collections.abc import Iterator
from html import escape
from textwrap import wrap

from cage_fsm.report.diagram import colours
from cage_fsm.report.diagram.scene import Arrow, Box, Frame, Scene
from cage_fsm.report.text import clean

_FONT = 'fontname="Helvetica,Arial,sans-serif"'
_HEAD = f"""\
  graph [rankdir=TB, newrank=true, compound=true, nodesep=0.4, ranksep=0.36, bgcolor="white", {_FONT}]
  node  [shape=box, style="rounded,filled", margin="0.15,0.05", {_FONT}, fontsize=15]
  edge  [{_FONT}, fontsize=12, arrowsize=0.7]
  "[*]" [shape=circle, style=filled, label="", width=0.16, fillcolor="{colours.INK}"]
"""
_WIDTH = 42  # of a line in a box, in characters
_NO_BREAK = "\u00a0"
_ORDER = ("aborted", "succeeded", "left_failing", "rolled_back", "rests")


def dot(scene: Scene) -> str:
    """Draw a scene as Graphviz source, in ASCII: it may go through any terminal or pipe."""
    lines = [
        f"// Drawn from the machine {scene.machine}, digest {scene.digest}; not to be edited.",
        f"digraph {_quoted(scene.machine)} {{",
        _HEAD,
        *_caption(scene),
        *(_node(scene, box) for box in scene.boxes),
        "",
        *(_frame(number, frame) for number, frame in enumerate(scene.frames)),
        *_rows(scene),
        "",
        f'  "[*]" -> {_quoted(scene.initial)} [color="{colours.INK}", weight=1000]',
        *(_edge(scene, arrow) for arrow in scene.arrows),
        "}",
    ]
    return "".join(f"{line}\n" for line in lines).encode("ascii", "xmlcharrefreplace").decode()


def _caption(scene: Scene) -> Iterator[str]:
    if scene.caption:
        words = "\\n".join(map(_escaped, scene.caption))
        yield f'  label="{words}"; labelloc=t; fontsize=14\n'


def _node(scene: Scene, box: Box) -> str:
    fill, line = colours.of_box(scene, box)
    back = scene.covered and box.mark is None
    ink = colours.STANDS_BACK[1] if back else colours.SOFT
    rows = [
        f"<b>{escape(clean(box.name))}</b>",
        *(_small(text, ink) for text in _short_lines(box)),
        *(_small(part, ink if back else colours.HELD) for text in box.holds for part in _wrapped(text)),
        *(f"<b>{_small(text, line)}</b>" for text in box.remarks),
    ]
    group = {"way": "way", "succeeded": "way", "back": "back", "rolled_back": "back"}.get(box.look)
    column = f", group={group}" if group else ""
    width = 2.5 if box.mark or (colours.is_end(box) and not scene.covered) else 1
    dashed = ', style="rounded,filled,dashed"' if box.mark == "removed" else ""
    return (
        f'  {_quoted(box.name)} [label=<{"<br/>".join(rows)}>, fontcolor="{ink if back else colours.INK}", '
        f'fillcolor="{fill}", color="{line}", penwidth={width}{dashed}{column}]'
    )


def _short_lines(box: Box) -> list[str]:
    return list(box.rules) if colours.is_end(box) or not box.rules else [" · ".join(box.rules)]


def _wrapped(text: str) -> list[str]:
    return wrap(text.replace(" ", _NO_BREAK).replace(f",{_NO_BREAK}", ", "), _WIDTH)


def _small(text: str, colour: str) -> str:
    return f'<font point-size="12" color="{colour}">{escape(text)}</font>'


def _frame(number: int, frame: Frame) -> str:
    fill, line = ("#f6f0ff", "#8250df") if frame.title else ("#f6f8fa", "#d0d7de")
    names = "; ".join(map(_quoted, frame.names))
    return (
        f'  subgraph cluster_{number} {{ style="rounded,filled"; fillcolor="{fill}"; color="{line}"; '
        f'label="{frame.title}"; labeljust=r; fontsize=12; fontcolor="{line}"; {names} }}'
    )


def _rows(scene: Scene) -> Iterator[str]:
    rows: defaultdict[int, list[Box]] = defaultdict(list)
    for box in scene.boxes:
        rows[box.row].append(box)
    for row in rows.values():
        if len(row) > 1:
            yield f"  {{ rank=same; {'; '.join(_quoted(box.name) for box in row)} }}"
    ends = sorted((box for box in scene.boxes if box.look in _ORDER), key=lambda box: _ORDER.index(box.look))
    yield f"  {' -> '.join(_quoted(box.name) for box in ends)} [style=invis]"


def _edge(scene: Scene, arrow: Arrow) -> str:
    rows = {box.name: box.row for box in scene.boxes}
    tail, head, frame = arrow.source, arrow.to, ""
    up = rows[head] < rows[tail]
    if arrow.frame is not None:
        frame = f", {'lhead' if up else 'ltail'}=cluster_{arrow.frame}"
    if up:  # Graphviz keeps the rows when every edge is told downwards
        tail, head = head, tail
    return f"  {_quoted(tail)} -> {_quoted(head)} [{_style(scene, arrow)}{', dir=back' if up else ''}{frame}]"


def _style(scene: Scene, arrow: Arrow) -> str:
    colour = colours.of_arrow(scene, arrow)
    text = "".join(f"&#160;&#160;{label}\\l" for label in arrow.labels)
    width = 2.6 if arrow.mark or (arrow.kind == "happy" and not scene.covered) else 1
    weight = ", weight=1000" if arrow.kind == "happy" else ""
    dashed = ", style=dashed" if arrow.kind == "asked" or arrow.mark == "removed" else ""
    return f'label="{text}", color="{colour}", fontcolor="{colour}", penwidth={width}{weight}{dashed}'


def _quoted(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else f'"{_escaped(name)}"'


def _escaped(text: str) -> str:
    return clean(text).replace("\\", "\\\\").replace('"', '\\"')
