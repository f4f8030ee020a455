"""What a run lies over its machine."""

from datetime import timedelta

from cage_fsm.engine.record import Record
from cage_fsm.report.diagram.dot import dot
from cage_fsm.report.diagram.drawing import scene
from cage_fsm.report.diagram.mermaid import page
from cage_fsm.report.diagram.of_run import run_overlay
from cage_fsm.report.diagram.scene import Box, Scene

from .samples import LAUNCH_FAILED, ROLLED_BACK, START, definition, record, well


def drawn(run: Record) -> Scene:
    rules = definition(run.machine)
    return scene(rules, run_overlay(rules, run, START + timedelta(minutes=5)))


def box(picture: Scene, name: str) -> Box:
    return next(box for box in picture.boxes if box.name == name)


def taken(picture: Scene) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(arrow.source, arrow.to, arrow.labels) for arrow in picture.arrows if arrow.mark == "taken"]


def test_a_finished_run_has_its_path_marked_with_times() -> None:
    picture = drawn(LAUNCH_FAILED)
    assert taken(picture) == [
        ("validating", "registering", ("done",)),
        ("registering", "launching_canary", ("done",)),
        ("launching_canary", "detaching_canary", ("failed",)),
        ("detaching_canary", "stopping_canary", ("done",)),
        ("stopping_canary", "aborted", ("done when untouched",)),
    ]
    assert box(picture, "launching_canary").remarks == ("at 04:10:36 for 10s",)
    assert box(picture, "aborted").remarks == ("ended at 04:11:06",)
    assert box(picture, "checking_containers").mark is None
    assert "failed, exit code 1" in picture.caption[0]


def test_a_state_that_was_visited_twice_says_so() -> None:
    remarks = box(drawn(ROLLED_BACK), "stopping_canary").remarks
    assert remarks == ("2 times, for 20s in all, last at 04:12:16",)


def test_an_unfinished_run_shows_where_it_is() -> None:
    picture = drawn(record(*well(5)))
    assert box(picture, "observing_canary").mark == "present"
    assert box(picture, "observing_canary").remarks == ("here since 04:11:06, for 4m10s",)
    assert not [each for each in picture.boxes if each.mark == "taken" and "ended" in str(each.remarks)]


def test_a_run_of_the_rollback_is_drawn_on_the_rollback() -> None:
    picture = drawn(record(*well(3), machine="rollback"))
    assert (picture.machine, len(taken(picture))) == ("rollback", 3)


def test_a_run_of_another_version_is_drawn_with_what_is_gone() -> None:
    run = record(*well(3))
    old = run.history[-1].model_copy(update={"to": "warming_canary"})
    run = run.model_copy(
        update={"history": (*run.history[:-1], old), "state": "warming_canary", "digest": "0" * 64}
    )
    picture = drawn(run)

    assert box(picture, "warming_canary").mark == "present"
    assert ("launching_canary", "warming_canary", ("done",)) in taken(picture)
    assert "begun with another version" in picture.caption[1]
    assert picture.caption[2] == "Not in the one drawn: warming_canary."
    assert "warming_canary" in dot(picture)
    assert "(taken) done" in page(picture)


def test_names_from_a_record_are_no_markup() -> None:
    run = record().model_copy(update={"state": '<img src=x> "\x1b[31m'})
    picture = drawn(run)

    assert "<img" not in dot(picture).replace('"<img src=x> \\"', "")
    assert "<img" not in page(picture)
    assert "\x1b" not in dot(picture) + page(picture)
