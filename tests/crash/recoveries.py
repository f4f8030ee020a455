"""What is done after a death, the way the command line does it. Each returns how that may end."""

from collections.abc import Callable

from cage_fsm.engine.claims import CLAIMS
from cage_fsm.engine.ports import Finished, Suspended
from cage_fsm.engine.record import RUNS, Record, outcome
from cage_fsm.phases.facts import Facts, Inputs
from cage_fsm.phases.our_deployment import CREATE, UPDATE
from cage_fsm.sweep.scene import Scene
from cage_fsm.sweep.sweeping import Sweep
from tests.crash.invariants import ON_OURS, ONE_OFFS
from tests.crash.stories import REFUSED, ROLLED_BACK, TASK_REFUSED, UNDONE, End, Story, answer
from tests.stories.stage import Stage

Recovery = Callable[[Stage, Story, Record], tuple[End, ...]]


def resume(stage: Stage, story: Story, record: Record) -> tuple[End, ...]:
    """`cage-fsm resume ID`, and the answer if the run asks."""
    _go_on(stage, record)
    return story.ends_from(record)


def rollback(stage: Stage, story: Story, record: Record) -> tuple[End, ...]:
    """`cage-fsm rollback ID`: after a success an undo, and of a run that goes back already a resume."""
    if record.machine == "up" and not record.final:
        _require_code(stage, stage.rollback(record.id))
        return story.ends_from(record) if record.cause else (UNDONE,)
    if record.state in ON_OURS and record.machine not in ("run", "up"):
        stage.pass_time(seconds=1)  # so that its id is the later one
        _require_code(stage, stage.drive(*stage.undo(record)))
        return (UNDONE,)
    if record.final or record.machine == "rollback":
        return resume(stage, story, record)
    _require_code(stage, stage.rollback(record.id))
    return story.ends_from(record) if record.cause else (UNDONE,)


def elsewhere(stage: Stage, story: Story, record: Record) -> tuple[End, ...]:
    """`resume` where the deploy files are not, nor the old process: it waits a lease for a sign of that."""
    stage.host = "elsewhere"
    _go_on(stage, record, with_files=False)
    if record.machine == "up":
        return _ends_without_files(story, record)
    facts, updates = Facts.of(record), Inputs.of(record).update_service
    has_files = record.final or record.cause or record.machine == "rollback"
    if record.machine == "run" and not (has_files or facts.one_off_task):
        return (*story.ends_from(record), TASK_REFUSED)  # it may have learned all that it needs of them
    needs_none = facts.updated if updates else facts.task_definition
    if updates and not has_files and not needs_none and UPDATE in record.intents:
        return (*story.ends_from(record), REFUSED, ROLLED_BACK)  # it depends on whether it had arrived
    return story.ends_from(record) if has_files or needs_none else (REFUSED,)


def _ends_without_files(story: Story, record: Record) -> tuple[End, ...]:
    """Without service.json no service is created; one that may have been is looked for, or given up."""
    if record.final or record.cause or Facts.of(record).created:
        return story.ends_from(record)
    return (story.end, ROLLED_BACK) if CREATE in record.intents else (REFUSED,)


def lose_and_sweep(stage: Stage) -> None:
    """The store loses all it knew; `sweep --include-unknown --apply`, past the time of a task that runs."""
    for key in [*stage.store.list(RUNS), *stage.store.list(CLAIMS)]:
        stage.store.delete(key, stage.store.load(key)[1])
    if any(task.live for task in [*stage.tasks(), *stage.tasks(ONE_OFFS)]):
        stage.pass_time(hours=14)
    for _ in ("deregister", "stop"):
        sweep = Sweep(Scene(stage.aws, stage.store, stage.clock, include_unknown=True), ["demo"])
        for finding in sweep.findings():
            if finding.does:
                sweep.apply(finding)
        stage.pass_time(minutes=1)


RECOVERIES: dict[str, Recovery] = {"resume": resume, "rollback": rollback, "elsewhere": elsewhere}


def _go_on(stage: Stage, record: Record, *, with_files: bool = True) -> None:
    if record.final:  # the command line only says how it ended
        stage.record = record
        return
    _require_code(stage, stage.resume(record.id, with_files=with_files))
    answer(stage)


def _require_code(stage: Stage, end: Suspended | Finished) -> None:
    """The process ends with the code that the record stands for."""
    assert stage.record
    assert end.code == outcome(stage.record).code
