"""What happens by itself: the agenda is worked off in time order up to now."""

import heapq
from collections.abc import Callable

from cage_fsm.sandbox.life import alarms, health, poke, scheduler, scripts, targets, tasks
from cage_fsm.sandbox.world import World, moment

HAPPENINGS: dict[str, Callable[[World, str, str], None]] = {
    "task.step": tasks.step,
    "task.advance": tasks.advance,
    "task.forget": tasks.forget,
    "task.interrupt": tasks.interrupt,
    "container.check": health.check,
    "container.say": scripts.say,
    "container.exit": tasks.exit_container,
    "target.begin": targets.begin,
    "target.check": targets.check,
    "target.gone": targets.gone,
    "alarm.fire": alarms.fire,
    "service.look": poke.look,
    "service.step": scheduler.step,
    "service.rollback": scheduler.roll_back_on_request,
}


def settle(world: World, now: float) -> None:
    """Let everything happen that is due at `now`, seconds since 1970; time never runs backwards."""
    now = max(moment(now), world.now)
    agenda = world.agenda
    while agenda and agenda[0][0] <= now:
        world.now, _, kind, subject, data = heapq.heappop(agenda)
        HAPPENINGS[kind](world, subject, data)
    world.now = now
