"""What the containers of a task definition say about each other."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from cage_fsm.deployfiles.document import Document
from cage_fsm.deployfiles.hints import listed
from cage_fsm.deployfiles.problems import Problem

_LIST = "containerDefinitions"


def check_containers(document: Document) -> Iterator[Problem]:
    """Yield what is wrong between the containers; every field by itself is right already."""
    containers = document.value[_LIST]
    incomplete = [problem for index in range(len(containers)) for problem in _incomplete(document, index)]
    if not containers:
        yield document.problem((_LIST,), "is empty, but a task needs at least one container")
    elif incomplete:
        yield from incomplete
    else:
        yield from _together(document)


def _together(document: Document) -> Iterator[Problem]:
    containers = document.value[_LIST]
    if not any(container.get("essential", True) for container in containers):
        yield document.problem((_LIST,), "has no essential container, but a task needs at least one")
    yield from _same_names(document)
    yield from _dependencies(document)


def names_of(document: Document) -> dict[str, int]:
    """Return the position of each container by its name."""
    names = [container["name"] for container in document.value[_LIST]]
    return {name: names.index(name) for name in names}


def shown_names(document: Document) -> str:
    """Return the container names as a list in a sentence, as the file has them."""
    return listed(document.shown((_LIST, index, "name")) for index in names_of(document).values())


def _incomplete(document: Document, index: int) -> Iterator[Problem]:
    container = document.value[_LIST][index]
    for key in ("name", "image"):
        if not container.get(key):
            yield document.problem((_LIST, index), f"has no `{key}`, which every container needs")
    if container.get("image", "").endswith(":"):
        place = (_LIST, index, "image")
        yield document.problem(place, f"is `{document.shown(place)}`, which leaves nothing after the colon")


def _same_names(document: Document) -> Iterator[Problem]:
    first = names_of(document)
    for index, container in enumerate(document.value[_LIST]):
        same = first[container["name"]]
        if same != index:
            place = (_LIST, index, "name")
            other = f"container {same} (line {document.line((_LIST, same, 'name'))})"
            yield document.problem(place, f"is `{document.shown(place)}`, the name of {other} as well")


def _dependencies(document: Document) -> Iterator[Problem]:
    names = names_of(document)
    graph: dict[int, set[int]] = {}
    for index, container in enumerate(document.value[_LIST]):
        for position, dependency in enumerate(container.get("dependsOn", [])):
            place = (_LIST, index, "dependsOn", position, "containerName")
            if dependency["containerName"] in names:
                graph.setdefault(index, set()).add(names[dependency["containerName"]])
            else:
                words = f"is `{document.shown(place)}`, but the containers are {shown_names(document)}"
                yield document.problem(place, words)
    yield from _cycle(document, graph)


def _cycle(document: Document, graph: dict[int, set[int]]) -> Iterator[Problem]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # graphlib lists what comes first first; "waits for" reads the other way.
        chain = [document.shown((_LIST, index, "name")) for index in reversed(error.args[1])]
        place = (_LIST, error.args[1][-1], "dependsOn")
        yield document.problem(
            place, f"goes in a circle: {' waits for '.join(f'`{name}`' for name in chain)}"
        )
