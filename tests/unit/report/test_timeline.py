import json
from datetime import timedelta

from cage_fsm.engine.owner import Owner
from cage_fsm.engine.record import Driver, Intent
from cage_fsm.report import timeline

from .samples import LAUNCH_FAILED, PULL_ERROR, START, record

NOW = START + timedelta(minutes=2)
OWNER = Owner(host="ci-7", pid=4711, started="secret start", boot="secret boot")


def test_the_story_of_a_run_is_told_with_times_evidence_and_facts() -> None:
    lines = timeline.lines(LAUNCH_FAILED, NOW)
    assert lines[:10] == [
        "Run      20261123-041016-abc123 (rollout): failed, exit code 1",
        "         The service is as it was before this run, and no canary is left.",
        "Service  web in cluster prod, eu-west-1",
        "Change   web:2 -> web:3",
        "Began    2026-11-23T04:10:16Z, last saved 2026-11-23T04:11:06Z",
        "Driver   no process",
        "Cause    There is no such image in the registry: its tag or its repository does not exist.",
        "Mend     Push it, or correct `image` in task-definition.json and the variables in it.",
        "Facts",
        "  service_arn: arn:aws:ecs:eu-west-1:123456789012:service/prod/web",
    ]
    assert lines[lines.index("") : -4] == [
        "",
        "  04:10:16      10s  validating          done",
        "  04:10:26      10s  registering         done",
        f"  04:10:36      10s  launching_canary    failed: The canary stopped: {PULL_ERROR}",
        " " * 14 + "stopCode: TaskFailedToStart",
        " " * 14 + "containers[0].name: app",
        " " * 14 + "containers[0].exitCode: none",
        "  04:10:46      10s  detaching_canary    done: nothing was registered",
    ]
    assert lines[-1].startswith("Type next: nothing")


def test_the_present_state_of_a_driven_run_lasts_until_now() -> None:
    lines = timeline.lines(record("done").model_copy(update={"owner": OWNER}), NOW)
    assert "Driver   process 4711 on ci-7" in lines
    assert "  04:10:26    1m50s  registering         registering the task definition" in lines


def test_who_ran_it_where_is_told_of_each_process() -> None:
    drivers = tuple(
        Driver(at=START + timedelta(minutes=number), user=user, host=host, pid=number)
        for number, (user, host) in enumerate([("ken", "ci-7"), ("", "laptop")], 1)
    )
    lines = timeline.lines(record("done").model_copy(update={"drivers": drivers}), NOW)
    assert "Ran by   ken on ci-7, process 1, from 2026-11-23T04:11:16Z" in lines
    assert "Ran by   somebody on laptop, process 2, from 2026-11-23T04:12:16Z" in lines


def test_a_rollback_changes_the_service_the_other_way() -> None:
    assert "Change   web:3 -> web:2" in timeline.lines(record("done", machine="rollback"), NOW)


def test_a_run_that_knows_nothing_yet_is_shown() -> None:
    lines = timeline.lines(record(facts={}), NOW)
    assert "Service  not known yet" in lines


def test_what_was_sent_and_what_is_held_is_shown() -> None:
    sent = Intent(call="RunTask", attempt=2, token="t", at=START)
    shown = record("done").model_copy(update={"intents": {"run": sent}, "held": ("canary_task",)})
    lines = timeline.lines(shown, NOW)
    assert "Sent     RunTask, attempt 2, at 2026-11-23T04:10:16Z" in lines
    assert "Held     canary_task" in lines


def test_as_data_it_is_the_record_with_what_became_of_it() -> None:
    data = timeline.as_json(LAUNCH_FAILED)
    assert (data["outcome"], data["exit_code"], data["final"]) == ("failed", 1, True)
    assert data["history"][2]["reason"] == f"The canary stopped: {PULL_ERROR}"
    json.dumps(data)


def test_of_the_owner_only_who_and_where_is_given_away() -> None:
    data = timeline.as_json(record("done").model_copy(update={"owner": OWNER, "nonce": "secret nonce"}))
    assert data["owner"] == {"host": "ci-7", "pid": 4711}
    assert "secret" not in json.dumps(data)
