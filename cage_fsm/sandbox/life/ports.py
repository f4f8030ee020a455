"""Ports of tasks that share their host's network: bridge and host."""

from typing import Any

from cage_fsm.sandbox.instance_records import FIRST_DYNAMIC_PORT, LAST_DYNAMIC_PORT, Instance
from cage_fsm.sandbox.life.placement import Port, rest
from cage_fsm.sandbox.life.platform import mode
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World


def fixed(document: Json) -> frozenset[Port]:
    """List the host ports that a task definition insists on."""
    if mode(document) not in {"bridge", "host"}:
        return frozenset()
    wanted = (_wanted(document, m) for c in document["containerDefinitions"] for m in c["portMappings"])
    return frozenset(port for port in wanted if port[0])


def bind(world: World, instance: Instance, document: Json) -> dict[str, list[Json]]:
    """Give each container of a task its ports on a host."""
    if mode(document) not in {"bridge", "host"}:
        return {}
    taken = set(rest(world, instance).ports | fixed(document))
    return {
        container["name"]: [_bound(instance, document, m, taken) for m in container["portMappings"]]
        for container in document["containerDefinitions"]
    }


def _bound(instance: Instance, document: Json, mapping: Json, taken: set[Any]) -> Json:
    port, protocol = _wanted(document, mapping)
    return {
        "bindIP": "0.0.0.0",  # noqa: S104 - what docker binds to
        "containerPort": mapping["containerPort"],
        "hostPort": port or _dynamic(instance, protocol, taken),
        "protocol": protocol,
    }


def _dynamic(instance: Instance, protocol: str, taken: set[Any]) -> int:
    while True:
        port = instance.next_port
        instance.next_port = port + 1 if port < LAST_DYNAMIC_PORT else FIRST_DYNAMIC_PORT
        if (port, protocol) not in taken:
            taken.add((port, protocol))
            return port


def _wanted(document: Json, mapping: Json) -> Port:
    """Return the host port that is asked for; 0 for any."""
    host = mode(document) == "host"
    return mapping["containerPort"] if host else mapping.get("hostPort", 0), mapping["protocol"]
