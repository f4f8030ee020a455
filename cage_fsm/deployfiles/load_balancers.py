"""The load balancers of service.json point at containers and ports that task-definition.json has."""

from collections.abc import Iterator
from typing import Any

from cage_fsm.deployfiles.containers import names_of, shown_names
from cage_fsm.deployfiles.document import Document
from cage_fsm.deployfiles.hints import listed
from cage_fsm.deployfiles.places import Place
from cage_fsm.deployfiles.problems import Problem


def check_load_balancers(service: Document, task_definition: Document) -> Iterator[Problem]:
    for index, balancer in enumerate(service.value.get("loadBalancers", [])):
        place = ("loadBalancers", index)
        missing = [key for key in ("containerName", "containerPort") if key not in balancer]
        if missing:
            yield service.problem(place, f"needs {listed(missing)}")
        else:
            yield from _target(service, task_definition, place, balancer)


def _target(service: Document, task: Document, place: Place, balancer: dict[str, Any]) -> Iterator[Problem]:
    name, port = (*place, "containerName"), (*place, "containerPort")
    container = names_of(task).get(balancer["containerName"])
    if container is None:
        words = f"is `{service.shown(name)}`, but the containers of {task.file} are {shown_names(task)}"
        yield service.problem(name, words)
    elif not any(_opens(mapping, balancer["containerPort"]) for mapping in _mappings(task, container)):
        yield service.problem(port, f"is `{service.shown(port)}`, but {_ports(task, container)}")


def _mappings(task: Document, container: int) -> list[dict[str, Any]]:
    mappings: list[dict[str, Any]] = task.value["containerDefinitions"][container].get("portMappings", [])
    return mappings


def _opens(mapping: dict[str, Any], port: int) -> bool:
    first, _, last = mapping.get("containerPortRange", "").partition("-")
    if first.isdecimal() and last.isdecimal():
        return int(first) <= port <= int(last)
    return mapping.get("containerPort") == port


def _ports(task: Document, container: int) -> str:
    place: Place = ("containerDefinitions", container)
    name = task.shown((*place, "name"))
    shown = [
        task.shown((*place, "portMappings", index, key))
        for index, mapping in enumerate(_mappings(task, container))
        for key in ("containerPort", "containerPortRange")
        if key in mapping
    ]
    opened = f"opens only {listed(shown)}" if shown else "opens no port"
    return f"container `{name}` of {task.file} (line {task.line(place)}) {opened}"
