"""An ECS with its load balancer that lives on this machine, to try, rehearse and test on."""

from cage_fsm.sandbox.attach import attach
from cage_fsm.sandbox.clock import Clock, ScaledClock
from cage_fsm.sandbox.cloud import CallRecord, Cloud, Snapshot
from cage_fsm.sandbox.leftovers import Leftovers, leftovers
from cage_fsm.sandbox.scenarios import SCENARIOS, Scenario
from cage_fsm.sandbox.seed import seed_service, seed_surroundings
from cage_fsm.sandbox.serve import Server, serve
from cage_fsm.sandbox.timings import Timings
from cage_fsm.sandbox.wire.exchange import Around, Proceed
from cage_fsm.sandbox.wire.read import Call
from cage_fsm.sandbox.wire.write import Response

__all__ = [
    "SCENARIOS",
    "Around",
    "Call",
    "CallRecord",
    "Clock",
    "Cloud",
    "Leftovers",
    "Proceed",
    "Response",
    "ScaledClock",
    "Scenario",
    "Server",
    "Snapshot",
    "Timings",
    "attach",
    "leftovers",
    "seed_service",
    "seed_surroundings",
    "serve",
]
