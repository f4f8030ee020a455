"""What must hold once everything was gone on with, whatever died before. Each breach is one sentence."""

from collections import Counter
from collections.abc import Iterator

from cage_fsm.deployfiles import DeployFiles, service_differences
from cage_fsm.engine.record import Record
from cage_fsm.phases.facts import Facts, Inputs
from cage_fsm.phases.service_fields import FORWARDED
from cage_fsm.sandbox.ecs.service_view import shown
from cage_fsm.sandbox.records import Json, Task
from tests.crash.stories import SECRET
from tests.stories.stage import MACHINES, Stage

ONE_OFFS = "cage:one-off-task:web"
ON_OURS = frozenset({"succeeded", "left_failing"})


def breaches(stage: Stage) -> Iterator[str]:
    """Everything that is wrong with the cloud and the store, now that all runs have ended."""
    yield from _of_a_new_service(stage) if stage.new else _of_a_rollout(stage)
    for record in stage.runs:
        yield from _of_a_record(record)
    if stage.holders:
        yield f"the service is still held by {stage.holders}"
    if any(SECRET in write.text for write in stage.store.writes):
        yield "a secret was saved"
    if SECRET in str(stage.events):
        yield "a secret was shown"


def _of_a_rollout(stage: Stage) -> Iterator[str]:
    yield from _of_canaries(stage)
    yield from _of_one_off_tasks(stage)
    yield from _of_revisions(stage)
    yield from _of_the_service(stage)


def _of_a_new_service(stage: Stage) -> Iterator[str]:
    """It was created once at most, and is there if the run says so, or else gone."""
    yield from stage.left.left
    tokens = {call.params["clientToken"] for call in stage.calls("CreateService")}
    if len(tokens) > 1:
        yield f"{len(tokens)} services were asked for"
    deleted = [call.at for call in stage.calls("DeleteService")]
    if any(call.at > min(deleted) for call in stage.calls("CreateService") if deleted):
        yield "a service was created after its deletion"
    if sum(each.status == "ACTIVE" for each in stage.cloud.world.definitions.values()) > 1:
        yield f"more than one revision was registered and stays: {[*stage.cloud.world.definitions]}"
    for record in stage.runs:
        whole = "2 of 2 tasks" if record.state == "succeeded" else ""
        there = [f"web runs web:1, {whole}" in each for each in stage.left.services]
        if there != ([True] if record.state in ON_OURS else []):
            yield f"the run is {record.state}, but the services are {stage.left.services}"


def breaches_in_the_cloud(stage: Stage) -> Iterator[str]:
    """Everything that is wrong with the cloud, whatever the store knows of it."""
    yield from _of_canaries(stage)
    yield from _of_one_off_tasks(stage)
    serving = [task for task in stage.tasks("service:web") if task.live and task.last_status == "RUNNING"]
    if len(serving) < 2 or stage.revision not in {"web:1", "web:2"}:
        yield f"the service was harmed: {stage.left.services[0]}"


def _of_canaries(stage: Stage) -> Iterator[str]:
    yield from stage.left.left
    canaries = stage.tasks()  # a stopped task is remembered for an hour: all that there ever were
    for run, count in Counter(canary.started_by for canary in canaries).items():
        if count > 1:
            yield f"{count} canaries were started by {run}"
    for call in stage.calls("DeregisterTargets"):
        for target in call.params["Targets"]:
            if not any(_is_at(canary, target) for canary in canaries):
                yield f"a target was deregistered that is not the canary's: {target}"


def _of_one_off_tasks(stage: Stage) -> Iterator[str]:
    """Each was started once, none runs, and a run that judged its container has the code of that."""
    tasks = {task.arn: task for task in stage.tasks(ONE_OFFS)}
    for run, count in Counter(task.started_by for task in tasks.values()).items():
        if count > 1:
            yield f"{count} one-off tasks were started by {run}"
    yield from (f"{task.arn} is {task.last_status}" for task in tasks.values() if task.there)
    for record in stage.runs:
        facts = Facts.of(record)
        task = tasks.get(facts.one_off_task)
        if task and facts.exit_code not in (None, task.containers[0].exit_code):
            yield f"the code of {record.id} is {facts.exit_code}, not {task.containers[0].exit_code}"
        went_forward = record.inputs.get("command") and record.machine == "rollout" and facts.updated
        if went_forward and facts.exit_code != 0:
            yield f"{record.id} updated the service though its task had the code {facts.exit_code}"
        if record.state == "completed" and facts.exit_code != 0:
            yield f"run {record.id} completed with the code {facts.exit_code}"


def _is_at(task: Task, target: Json) -> bool:
    ports = [each["hostPort"] for container in task.containers for each in container.bindings]
    on_its_host = task.host == target["Id"] and target["Port"] in ports
    return on_its_host or task.interface.address == target["Id"]


def _of_revisions(stage: Stage) -> Iterator[str]:
    known = stage.cloud.world.definitions
    first, *later = known.values()
    if first.status != "ACTIVE":
        yield f"the baseline {first.arn} is {first.status}"
    rollouts = sum(record.machine in ("rollout", "run") for record in stage.runs)
    if sum(each.status == "ACTIVE" for each in later) > rollouts:
        yield f"more than one revision of a run was registered and stays: {[*known]}"
    if stage.sent_to("web:2") > 1:
        yield f"the service was sent to our revision {stage.sent_to('web:2')} times"


def _of_the_service(stage: Stage) -> Iterator[str]:
    """It runs what the last run that changed it says, whole; without a run nobody asked anything of AWS."""
    if not stage.runs:
        yield from [f"{call.operation} was called before there was a run" for call in stage.cloud.calls]
    state, revision, count = "untouched", "web:1", 2
    for record in sorted(stage.runs, key=lambda record: record.updated_at):
        if record.direction != "untouched":
            facts, state = Facts.of(record), record.state
            on_ours = state in ON_OURS
            arn = facts.task_definition if on_ours else facts.baseline
            revision = arn.rpartition("/")[2]
            count = (on_ours and Inputs.of(record).desired_count) or 2
    whole = "" if state == "left_failing" else f"{count} of {count} tasks"
    if f"web runs {revision}, {whole}" not in stage.left.services[0]:
        yield f"the run is {state}, but {stage.left.services[0]}"
    if stage.deployed:
        yield from _of_its_fields(stage, stage.files if state in ON_OURS else stage.deployed)


def _of_its_fields(stage: Stage, files: DeployFiles) -> Iterator[str]:
    """It is like these files, and has nothing of the others."""
    now = shown(stage.cloud.world, stage.service, with_tags=True)
    nothing = {name: FORWARDED[name].unset for name in stage.files.service if name in FORWARDED}
    wanted = {**nothing, **files.service, "desiredCount": now["desiredCount"]}
    for each in service_differences(now, wanted):
        yield f"{each.path} of the service is {each.old} and not {each.new}"


def _of_a_record(record: Record) -> Iterator[str]:
    at = MACHINES[record.machine].initial
    for step in record.history:
        if step.source != at:
            yield f"the history of {record.id} goes from {at} on from {step.source}"
        at = step.to
    if record.state != at:
        yield f"the history of {record.id} ends in {at}, and the run in {record.state}"
    if not record.final:
        yield f"run {record.id} has not ended: {record.state}"
    if [step.to for step in record.history].count("awaiting_approval") > 1:
        yield f"run {record.id} asked for an approval again"
    if record.held:
        yield f"run {record.id} still holds {record.held}"
