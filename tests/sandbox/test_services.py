"""Rolling deployments, their success and their failure."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Build
from .house import House, service_json, task_definition


def _states(house: House) -> list[tuple[str, str, str]]:
    return [
        (d["status"], d["taskDefinition"].rsplit("/", 1)[1], d["rolloutState"])
        for d in house.web()["deployments"]
    ]


def _without_breaker() -> dict[str, Any]:
    return service_json(deploymentConfiguration={"maximumPercent": 200, "minimumHealthyPercent": 100})


def test_a_seeded_service_is_steady(house: House) -> None:
    web = house.web()
    health = house.elb.describe_target_health(TargetGroupArn=house.group)["TargetHealthDescriptions"]

    assert _states(house) == [("PRIMARY", "web:1", "COMPLETED")]
    assert (web["runningCount"], web["pendingCount"], web["desiredCount"]) == (2, 0, 2)
    assert [target["TargetHealth"]["State"] for target in health] == ["healthy", "healthy"]
    assert house.rollout()["status"] == "SUCCESSFUL"
    assert [house.task(arn)["healthStatus"] for arn in house.service_tasks()] == ["HEALTHY", "HEALTHY"]
    images = {house.task(arn)["containers"][0]["image"].rsplit(":")[-1] for arn in house.service_tasks()}
    assert images == {"previous"}
    assert "steady state" in web["events"][0]["message"]


def test_a_good_revision_replaces_the_old_tasks_one_for_one(house: House) -> None:
    old = house.service_tasks()
    answer = house.update(taskDefinition=house.register())
    assert [d["status"] for d in answer["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert "currentServiceDeployment" not in answer
    assert house.rollout()["status"] == "PENDING"
    house.wait(31)
    assert (house.rollout()["status"], house.web()["runningCount"]) == ("IN_PROGRESS", 4)
    assert house.web()["currentServiceDeployment"] == house.rollout()["serviceDeploymentArn"]
    house.wait(2)
    assert {house.task(arn)["lastStatus"] for arn in old} == {"DEACTIVATING"}
    assert house.target(house.address(old[0]))["State"] == "draining"
    house.wait(40)

    assert _states(house) == [("PRIMARY", "web:2", "COMPLETED")]
    rollout = house.rollout()
    assert (rollout["status"], rollout["deploymentCircuitBreaker"]["status"]) == (
        "SUCCESSFUL",
        "MONITORING_COMPLETE",
    )
    assert rollout["targetServiceRevision"]["runningTaskCount"] == 2
    assert not set(old) & set(house.service_tasks())
    assert house.task(old[0])["stopCode"] == "ServiceSchedulerInitiated"
    revision = house.ecs.describe_service_revisions(
        serviceRevisionArns=[rollout["targetServiceRevision"]["arn"]]
    )
    assert revision["serviceRevisions"][0]["taskDefinition"].endswith("web:2")


def test_with_no_room_above_the_desired_count_old_tasks_go_first(build: Build) -> None:
    configuration = {"maximumPercent": 100, "minimumHealthyPercent": 50}
    house = build(service=service_json(deploymentConfiguration=configuration))
    house.update(taskDefinition=house.register())
    most = least = 2
    for _ in range(150):
        house.wait(1)
        web = house.web()
        most = max(most, web["runningCount"] + web["pendingCount"])
        least = min(least, web["runningCount"])

    assert (least, most) == (1, 2)
    assert _states(house) == [("PRIMARY", "web:2", "COMPLETED")]


def test_sending_the_same_task_definition_again_starts_nothing(house: House) -> None:
    before = house.rollout()["serviceDeploymentArn"]
    house.update(taskDefinition=house.web()["taskDefinition"])
    house.update(desiredCount=2, healthCheckGracePeriodSeconds=20)
    assert house.rollout()["serviceDeploymentArn"] == before

    house.update(forceNewDeployment=True)

    assert house.rollout()["serviceDeploymentArn"] != before


def test_a_later_update_replaces_the_one_in_flight(house: House) -> None:
    house.update(taskDefinition=house.register("v2"))
    house.wait(25)
    first = house.rollout()["serviceDeploymentArn"]
    house.update(taskDefinition="web:1")
    house.wait(120)

    rollouts = house.ecs.list_service_deployments(cluster="demo", service="web")["serviceDeployments"]
    assert [rollout["status"] for rollout in rollouts] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]
    assert rollouts[1]["serviceDeploymentArn"] == first
    assert _states(house) == [("PRIMARY", "web:1", "COMPLETED")]


def test_the_circuit_breaker_rolls_back_what_fails_in_the_service_only(house: House) -> None:
    definition = house.register("v2-bad-in-service")
    canary = house.run(definition)["tasks"][0]["taskArn"]
    house.update(taskDefinition=definition)
    house.wait(60)
    assert house.task(canary)["healthStatus"] == "HEALTHY"
    rollout = house.rollout()
    assert rollout["status"] == "ROLLBACK_IN_PROGRESS"
    assert rollout["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 4, "threshold": 3}
    assert "circuit breaker" in rollout["rollback"]["reason"]
    assert _states(house)[:2] == [("PRIMARY", "web:1", "IN_PROGRESS"), ("ACTIVE", "web:2", "FAILED")]
    assert house.web()["taskDefinition"].endswith("web:1")
    assert "rolling back to deploymentId ecs-svc/" in house.web()["deployments"][0]["rolloutStateReason"]
    house.wait(100)

    assert house.rollout()["status"] == "ROLLBACK_SUCCESSFUL"
    assert _states(house) == [("PRIMARY", "web:1", "COMPLETED")]
    assert len(house.ecs.list_service_deployments(cluster="demo", service="web")["serviceDeployments"]) == 2


def test_a_breaker_without_rollback_stops_and_leaves_the_old_tasks(build: Build) -> None:
    configuration = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    house = build(service=service_json(deploymentConfiguration=configuration))
    house.update(taskDefinition=house.register("v2-crash"))
    house.wait(120)

    assert house.rollout()["status"] == "STOPPED"
    assert _states(house) == [("PRIMARY", "web:2", "FAILED"), ("ACTIVE", "web:1", "COMPLETED")]
    assert house.web()["runningCount"] == 2


def test_without_a_breaker_tasks_fail_for_ever_with_growing_pauses(build: Build) -> None:
    house = build(service=_without_breaker())
    house.update(taskDefinition=house.register("v2-crash"))
    house.wait(1800)

    web = house.web()
    assert _states(house) == [("PRIMARY", "web:2", "IN_PROGRESS"), ("ACTIVE", "web:1", "COMPLETED")]
    assert web["deployments"][0]["failedTasks"] >= 8
    assert web["deployments"][1]["runningCount"] == 2
    assert len([e for e in web["events"] if "has started" in e["message"]]) < 15
    assert any("unable to consistently start tasks" in event["message"] for event in web["events"])


def test_a_sick_service_task_is_replaced_after_the_grace_period(house: House) -> None:
    sick = house.service_tasks()[0]
    house.cloud.break_container(sick)
    house.wait(20)
    assert house.task(sick)["stoppedReason"] == "Task failed container health checks"
    house.wait(60)

    assert house.web()["runningCount"] == 2
    assert sick not in house.service_tasks()


def test_an_unhealthy_target_costs_its_service_task_its_life(house: House) -> None:
    sick = house.service_tasks()[0]
    house.cloud.break_target(house.group, house.address(sick), 8080)
    house.wait(15)

    assert house.task(sick)["stoppedReason"].startswith("Task failed ELB health checks in (target-group")
    assert any("due to (reason Health checks failed" in e["message"] for e in house.web()["events"])


def test_the_grace_period_protects_a_slow_start(build: Build) -> None:
    house = build(service=service_json(healthCheckGracePeriodSeconds=90))
    house.update(taskDefinition=house.register("v2-slow-start"))
    house.wait(200)

    assert house.rollout()["status"] == "SUCCESSFUL"


def test_no_capacity_for_the_service_shows_in_its_events(house: House) -> None:
    house.update(taskDefinition=house.register("v2-no-capacity"))
    house.wait(5)

    event = house.web()["events"][0]["message"]
    assert event.startswith("(service web) was unable to place a task. Reason: Capacity is unavailable")


def test_a_stopped_service_deployment_rolls_back(house: House) -> None:
    house.update(taskDefinition=house.register())
    house.wait(10)
    arn = house.rollout()["serviceDeploymentArn"]
    house.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    assert house.rollout()["status"] == "ROLLBACK_REQUESTED"
    house.wait(120)
    assert house.rollout()["status"] == "ROLLBACK_SUCCESSFUL"

    with pytest.raises(ClientError) as caught:
        house.ecs.stop_service_deployment(serviceDeploymentArn=arn)

    assert caught.value.response["Error"]["Code"] == "ConflictException"


def test_scaling_starts_no_deployment(house: House) -> None:
    house.cloud.scale("demo", "web", 4)
    house.wait(60)
    assert house.web()["runningCount"] == 4
    house.cloud.scale("demo", "web", 1)
    house.wait(60)

    assert house.web()["runningCount"] == 1
    assert _states(house) == [("PRIMARY", "web:1", "COMPLETED")]


def test_a_deleted_service_drains_and_is_inactive_then(house: House) -> None:
    with pytest.raises(ClientError, match="cannot be stopped while it is scaled above 0"):
        house.ecs.delete_service(cluster="demo", service="web")
    house.cloud.delete_service("demo", "web")
    assert house.web()["status"] == "DRAINING"
    assert house.ecs.delete_service(cluster="demo", service="web")["service"]["status"] == "DRAINING"
    with pytest.raises(ClientError, match=r"Unable to Start a service that is still Draining\."):
        house.ecs.create_service(**service_json(taskDefinition="web:1"))
    house.wait(60)
    assert (house.web()["status"], house.web()["runningCount"]) == ("INACTIVE", 0)

    with pytest.raises(ClientError) as caught:
        house.update(desiredCount=1)

    assert caught.value.response["Error"]["Code"] == "ServiceNotActiveException"
    assert house.ecs.create_service(**service_json(taskDefinition="web:1"))["service"]["status"] == "ACTIVE"


def test_lag_shows_the_service_as_it_was(build: Build) -> None:
    house = build("lag")
    house.update(taskDefinition=house.register())
    house.wait(9)
    assert _states(house) == [("PRIMARY", "web:1", "COMPLETED")]
    assert len(house.ecs.list_service_deployments(cluster="demo", service="web")["serviceDeployments"]) == 1
    house.wait(1)

    assert _states(house)[0] == ("PRIMARY", "web:2", "IN_PROGRESS")
    assert len(house.ecs.list_service_deployments(cluster="demo", service="web")["serviceDeployments"]) == 2


def test_service_deployments_are_found_by_status_and_time(house: House) -> None:
    before = house.clock.now()
    house.update(taskDefinition=house.register())
    house.wait(5)

    def found(**filters: Any) -> int:
        answer = house.ecs.list_service_deployments(cluster="demo", service="web", **filters)
        return len(answer["serviceDeployments"])

    assert found(status=["IN_PROGRESS"]) == 1
    assert found(status=["SUCCESSFUL", "IN_PROGRESS"]) == 2
    assert found(createdAt={"after": before}) == 1
    assert found(createdAt={"before": before}) == 2
    assert found(maxResults=1) == 1


def test_a_service_is_created_once(house: House) -> None:
    definition = house.register(family="api")
    request = service_json(serviceName="api", taskDefinition=definition, loadBalancers=[], desiredCount=1)
    with pytest.raises(ClientError, match="was not idempotent"):
        house.ecs.create_service(**service_json(taskDefinition=definition))
    first = house.ecs.create_service(**request, clientToken="c-1")["service"]
    again = house.ecs.create_service(**request, clientToken="c-1")["service"]
    assert first["serviceArn"] == again["serviceArn"]
    with pytest.raises(ClientError, match="was not idempotent"):
        house.ecs.create_service(**request | {"desiredCount": 2}, clientToken="c-1")
    house.wait(60)

    answer = house.ecs.describe_services(cluster="demo", services=["api"])["services"][0]
    assert (answer["runningCount"], answer["deployments"][0]["rolloutState"]) == (1, "COMPLETED")
    assert len(house.ecs.list_services(cluster="demo")["serviceArns"]) == 2


def test_a_port_that_the_container_lacks_is_refused(house: House) -> None:
    container = task_definition()["containerDefinitions"][0] | {"portMappings": [{"containerPort": 80}]}
    definition = house.register(containerDefinitions=[container])

    with pytest.raises(ClientError, match="did not have a container port 8080 defined"):
        house.update(taskDefinition=definition)

    assert _states(house) == [("PRIMARY", "web:1", "COMPLETED")]


def test_a_service_whose_target_group_is_gone_never_gets_steady(house: House) -> None:
    definition = house.register()
    house.update(taskDefinition=definition)
    house.cloud.delete_target_group(house.group)
    house.wait(120)

    assert house.rollout()["status"] == "IN_PROGRESS"
    assert any("failed to register targets" in event["message"] for event in house.web()["events"])


@pytest.mark.parametrize("change", [{"launchType": "EC2"}, {"launchType": "EXTERNAL"}])
def test_a_service_of_another_kind_is_refused_plainly(build: Build, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"FARGATE and EC2 only|would refuse"):
        build(service=service_json(**change))
