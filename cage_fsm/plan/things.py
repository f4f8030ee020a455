"""Whether what the files name is there: roles, secrets, parameters, networks, log groups."""

from collections.abc import Mapping
from typing import Any

from cage_fsm.aws.clients import Aws
from cage_fsm.phases.prerequisites import Found, Thing, look, named
from cage_fsm.plan.asking import NO_ANSWER, Asking
from cage_fsm.plan.shapes import Named

Json = Mapping[str, Any]


def things(aws: Aws, asking: Asking, service: Json, definition: Json) -> list[Named]:
    """Each thing that is named, by itself."""
    return [_thing(aws, asking, each) for each in named(service, definition)]


def _thing(aws: Aws, asking: Asking, thing: Thing) -> Named:
    try:
        found = asking.once(repr(thing), lambda: look(aws, thing), of=f"{thing.kind} {thing.region}")
    except NO_ANSWER as error:
        said, words = asking.why(error)
        return Named(thing.kind, thing.name, thing.field, said, words)
    return _named(asking, found)


def _named(asking: Asking, found: Found) -> Named:
    thing = found.thing
    return Named(thing.kind, thing.name, thing.field, found.said, asking.discreet(found.words))
