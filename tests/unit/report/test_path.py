from cage_fsm.report.path import happy_path, way

from .samples import LAUNCH_FAILED, definition, record, well


def test_the_happy_path_of_a_rollout_is_the_canary_and_then_the_service() -> None:
    assert happy_path(definition()) == (
        "validating",
        "registering",
        "launching_canary",
        "checking_containers",
        "checking_targets",
        "observing_canary",
        "updating_service",
        "detaching_canary",
        "stopping_canary",
        "stabilizing_service",
        "succeeded",
    )


def test_the_happy_path_of_a_rollback_ends_with_the_goal() -> None:
    assert happy_path(definition("rollback")) == (
        "validating",
        "rolling_back",
        "restoring_service",
        "rolled_back",
    )


def test_a_new_run_is_in_its_first_state_and_has_the_rest_before_it() -> None:
    visits = way(definition(), record())
    assert [visit.status for visit in visits] == ["current", *["to_come"] * 10]
    assert [visit.state for visit in visits] == list(happy_path(definition()))


def test_a_run_that_must_be_approved_is_judged_again_afterwards() -> None:
    ahead = [visit.state for visit in way(definition(), record(inputs={"approval": True}))]
    assert ahead[5:9] == ["observing_canary", "awaiting_approval", "checking_targets", "observing_canary"]


def test_a_failed_state_is_followed_by_the_way_out() -> None:
    visits = way(definition(), record("done", "done", ("failed", "no capacity")))
    assert [(visit.status, visit.state) for visit in visits] == [
        ("done", "validating"),
        ("done", "registering"),
        ("failed", "launching_canary"),
        ("current", "detaching_canary"),
        ("to_come", "stopping_canary"),
        ("to_come", "aborted"),
    ]
    assert visits[2].reason == "no capacity"


def test_a_run_that_ended_has_nothing_before_it() -> None:
    last = way(definition(), LAUNCH_FAILED)[-1]
    assert (last.state, last.status) == ("aborted", "failed")


def test_nobody_knows_the_way_from_an_operator() -> None:
    last = way(definition(), record(*well(8), "failed"))[-1]
    assert (last.state, last.status) == ("needs_operator", "current")


def test_a_state_is_as_long_as_the_run_was_in_it() -> None:
    visit = way(definition(), record("done", "done", seconds=7))[1]
    assert visit.entered
    assert visit.left
    assert (visit.left - visit.entered).total_seconds() == 7
