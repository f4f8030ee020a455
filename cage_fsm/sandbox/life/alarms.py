"""Alarms change, and service deployments watch them."""

from cage_fsm.sandbox import words
from cage_fsm.sandbox.alarm_records import Alarm
from cage_fsm.sandbox.life.poke import poke
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.service_records import AlarmWatch, Service
from cage_fsm.sandbox.world import World


def put(world: World, name: str, *, composite: bool = False) -> Alarm:
    """Make an alarm, where there is none."""
    if name not in world.alarms:
        arn = world.arn("cloudwatch", f"alarm:{name}")
        world.alarms[name] = Alarm(name, arn, world.now, composite)
    return world.alarms[name]


def set_state(world: World, name: str, state: str, reason: str | None = None) -> None:
    """Let an alarm go to a state, and services notice."""
    alarm = world.alarms[name]
    alarm.state, alarm.updated_at = state, world.now
    alarm.reason = reason or words.alarm_reason(state)
    for service in world.services.values():
        poke(world, service.arn)


def fire(world: World, _subject: str, _data: str) -> None:
    """Let every alarm that there is go off."""
    for name in world.alarms:
        set_state(world, name, "ALARM")


def watch(world: World, configuration: Json) -> AlarmWatch:
    """Begin to watch for a deployment; not when one of its alarms is in ALARM already.

    The alarms are then ignored for the whole deployment (developer guide, "How CloudWatch alarms detect
    Amazon ECS deployment failures").
    """
    settings = configuration.get("alarms", {})
    names = settings.get("alarmNames", [])
    watching = settings.get("enable", False) and not _raised(world, names)
    return AlarmWatch(names, "MONITORING" if watching else "DISABLED")


def raised(world: World, service: Service) -> list[str]:
    """List the alarms that went off during the deployment under way."""
    found = service.rollouts[0].alarms
    return _raised(world, found.names) if found.status == "MONITORING" else []


def _raised(world: World, names: list[str]) -> list[str]:
    return [name for name in names if name in world.alarms and world.alarms[name].state == "ALARM"]
