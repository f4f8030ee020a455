"""The other kinds through the front door: HTTP, snapshots, and speed."""

import time

import boto3

from cage_fsm.sandbox import Call, Cloud, seed_service, serve

from .conftest import Build
from .house import ONE_ATTEMPT, VirtualClock
from .kinds import ec2_definition, ec2_service


def test_logs_and_alarms_answer_over_http() -> None:
    clock = VirtualClock()
    cloud = Cloud(clock)
    seed_service(cloud, ec2_service(), ec2_definition())
    cloud.set_alarm("5xx")
    task = next(iter(cloud.world.tasks.values()))
    session = boto3.Session("sandbox", "sandbox", region_name="us-east-1")
    with serve(cloud) as server:
        logs, alarms, ecs = (
            session.client(name, endpoint_url=server.url, config=ONE_ATTEMPT)
            for name in ("logs", "cloudwatch", "ecs")
        )
        events = logs.get_log_events(logGroupName="/ecs/web", logStreamName=f"web/web/{task.id}")["events"]
        raised = alarms.describe_alarms(StateValue="ALARM")["MetricAlarms"]
        hosts = ecs.list_container_instances(cluster="demo")["containerInstanceArns"]
        for client in (logs, alarms, ecs):
            client.close()

    assert [event["message"] for event in events] == ["web is starting", "listening on :8080"]
    assert [alarm["AlarmName"] for alarm in raised] == ["5xx"]
    assert len(hosts) == 2


def test_a_restored_cloud_goes_the_same_way_again(build: Build) -> None:
    house = build("spot-interruption,crash", service=ec2_service(), definition=ec2_definition())
    definition = house.ecs.register_task_definition(**ec2_definition())["taskDefinition"]["taskDefinitionArn"]
    start, snapshot = house.clock.now(), house.cloud.snapshot()

    def story() -> tuple[object, ...]:
        house.update(taskDefinition=definition)
        house.wait(60)
        hosts = [(task.arn, task.host) for task in house.cloud.world.tasks.values()]
        return house.web()["events"], hosts, house.cloud.world.logs

    first = story()
    house.cloud.restore(snapshot)
    house.clock.time = start

    assert story() == first


def test_calls_stay_quick_with_many_tasks_on_instances(build: Build) -> None:
    house = build(service=ec2_service(desiredCount=30), definition=ec2_definition(), instances=3)
    arns = house.service_tasks()
    calls = [
        Call("ecs", "DescribeTasks", {"cluster": "demo", "tasks": arns[:3]}),
        Call("ecs", "DescribeServices", {"cluster": "demo", "services": ["web"]}),
        Call("ecs", "ListContainerInstances", {"cluster": "demo", "filter": "ec2InstanceId != i-0"}),
        Call("elbv2", "DescribeTargetHealth", {"TargetGroupArn": house.group}),
    ]
    began = time.perf_counter()
    for _ in range(50):
        for call in calls:
            house.cloud.request(call)

    assert (time.perf_counter() - began) / 200 < 0.001
