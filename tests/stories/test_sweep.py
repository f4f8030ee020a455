"""What was left behind is found and cleared away; what may still be somebody's is left alone."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from cage_fsm.engine.ports import Loaded
from cage_fsm.engine.record import Record
from cage_fsm.phases.expiry import read
from cage_fsm.phases.names import EXPIRES
from cage_fsm.sandbox import Call, Proceed, Response
from cage_fsm.sweep import targets
from cage_fsm.sweep.cluster import Cluster, look
from cage_fsm.sweep.finding import Act, Finding
from cage_fsm.sweep.scene import Scene
from cage_fsm.sweep.sweeping import Sweep
from tests.stories.kinds import mode, on_hosts
from tests.stories.stage import CANARIES, GROUP, Stage, assert_nothing_is_left

LOST = "20250101-000000-000000"
LONG_AGO = "2025-01-01T00:00:00Z"
WEB = "arn:aws:ecs:us-east-1:123456789012:task-definition/web"


def sweep(stage: Stage, **settings: Any) -> Sweep:
    """A sweep on this stage, when all processes are dead but the last."""
    alive, clusters = settings.pop("alive", False), settings.pop("clusters", None)
    return Sweep(Scene(stage.aws, stage.store, stage.clock, lambda _: alive, **settings), clusters)


def found(stage: Stage, kind: str, **settings: Any) -> list[Finding]:
    """What a sweep finds of one kind."""
    return [each for each in sweep(stage, **settings).findings() if each.kind == kind]


def the(stage: Stage, kind: str, **settings: Any) -> Finding:
    """The one thing of this kind that a sweep finds."""
    (finding,) = found(stage, kind, **settings)
    return finding


def applied(stage: Stage, **settings: Any) -> list[tuple[str, str]]:
    """Apply a sweep; what each act came to."""
    return [(act.finding.kind, act.came_to) for act in acts(stage, **settings)]


def acts(stage: Stage, **settings: Any) -> list[Act]:
    sweeping = sweep(stage, **settings)
    return [sweeping.apply(each) for each in sweeping.findings() if each.does]


def forget(stage: Stage, record: Record) -> None:
    """Lose the record of a run."""
    stage.store.delete(record.key, stage.store.load(record.key)[1])


def plant(stage: Stage, run_id: str = LOST, *, by: str = "cage-fsm/", expires: str = "") -> str:
    """Start a canary that nobody drives; its ARN."""
    service = stage.aws.ecs.service("demo", "web")
    assert service
    started = stage.aws.ecs.run_task(
        cluster="demo",
        taskDefinition=service["taskDefinition"],
        networkConfiguration=service["networkConfiguration"],
        launchType="FARGATE",
        startedBy=by + run_id,
        group=CANARIES,
        tags=[{"key": EXPIRES, "value": expires}] if expires else [],
    )
    assert started.task_arn
    stage.pass_time(hours=2)
    return started.task_arn


def register(stage: Stage, task_arn: str) -> str:
    """Register a task in the service's target group; its address."""
    task = stage.aws.ecs.task("demo", task_arn)
    assert task
    assert task.address
    stage.aws.elbv2.register(GROUP, task.address, 8080)
    stage.pass_time(minutes=5)
    return task.address


def failed(stage: Stage) -> Record:
    """A rollout that failed, long ago."""
    stage.rollout(durations={"healthy": 1})
    stage.pass_time(hours=2)
    assert stage.record
    assert stage.record.state == "aborted"
    return stage.record


def succeeded(stage: Stage) -> Record:
    """A rollout that succeeded, long ago."""
    stage.rollout()
    stage.pass_time(hours=2)
    assert stage.record
    return stage.record


def test_nothing_is_found_where_nothing_was_left() -> None:
    stage = Stage()
    succeeded(stage)

    assert sweep(stage).findings() == []


def test_a_canary_whose_record_is_lost_is_drained_and_then_stopped() -> None:
    stage = Stage()
    _, run = stage.at("observing_canary")
    forget(stage, run.record)
    stage.pass_time(days=1)

    assert applied(stage, include_unknown=True) == [("task", "draining"), ("claim", "done")]
    assert stage.canary.live
    assert applied(stage, include_unknown=True) == [("task", "draining")]
    stage.pass_time(minutes=6)
    assert applied(stage, include_unknown=True) == [("task", "done")]
    assert_nothing_is_left(stage)
    assert stage.claims == [None]


def test_a_canary_of_a_run_that_is_over_is_cleared_away_without_being_asked_for() -> None:
    stage = Stage()
    arn = plant(stage, succeeded(stage).id)
    register(stage, arn)

    assert applied(stage) == [("task", "draining")]
    stage.pass_time(minutes=6)
    assert applied(stage) == [("task", "done")]
    assert stage.left.left == ()
    assert found(stage, "task") == []


def test_the_runs_are_read_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    succeeded(stage)
    succeeded(stage)
    asked: list[list[str]] = []
    load_all = stage.store.load_all

    def watched(keys: Iterable[str]) -> Iterable[Loaded]:
        asked.append([*keys])
        return load_all(asked[-1])

    monkeypatch.setattr(stage.store, "load_all", watched)
    sweep(stage).findings()

    assert asked[0] == sorted(stage.store.list("runs/"))


def test_a_dry_sweep_changes_nothing() -> None:
    stage = Stage()
    register(stage, plant(stage, succeeded(stage).id))
    calls = len([call for call in stage.cloud.calls if not call.operation.startswith(("Describe", "List"))])
    writes = len(stage.store.writes)

    assert the(stage, "task").does
    assert len(stage.store.writes) == writes
    assert calls == len(
        [call for call in stage.cloud.calls if not call.operation.startswith(("Describe", "List"))]
    )


@pytest.mark.parametrize("state", ["launching_canary", "observing_canary", "stopping_canary"])
def test_the_canary_of_a_living_run_is_not_even_found(state: str) -> None:
    stage = Stage()
    stage.at(state)
    stage.pass_time(days=3)

    assert sweep(stage, alive=True, include_unknown=True).findings() == []


def test_of_a_run_whose_owner_is_dead_the_run_is_found_and_nothing_is_touched() -> None:
    stage = Stage()
    _, run = stage.at("observing_canary")
    stage.pass_time(days=3)

    (finding,) = sweep(stage, include_unknown=True).findings()
    assert (finding.kind, finding.thing, finding.does) == ("run", run.record.id, None)
    assert f"cage-fsm resume {run.record.id}" in finding.why
    assert f"cage-fsm rollback {run.record.id}" in finding.why
    assert stage.canary.live


def test_a_canary_that_waits_for_an_approval_is_left_to_its_run() -> None:
    stage = Stage()
    stage.rollout(approval=True)
    stage.pass_time(days=3)

    assert [each.kind for each in sweep(stage, include_unknown=True).findings()] == ["run"]
    assert applied(stage, include_unknown=True) == []


@pytest.mark.parametrize(
    ("expires", "words"),
    [
        ("", "no tag"),
        ("soon", "cannot be read"),
        ("2025-01-01T00:00:00", "cannot be read"),
        ("2036-01-01T00:00:00Z", "needed until 2036-01-01 00:00:00 UTC"),
    ],
    ids=["no tag", "a word", "no zone", "not yet"],
)
def test_an_unknown_canary_is_touched_only_past_its_own_time(expires: str, words: str) -> None:
    stage = Stage()
    succeeded(stage)
    plant(stage, expires=expires)

    finding = the(stage, "task", include_unknown=True)
    assert finding.does is None
    assert words in finding.why


def test_an_unknown_canary_is_touched_only_when_that_is_asked_for() -> None:
    stage = Stage()
    succeeded(stage)
    plant(stage, expires=LONG_AGO)

    assert the(stage, "task").does is None
    assert "--include-unknown" in the(stage, "task").why
    assert the(stage, "task", include_unknown=True).does


def test_a_canary_that_was_started_lately_is_left_alone() -> None:
    stage = Stage()
    plant(stage, succeeded(stage).id)

    assert the(stage, "task", older_than=timedelta(hours=3)).does is None
    assert the(stage, "task").does


def test_a_canary_of_another_tool_is_listed_as_not_ours() -> None:
    stage = Stage()
    succeeded(stage)
    plant(stage, "1", by="cage/", expires=LONG_AGO)

    finding = the(stage, "task", include_unknown=True)
    assert (finding.run, finding.does) == (None, None)
    assert "not ours" in finding.why


def test_a_canary_whose_record_cannot_be_read_is_left_alone() -> None:
    stage = Stage()
    record = succeeded(stage)
    plant(stage, record.id)
    stage.store.put(record.key, "{")

    assert applied(stage, include_unknown=True) == []
    assert the(stage, "task").does is None
    assert "damaged" in the(stage, "run").why


def test_a_target_whose_canary_has_stopped_is_deregistered() -> None:
    stage = Stage()
    record = succeeded(stage)
    target = stage.facts.targets[0]
    stage.aws.elbv2.register(GROUP, target.id, target.port)
    stage.pass_time(minutes=10)

    assert the(stage, "target").run == record.id
    assert applied(stage) == [("target", "done")]
    assert stage.left.left == ()


def test_a_target_of_a_stopped_canary_that_only_aws_knows_is_deregistered_when_asked_for() -> None:
    stage = Stage()
    succeeded(stage)
    arn = plant(stage)
    register(stage, arn)
    stage.aws.ecs.stop_task("demo", arn, "by somebody")
    stage.pass_time(minutes=10)

    assert "--include-unknown" in the(stage, "target").why
    assert applied(stage, include_unknown=True) == [("target", "done")]
    assert stage.left.left == ()


def test_a_target_that_nothing_proves_to_be_ours_is_listed_and_stays() -> None:
    stage = Stage()
    succeeded(stage)
    stage.aws.elbv2.register(GROUP, "172.31.9.9", 8080)
    stage.pass_time(minutes=10)

    finding = the(stage, "target", include_unknown=True)
    assert (finding.thing, finding.does) == ("172.31.9.9:8080", None)


def test_a_target_that_a_running_task_is_behind_by_now_is_not_even_found() -> None:
    stage = Stage()
    record = succeeded(stage)
    address = register(stage, plant(stage, by="", run_id="somebody"))
    (target,) = stage.facts.targets
    moved = record.facts | {"targets": [target.model_dump() | {"id": address}]}
    stage.store.put(record.key, record.model_copy(update={"facts": moved}).model_dump_json())

    assert found(stage, "target", include_unknown=True) == []


def test_a_target_that_answers_its_checks_may_be_somebody_elses() -> None:
    stage = Stage()
    record = succeeded(stage)
    (target,) = stage.facts.targets
    (task,) = [each for each in stage.tasks("service:web") if each.live][:1]
    moved = record.facts | {"targets": [target.model_dump() | {"id": task.interface.address}]}
    stage.store.put(record.key, record.model_copy(update={"facts": moved}).model_dump_json())
    assert found(stage, "target") == []
    stage.around = without_tasks

    (finding,) = [each for each in found(stage, "target") if each.run == record.id]
    assert finding.does is None
    assert "healthy" in finding.why


def without_tasks(call: Call, proceed: Proceed) -> Response:
    """An ECS that does not show its tasks at present."""
    if call.operation == "ListTasks":
        return Response(200, {}, b'{"taskArns": []}')
    return proceed()


def test_the_revision_of_a_failed_run_is_deregistered_once_a_later_one_is_there() -> None:
    stage = Stage()
    record = failed(stage)
    assert "newest" in the(stage, "revision").why

    stage.rollout()
    stage.pass_time(hours=2)
    assert the(stage, "revision").run == record.id
    assert applied(stage) == [("revision", "done")]
    assert found(stage, "revision") == []
    assert stage.aws.ecs.active_revisions("web") == [f"{WEB}:1", f"{WEB}:3"]


def test_a_revision_that_a_service_or_a_task_is_at_stays() -> None:
    stage = Stage()
    failed(stage)
    stage.rollout()
    stage.pass_time(hours=2)
    stage.aws.ecs.update_service("demo", "web", f"{WEB}:2")
    stage.pass_time(hours=1)

    finding = the(stage, "revision")
    assert finding.does is None
    assert "in use" in finding.why


def test_a_revision_that_a_run_goes_back_to_stays() -> None:
    stage = Stage()
    failed(stage)
    stage.aws.ecs.update_service("demo", "web", f"{WEB}:2")
    stage.pass_time(hours=1)
    stage.rollout()
    stage.pass_time(hours=2)

    finding = the(stage, "revision")
    assert finding.does is None
    assert "goes back to it" in finding.why


def test_a_revision_whose_registration_was_never_answered_is_found_by_its_tag() -> None:
    stage = Stage()
    record = failed(stage)
    lost = {name: value for name, value in record.facts.items() if name != "task_definition"}
    stage.store.put(record.key, record.model_copy(update={"facts": lost}).model_dump_json())
    stage.rollout()
    stage.pass_time(hours=2)

    assert applied(stage) == [("revision", "done")]


def test_the_revision_of_a_run_that_failed_lately_stays() -> None:
    stage = Stage()
    failed(stage)
    stage.rollout()

    assert the(stage, "revision", older_than=timedelta(hours=9)).does is None


def claim(stage: Stage, run_id: str | None) -> str:
    """Let a run hold the service; the key of the claim."""
    (key,) = stage.store.list("claims/")
    stage.store.put(key, json.dumps({"run": run_id, "revision": 9, "nonce": "n"}))
    return key


@pytest.mark.parametrize("lost", [False, True], ids=["its run is over", "its run is lost"])
def test_a_claim_that_holds_the_service_for_nobody_is_released(*, lost: bool) -> None:
    stage = Stage()
    record = succeeded(stage)
    claim(stage, LOST if lost else record.id)

    assert applied(stage) == [("claim", "done")]
    assert stage.claims == [None]


def test_a_claim_whose_run_was_there_lately_is_left_alone() -> None:
    stage = Stage()
    stage.rollout()
    claim(stage, stage.runs[0].id)

    assert the(stage, "claim").does is None


def test_a_claim_that_cannot_be_read_is_left_alone() -> None:
    stage = Stage()
    succeeded(stage)
    stage.store.put(claim(stage, None), "{")

    assert the(stage, "claim").does is None
    assert applied(stage) == []


def test_what_is_not_as_it_was_when_it_was_found_is_left_alone() -> None:
    stage = Stage()
    record = succeeded(stage)
    plant(stage, record.id)
    key = claim(stage, record.id)
    sweeping = sweep(stage)
    task, held = sweeping.findings()

    stage.aws.ecs.stop_task("demo", task.thing, "by another sweep")
    claim(stage, None)
    assert [sweeping.apply(each).came_to for each in (task, held)] == ["left", "left"]
    assert json.loads(stage.store.load(key)[0])["revision"] == 9


def test_a_claim_that_a_new_run_takes_while_it_is_released_stays_with_it() -> None:
    stage = Stage()
    claim_of = succeeded(stage).id
    claim(stage, claim_of)
    stage.store.before_next_write(lambda: claim(stage, LOST))

    assert applied(stage) == [("claim", "left")]
    assert stage.claims == [LOST]


def deny(stage: Stage, operation: str) -> None:
    """Let AWS permit an operation no more."""
    stage.cloud.fail_next(operation, "AccessDeniedException", 1000, f"not authorized to perform {operation}")


@pytest.mark.parametrize("operation", ["ListServices", "ListTasks", "DescribeTasks"])
def test_a_cluster_that_may_not_be_seen_whole_is_said_and_left_alone(operation: str) -> None:
    stage = Stage()
    plant(stage, succeeded(stage).id)
    deny(stage, operation)

    (finding,) = sweep(stage, include_unknown=True).findings()
    assert finding.kind == "unseen"
    assert operation in finding.why


def test_a_canary_stays_as_long_as_its_targets_cannot_be_seen() -> None:
    stage = Stage()
    plant(stage, succeeded(stage).id)
    deny(stage, "DescribeTargetHealth")

    assert applied(stage) == [("task", "failed")]
    assert stage.left.left


def test_what_is_denied_does_not_keep_the_rest_from_being_done() -> None:
    stage = Stage()
    record = succeeded(stage)
    plant(stage, record.id)
    claim(stage, record.id)
    deny(stage, "StopTask")

    assert applied(stage) == [("task", "failed"), ("claim", "done")]


def test_a_cluster_that_is_gone_is_said() -> None:
    stage = Stage()
    succeeded(stage)
    stage.cloud.world.services.clear()
    stage.cloud.world.clusters.clear()

    assert "no such cluster" in the(stage, "cluster").why


def test_a_cluster_that_was_named_and_is_not_there_was_not_looked_at() -> None:
    stage = Stage()
    succeeded(stage)

    assert "ClusterNotFoundException" in the(stage, "unseen", clusters=["nowhere"]).why


def test_a_target_that_a_task_of_another_cluster_is_behind_is_no_stray() -> None:
    stage = Stage()
    succeeded(stage)
    stage.aws.elbv2.register(GROUP, "10.9.9.9", 8080)
    assert [each.thing for each in found(stage, "target")] == ["10.9.9.9:8080"]
    scene = Scene(stage.aws, stage.store, stage.clock)
    scene.read_runs()
    cluster = look(scene, "demo")
    behind = replace(cluster.tasks[0], address="10.9.9.9")

    assert [*targets.findings(scene, cluster, cluster.tasks)]
    assert not [*targets.findings(scene, cluster, [*cluster.tasks, behind])]


def test_a_revision_of_a_task_set_is_in_use() -> None:
    services = ({"taskDefinition": "web:1", "taskSets": [{"taskDefinition": "web:2"}]},)

    assert Cluster("demo", "us-east-1", services, (), (), ()).in_use == {"web:1", "web:2"}


def test_a_cluster_in_another_region_is_said_to_be_left_out() -> None:
    stage = Stage()
    record = succeeded(stage)
    elsewhere = record.facts | {"cluster_arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/far"}
    other = record.model_copy(update={"id": LOST, "facts": elsewhere})
    stage.store.put(other.key, other.model_dump_json())

    assert "--region eu-west-1" in the(stage, "cluster").why


@pytest.mark.parametrize("network", ["bridge", "host"])
def test_a_lost_canary_on_a_host_is_told_from_its_neighbours_by_its_port(network: str) -> None:
    stage = Stage(service=on_hosts, definition=mode(network), instances=4)
    _, run = stage.at("observing_canary")
    forget(stage, run.record)
    stage.pass_time(days=1)

    assert applied(stage, include_unknown=True) == [("task", "draining"), ("claim", "done")]
    stage.pass_time(minutes=6)
    assert applied(stage, include_unknown=True) == [("task", "done")]
    assert_nothing_is_left(stage)
    assert len([task for task in stage.tasks("service:web") if task.live]) == stage.service.desired


def test_a_canary_says_itself_when_its_time_is_over() -> None:
    stage = Stage()
    stage.at("checking_containers", approval=True, durations={"approval": 36_000})
    limits = timedelta(seconds=sum(stage.runs[0].durations.values()))

    until = expires(stage)
    assert until
    assert until - stage.runs[0].created_at == 2 * limits + timedelta(hours=1)


def test_a_revision_with_every_tag_that_it_may_have_leaves_its_canary_without_ours() -> None:
    tags = [{"key": f"k{n}", "value": "v"} for n in range(49)]
    stage = Stage(
        service=lambda service: service | {"propagateTags": "TASK_DEFINITION"},
        definition=lambda definition: definition | {"tags": tags},
    )
    stage.at("checking_containers")

    assert expires(stage) is None
    assert len(stage.cloud.world.tags[stage.canary.arn]) == 50


def expires(stage: Stage) -> datetime | None:
    """Until when the canary says that it is needed."""
    (task,) = stage.aws.ecs.tasks("demo", [stage.canary.arn], tags=True)
    return read(task.tags.get(EXPIRES, ""))


def test_an_aws_that_throttles_is_asked_again() -> None:
    stage = Stage()
    plant(stage, succeeded(stage).id)
    for operation in ("ListTasks", "ListServices", "DescribeTargetHealth", "StopTask"):
        stage.cloud.fail_next(operation, "ThrottlingException", 2)

    assert applied(stage) == [("task", "done")]


def test_two_sweeps_at_once_do_what_one_does() -> None:
    stage = Stage()
    record = succeeded(stage)
    register(stage, plant(stage, record.id))
    claim(stage, record.id)
    one, other = sweep(stage), sweep(stage)
    pairs = list(zip(one.findings(), other.findings(), strict=True))

    came_to = [(one.apply(mine).came_to, other.apply(others).came_to) for mine, others in pairs]
    assert came_to == [("draining", "draining"), ("done", "left")]


def test_credentials_that_expire_are_said_and_nothing_is_done() -> None:
    stage = Stage()
    plant(stage, succeeded(stage).id)
    sweeping = sweep(stage)
    (finding,) = sweeping.findings()
    stage.cloud.fail_next("ListServices", "ExpiredTokenException", 9)

    act = sweeping.apply(finding)
    assert act.came_to == "failed"
    assert "ExpiredTokenException" in act.words
    assert stage.left.left


def test_what_is_only_to_be_known_is_never_acted_on() -> None:
    stage = Stage()
    plant(stage)
    sweeping = sweep(stage, clusters=["demo"])

    for finding in sweeping.findings():
        assert sweeping.apply(finding).came_to == "left"
    assert stage.canary.live
