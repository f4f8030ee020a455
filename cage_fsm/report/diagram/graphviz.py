"""A machine as a picture, drawn by Graphviz."""

import subprocess

from cage_fsm.report.diagram.dot import dot
from cage_fsm.report.diagram.scene import Scene


class CannotDraw(Exception):
    """Graphviz is not here, or does not draw; the message says what to do."""


def svg(scene: Scene) -> str:
    """Draw a scene as SVG, with the digest of its machine in it. Raises CannotDraw."""
    try:
        done = subprocess.run(["dot", "-Tsvg"], input=dot(scene).encode(), capture_output=True, check=False)
    except OSError as error:
        message = (
            "SVG is drawn by the program `dot` of Graphviz, which cannot be run on this machine "
            f"({error.strerror}). Install Graphviz, or use --format mermaid, or draw what --format dot "
            "prints elsewhere."
        )
        raise CannotDraw(message) from error
    if done.returncode:
        message = f"Graphviz does not draw this machine: {done.stderr.decode(errors='replace').strip()}"
        raise CannotDraw(message)
    return f"{done.stdout.decode().rstrip()}\n<!-- {digest_line(scene.machine, scene.digest)} -->\n"


def digest_line(machine: str, digest: str) -> str:
    """What ties a picture to its machine."""
    return f"machine {machine}, digest {digest}"
