"""cage-fsm up: a service that is not there yet, every way that this ends, and what is to be typed then."""

from .desk import PROGRAM, Desk

API = ("--service", "api")


def status(desk: Desk, name: str = "api") -> str:
    """The status of a service."""
    desk.cloud.settle()
    found = {each.name: each.status for each in desk.cloud.world.services.values()}
    return found.get(name, "MISSING")


def test_a_service_is_created_and_shown(desk: Desk) -> None:
    done = desk.type("up", desk.deploy, *API)
    (run,) = desk.runs()

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == (
        f"Run {run['id']}: succeeded. api runs web:2; 2 of 2 tasks are running."
    )
    assert "succeeded: The service was created, and runs." in done.out
    assert desk.changes == ["RegisterTaskDefinition", "CreateService"]
    assert (run["machine"], run["outcome"], run["service"]) == ("up", "succeeded", "api")
    assert "nothing -> web:2" in desk.type("show", "last").out
    assert "deleting_service" in desk.type("diagram", "up").out
    assert desk.type("diagram", "--run", "last").code == 0


def test_a_service_that_exists_is_1_and_names_the_rollout(desk: Desk) -> None:
    done = desk.type("up", desk.deploy)

    assert done.code == 1
    assert f"exists already; send a new revision to it with `cage-fsm rollout {desk.deploy}`" in done.out
    assert desk.changes == []


def test_what_the_sandbox_is_to_miss_is_said_before_anything_is_registered(desk: Desk) -> None:
    around = ("--missing", "ecsTaskExecutionRole", "--deploy", desk.deploy)
    done = desk.type("sandbox", *around, "--", *PROGRAM, "up", desk.deploy, *API)

    assert done.code == 1
    assert (
        "executionRoleArn names role arn:aws:iam::123456789012:role/ecsTaskExecutionRole, which" in done.out
    )
    assert "Nothing was touched by this run." in done.out
    assert "web runs web:1" in done.err


def test_a_deployment_that_fails_is_4_and_the_service_stays_to_be_looked_at(desk: Desk) -> None:
    desk.tag("v2-crash")
    done = desk.type("up", desk.deploy, *API)
    by_hand = "aws ecs delete-service --cluster demo --service api --force --region us-east-1"

    assert done.code == 4
    assert "Cause: The program in container web ended by itself with exit code 1." in done.out
    assert "KeyError: 'DATABASE_URL'" in done.out
    assert (
        f"Type next: {by_hand} to delete it, or cage-fsm rollout {desk.deploy} --cluster demo --service api "
        "with a mended revision" in done.out
    )
    assert status(desk) == "ACTIVE"

    refused = desk.type("rollback", "last")
    assert refused.code == 2
    assert by_hand in refused.err


def test_a_deployment_that_fails_is_3_when_the_service_is_to_be_deleted(desk: Desk) -> None:
    desk.tag("v2-crash")
    done = desk.type("up", desk.deploy, *API, "--delete-on-failure")

    assert done.code == 3
    assert desk.changes[-1] == "DeleteService"
    assert status(desk) == "INACTIVE"
    assert "Service now: api is INACTIVE: it was deleted." in done.out


def test_a_creation_whose_process_is_killed_goes_on_or_is_undone(desk: Desk) -> None:
    child = desk.spawn("up", desk.deploy, *API)
    child.until("Created api")
    child.kill()
    done = desk.type("resume", "last")
    assert (done.code, status(desk)) == (0, "ACTIVE")
    assert desk.changes.count("CreateService") == 1

    child = desk.spawn("up", desk.deploy, "--service", "other")
    child.until("Created other")
    child.kill()
    undone = desk.type("rollback", "last")
    assert undone.code == 0
    assert status(desk, "other") == "INACTIVE"
    assert status(desk) == "ACTIVE"


def test_files_that_no_service_can_be_made_of_are_2(desk: Desk) -> None:
    desk.change(lambda service: {k: v for k, v in service.items() if k != "desiredCount"}, "service.json")
    done = desk.type("up", desk.deploy, *API)

    assert done.code == 2
    assert "service.json has no desiredCount" in done.err
    assert desk.runs() == []
