"""The life of a standalone task."""

import pytest
from botocore.exceptions import ClientError

from .conftest import Build
from .house import House


def test_a_task_walks_from_provisioning_to_running_in_about_twenty_seconds(house: House) -> None:
    arn = house.canary()
    seen = []
    for _ in range(25):
        house.wait(1)
        found = house.ecs.describe_tasks(cluster="demo", tasks=[arn])["tasks"]
        seen += [task["lastStatus"] for task in found if task["lastStatus"] not in seen]

    assert seen == ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"]
    task = house.task(arn)
    assert (task["startedAt"] - task["createdAt"]).total_seconds() == 20
    assert task["version"] >= 4


def test_a_running_task_shows_what_a_canary_is_judged_by(house: House) -> None:
    arn = house.canary()
    house.wait(30)
    task = house.task(arn)
    container = task["containers"][0]
    details = {item["name"]: item["value"] for item in task["attachments"][0]["details"]}

    assert (task["healthStatus"], container["healthStatus"]) == ("HEALTHY", "HEALTHY")
    assert container["lastStatus"] == "RUNNING"
    assert "exitCode" not in container
    assert container["imageDigest"] == house.cloud.digest(container["image"])
    assert container["networkInterfaces"][0]["privateIpv4Address"] == details["privateIPv4Address"]
    assert set(details) == {
        "subnetId",
        "networkInterfaceId",
        "macAddress",
        "privateDnsName",
        "privateIPv4Address",
    }
    assert task["startedBy"] == "cage-fsm/1"
    assert task["group"] == "cage:canary-task:web"
    assert task["availabilityZone"].startswith("us-east-1")
    assert task["attachments"][0]["status"] == "ATTACHED"


def test_a_new_task_is_missing_at_first(house: House) -> None:
    arn = house.canary()

    answer = house.ecs.describe_tasks(cluster="demo", tasks=[arn])

    assert answer["tasks"] == []
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]
    house.wait(2)
    assert house.task(arn)["lastStatus"] == "PROVISIONING"


def test_lag_hides_a_task_from_both_lists_for_half_a_minute(build: Build) -> None:
    house = build("lag")
    arn = house.canary()
    house.wait(29)
    assert house.ecs.describe_tasks(cluster="demo", tasks=[arn])["failures"]
    assert house.ecs.list_tasks(cluster="demo", startedBy="cage-fsm/1")["taskArns"] == []

    house.wait(1)

    assert house.task(arn)["lastStatus"] == "RUNNING"
    assert house.ecs.list_tasks(cluster="demo", startedBy="cage-fsm/1")["taskArns"] == [arn]


def test_a_stopped_task_walks_on_to_stopped_and_loses_its_tags(house: House) -> None:
    arn = house.run(house.register(), tags=[{"key": "run", "value": "1"}])["tasks"][0]["taskArn"]
    house.wait(25)
    assert house.ecs.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "run", "value": "1"}]
    answer = house.ecs.stop_task(cluster="demo", task=arn, reason="done")
    assert answer["task"]["desiredStatus"] == "STOPPED"
    seen = []
    for _ in range(8):
        house.wait(0.5)
        seen.append(house.task(arn)["lastStatus"])

    assert list(dict.fromkeys(seen)) == ["STOPPING", "DEPROVISIONING"]
    house.wait(1)
    task = house.task(arn)
    assert (task["lastStatus"], task["stopCode"], task["stoppedReason"]) == (
        "STOPPED",
        "UserInitiated",
        "done",
    )
    assert task["containers"][0]["exitCode"] == 0
    assert {"stoppingAt", "stoppedAt", "executionStoppedAt"} <= task.keys()
    assert house.ecs.describe_tasks(cluster="demo", tasks=[arn], include=["TAGS"])["tasks"][0]["tags"] == []


def test_a_task_may_be_stopped_before_it_ever_ran_and_again_after_it_stopped(house: House) -> None:
    arn = house.canary()
    house.wait(3)
    house.ecs.stop_task(cluster="demo", task=arn)
    house.wait(2)
    assert house.task(arn)["lastStatus"] == "STOPPED"
    assert "startedAt" not in house.task(arn)

    again = house.ecs.stop_task(cluster="demo", task=arn)["task"]

    assert again["lastStatus"] == "STOPPED"


def test_a_stopped_task_is_forgotten_after_an_hour(house: House) -> None:
    arn = house.canary()
    house.wait(25)
    house.ecs.stop_task(cluster="demo", task=arn)
    house.wait(3600)
    assert house.task(arn)["lastStatus"] == "STOPPED"
    house.wait(10)

    failures = house.ecs.describe_tasks(cluster="demo", tasks=[arn])["failures"]

    assert failures == [{"arn": arn, "reason": "MISSING"}]
    with pytest.raises(ClientError, match="The referenced task was not found"):
        house.ecs.stop_task(cluster="demo", task=arn)


def test_a_standalone_task_that_stops_stays_registered_as_a_target(house: House) -> None:
    arn = house.canary()
    house.wait(25)
    address = house.address(arn)
    house.enroll(address)
    house.wait(10)
    assert house.target(address)["State"] == "healthy"
    house.ecs.stop_task(cluster="demo", task=arn)
    house.wait(20)

    assert house.target(address) == {
        "State": "unhealthy",
        "Reason": "Target.Timeout",
        "Description": "Request timed out",
    }


def test_an_unhealthy_standalone_task_goes_on_running(build: Build) -> None:
    house = build("unhealthy-container")
    arn = house.canary()
    house.wait(20 + 3 * 5)

    assert house.task(arn)["healthStatus"] == "UNHEALTHY"
    house.wait(600)
    assert house.task(arn)["lastStatus"] == "RUNNING"


def test_checks_that_fail_in_the_start_period_do_not_count(build: Build) -> None:
    house = build("unhealthy-container")
    document = {"startPeriod": 30, "interval": 5, "retries": 2, "command": ["CMD", "true"]}
    definition = house.register()
    assert definition.endswith(":2")
    arn = house.run(_with_check(house, document))["tasks"][0]["taskArn"]
    house.wait(20 + 35)
    assert house.task(arn)["healthStatus"] == "UNKNOWN"
    house.wait(5)

    assert house.task(arn)["healthStatus"] == "UNHEALTHY"


def test_an_address_comes_back_only_when_a_test_wants_it(house: House) -> None:
    definition = house.register()
    arn = house.run(definition)["tasks"][0]["taskArn"]
    house.wait(25)
    address = house.address(arn)
    house.ecs.stop_task(cluster="demo", task=arn)
    house.wait(10)
    fresh = [task["taskArn"] for task in house.run(definition, count=5)["tasks"]]
    house.cloud.reuse_address(address)
    reused = house.run(definition)["tasks"][0]["taskArn"]
    house.wait(25)

    assert address not in {house.address(task) for task in fresh}
    assert house.address(reused) == address


def _with_check(house: House, health_check: dict[str, object]) -> str:
    container = {"name": "web", "image": "web:v3", "healthCheck": health_check}
    return house.register(containerDefinitions=[container], executionRoleArn="arn:aws:iam::1:role/x")
