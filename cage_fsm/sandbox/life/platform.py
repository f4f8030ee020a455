"""What a task definition says about where it runs."""

from cage_fsm.sandbox.records import Json


def mode(document: Json) -> str:
    """Return the network mode of a task definition; `bridge` is the default on Linux."""
    return str(document.get("networkMode", "bridge"))


def architecture(document: Json) -> str:
    """Return the processor that a task definition is for, as the attribute of an instance names it."""
    wanted = document.get("runtimePlatform", {}).get("cpuArchitecture", "X86_64")
    return str(wanted).lower()
