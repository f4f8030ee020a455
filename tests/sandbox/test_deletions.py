"""Things that somebody deletes, and what stays to be seen of them."""

import pytest
from botocore.exceptions import ClientError

from .house import House


@pytest.mark.parametrize(
    ("emptied", "kind"), [((), "Services"), (("service",), "Tasks"), (("service", "canary"), "")]
)
def test_a_cluster_is_deleted_only_when_nothing_is_active_in_it(
    house: House, emptied: tuple[str, ...], kind: str
) -> None:
    canary = house.canary()
    if "service" in emptied:
        house.ecs.delete_service(cluster="demo", service="web", force=True)
        house.wait(120)
    if "canary" in emptied:
        house.ecs.stop_task(cluster="demo", task=canary)
        house.wait(30)
    if not kind:
        assert house.ecs.delete_cluster(cluster="demo")["cluster"]["status"] == "INACTIVE"
        return
    with pytest.raises(ClientError, match=f"ClusterContains{kind}Exception.*while {kind} are active"):
        house.ecs.delete_cluster(cluster="demo")


def test_a_deleted_cluster_is_described_and_not_listed_and_runs_nothing(house: House) -> None:
    house.cloud.delete_cluster("demo")

    assert house.ecs.describe_clusters(clusters=["demo"])["clusters"][0]["status"] == "INACTIVE"
    assert house.ecs.list_clusters()["clusterArns"] == []
    assert house.web()["status"] == "INACTIVE"
    with pytest.raises(ClientError, match=r"ClusterNotFoundException.*The referenced cluster was inactive\."):
        house.run(house.register())


def test_a_cluster_that_is_forgotten_is_not_found(house: House) -> None:
    house.cloud.delete_cluster("demo", forgotten=True)

    with pytest.raises(ClientError, match=r"ClusterNotFoundException.*Cluster not found\."):
        house.web()


def test_a_deregistered_revision_stays_usable_for_ten_minutes(house: House) -> None:
    ours = house.register()
    house.cloud.deregister_revision("web:2")

    assert house.run(ours)["tasks"]
    house.wait(600)
    with pytest.raises(ClientError, match="TaskDefinition is inactive"):
        house.run(ours)


def test_the_list_of_revisions_may_lag(house: House) -> None:
    house.cloud.timings.definition_lag = 20
    house.wait(30)
    ours = house.register()

    assert ours not in house.ecs.list_task_definitions(familyPrefix="web")["taskDefinitionArns"]
    assert house.ecs.describe_task_definition(taskDefinition=ours)["taskDefinition"]["status"] == "ACTIVE"
    house.wait(20)
    assert ours in house.ecs.list_task_definitions(familyPrefix="web")["taskDefinitionArns"]
