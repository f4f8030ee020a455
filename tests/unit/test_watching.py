"""Following a run that another process drives, in virtual time."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from cage_fsm.clock import VirtualClock
from cage_fsm.engine.owner import Owner
from cage_fsm.engine.ports import Event, Finished, StoreDown, Suspended
from cage_fsm.engine.record import Driver, Record
from cage_fsm.usage import UsageError
from cage_fsm.watching import Watch
from tests.memory_store import MemoryStore

from .report.samples import LAUNCH_FAILED, START, record, well

OWNER = Owner(host="ci-7", pid=4711, started="1", boot="b", user="ken")
DRIVER = Driver(at=START, user="ken", host="ci-7", pid=4711)


class Script(VirtualClock):
    """A time in which something happens at each sleep, as long as the script lasts."""

    def __init__(self, acts: Sequence[Callable[[], object]]) -> None:
        super().__init__(START)
        self._acts = list(acts)

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self._acts:
            self._acts.pop(0)()


class Room:
    """A store in which a run is driven by somebody else, as a list of things that happen second by second."""

    def __init__(self, first: Record, *acts: Callable[["Room"], object]) -> None:
        self.store, self.writes = MemoryStore(), 0
        self.clock = Script([lambda act=act: act(self) for act in acts])  # type: ignore[misc]
        self.lives: bool | None = True
        self.write(first)
        self.watch = Watch(self.store, first, self.clock, alive=lambda _: self.lives)

    def write(self, shown: Record) -> None:
        self.writes += 1
        written = shown.model_copy(update={"nonce": str(self.writes)})
        self.store.put(written.key, written.model_dump_json())

    def events(self) -> list[tuple[str, str, str]]:
        return [(event.kind, event.state, event.words) for event in self.watch.events()]


def driven(shown: Record) -> Record:
    return shown.model_copy(update={"owner": OWNER, "drivers": (DRIVER,)})


def nothing(room: Room) -> None:
    """A second without news."""


def test_a_run_is_followed_to_its_end_and_every_event_told_once() -> None:
    room = Room(
        driven(record("done")),
        nothing,
        lambda room: room.write(driven(record("done", "done"))),
        nothing,
        lambda room: room.write(LAUNCH_FAILED),
    )
    writes = len(room.store.writes)
    assert room.events() == [
        ("seen", "validating", "ken on ci-7, process 4711 drives the run"),
        ("moved", "registering", ""),
        ("moved", "launching_canary", ""),
        (
            "moved",
            "detaching_canary",
            "The canary stopped: CannotPullContainerError: [/v2/app/manifests/v3] not found",
        ),
        ("moved", "stopping_canary", "nothing was registered"),
        ("moved", "aborted", "the task is STOPPED"),
        ("finished", "aborted", "failed"),
    ]
    assert room.watch.end == Finished("aborted", 1)
    assert len(room.store.writes) == writes + 2  # by the others


def test_the_evidence_of_a_verdict_comes_with_its_move() -> None:
    moves = {event.state: event for event in Room(LAUNCH_FAILED).watch.events() if event.kind == "moved"}
    assert moves["detaching_canary"].evidence["stopCode"] == "TaskFailedToStart"
    assert moves["stopping_canary"] == Event(
        START + timedelta(seconds=40), "moved", "stopping_canary", "nothing was registered"
    )


def test_a_run_that_is_suspended_ends_the_watching_with_75() -> None:
    room = Room(driven(record(*well(6))), lambda room: room.write(record(*well(6))))
    assert room.events()[-1] == ("suspended", "updating_service", "no process drives the run")
    assert room.watch.end == Suspended("no process drives the run", 75)


def test_a_run_that_rests_ends_it_with_its_own_code() -> None:
    room = Room(record("done", "done", "failed", "done", "failed"))
    room.events()
    assert room.watch.end == Suspended("no process drives the run", 4)


def test_a_run_that_has_just_been_created_is_not_taken_for_a_suspended_one() -> None:
    room = Room(
        record(),
        lambda room: room.write(driven(record())),
        nothing,
        lambda room: room.write(LAUNCH_FAILED),
    )
    assert "suspended" not in [kind for kind, _, _ in room.events()]


def test_who_takes_a_run_over_is_told() -> None:
    other = Driver(at=START + timedelta(seconds=15), user="ann", host="laptop", pid=7)
    taken = driven(record("done")).model_copy(update={"drivers": (DRIVER, other)})
    room = Room(
        driven(record("done")), lambda room: room.write(taken), lambda room: room.write(LAUNCH_FAILED)
    )
    assert ("seen", "registering", "ann on laptop, process 7 drives the run") in room.events()


def test_an_owner_on_this_host_that_is_gone_is_told_at_once() -> None:
    room = Room(driven(record("done")))
    room.lives = False
    assert room.events()[-1] == (
        "suspended",
        "registering",
        "process 4711 on ci-7, which drove the run, is gone",
    )
    assert room.watch.end == Suspended("process 4711 on ci-7, which drove the run, is gone", 75)
    assert room.watch.record.owner is None
    assert room.clock.now() < START + timedelta(seconds=3)


def test_an_owner_elsewhere_that_gives_no_sign_for_a_lease_seems_dead() -> None:
    room = Room(driven(record("done")), nothing, lambda room: room.write(driven(record("done"))))
    room.lives = None
    assert room.events()[-1][2] == "process 4711 on ci-7 has given no sign for 1m30s; it seems dead"
    assert timedelta(seconds=92) <= room.clock.now() - START <= timedelta(seconds=95)


def test_a_store_that_does_not_answer_is_asked_again() -> None:
    def down(room: Room) -> None:
        room.store.down = True

    def up(room: Room) -> None:
        room.store.down = False
        room.write(LAUNCH_FAILED)

    room = Room(driven(record("done")), down, nothing, up)
    words = [words for _, _, words in room.events()]
    assert len([each for each in words if each.endswith("looking again")]) == 2
    assert room.watch.end == Finished("aborted", 1)


def test_a_store_that_stays_away_ends_the_watching() -> None:
    def down(room: Room) -> None:
        room.store.down = True

    with pytest.raises(StoreDown):
        Room(driven(record("done")), down).events()


def test_a_record_that_is_removed_is_told() -> None:
    def remove(room: Room) -> None:
        key = room.watch.record.key
        room.store.delete(key, room.store.load(key)[1])

    with pytest.raises(UsageError):
        Room(driven(record("done")), remove).events()


def test_time_goes_by_a_second_a_look() -> None:
    looks: list[datetime] = []
    room = Room(driven(record()), *[lambda room: looks.append(room.clock.now())] * 5, write_end)
    room.events()
    assert looks == [START + timedelta(seconds=second) for second in range(1, 6)]


def write_end(room: Room) -> None:
    room.write(LAUNCH_FAILED)
