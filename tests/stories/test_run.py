"""One-off tasks: what they run, what is shown of them, and how they end."""

from cage_fsm.sandbox.records import Task

from .stage import Json, Stage, plain

GROUP = "cage:one-off-task:web"


def the_task(stage: Stage) -> Task:
    (found,) = stage.tasks(GROUP)
    return found


def assert_over(stage: Stage) -> None:
    """At most one task was started, and it does not run."""
    tasks = stage.tasks(GROUP)
    assert len(tasks) <= 1
    assert [task.last_status for task in tasks if task.last_status != "STOPPED"] == []
    assert stage.left.left == ()
    assert stage.revision == "web:1"


def elsewhere(service: Json) -> Json:
    """The service of the file is not there; the file says how to launch."""
    return plain(service)


def test_a_command_runs_as_the_service_does_and_ends_with_its_code() -> None:
    stage = Stage()
    end = stage.run_task("sh", "-c", "echo begins; sleep 10; echo ends; exit 0")

    assert (end.code, stage.outcome) == (0, ("succeeded", 0))
    assert stage.path == ["registering", "launching_task", "running_task", "completed"]
    assert stage.lines == ["begins", "ends"]
    (call,) = stage.calls("RunTask")
    assert call.params["overrides"]["containerOverrides"][0]["name"] == "web"
    assert call.params["networkConfiguration"] == stage.files.service["networkConfiguration"]
    assert_over(stage)


def test_the_code_of_the_container_is_the_code_of_the_run() -> None:
    stage = Stage()
    end = stage.run_task("sh", "-c", "echo begins; exit 7")

    assert (end.code, stage.outcome, stage.facts.exit_code) == (7, ("failed", 7), 7)
    assert "container web exited with 7" in stage.reason
    assert stage.path[-2:] == ["stopping_task", "aborted"]
    assert_over(stage)
