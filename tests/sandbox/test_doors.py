"""The two ways in, and what both of them answer to nonsense."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from cage_fsm.sandbox import Call, Cloud, Proceed, Response, ScaledClock, Server, attach, seed_service, serve

from .conftest import Build
from .house import ONE_ATTEMPT, SESSION, House, VirtualClock, service_json, task_definition


@pytest.fixture
def server() -> Iterator[Server]:
    cloud = Cloud(ScaledClock(200))
    seed_service(cloud, service_json(), task_definition())
    with serve(cloud) as running:
        yield running


def _client(server: Server, service: str) -> Any:
    return SESSION.client(service, endpoint_url=server.url, config=ONE_ATTEMPT)


def _post(server: Server, body: bytes, headers: dict[str, str]) -> tuple[int, Any, bytes]:
    request = urllib.request.Request(server.url, body, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_unmodified_boto3_rolls_a_service_over_http(server: Server) -> None:
    ecs, elb = _client(server, "ecs"), _client(server, "elbv2")
    definition = ecs.register_task_definition(**task_definition())["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster="demo", service="web", taskDefinition=definition)
    waiter = ecs.get_waiter("services_stable")
    waiter.wait(cluster="demo", services=["web"], WaiterConfig={"Delay": 0.05, "MaxAttempts": 100})

    service = ecs.describe_services(cluster="demo", services=["web"])["services"][0]
    health = elb.describe_target_health(TargetGroupArn=service["loadBalancers"][0]["targetGroupArn"])
    assert service["deployments"][0]["taskDefinition"] == definition
    assert [t["TargetHealth"]["State"] for t in health["TargetHealthDescriptions"]] == ["healthy"] * 2
    ecs.close()
    elb.close()


def test_the_environment_is_enough_to_find_the_server(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    sts = boto3.Session(region_name="us-east-1").client("sts")

    assert sts.get_caller_identity()["Account"] == "123456789012"
    role = sts.assume_role(RoleArn="arn:aws:iam::210987654321:role/deploy", RoleSessionName="me")
    assert role["AssumedRoleUser"]["Arn"] == "arn:aws:sts::210987654321:assumed-role/deploy/me"
    assert role["Credentials"]["Expiration"].tzinfo is not None
    sts.close()


def test_over_http_a_lost_answer_is_a_closed_connection() -> None:
    cloud = Cloud(ScaledClock(), scenario="lost-answers")
    seed_service(cloud, service_json(), task_definition())
    with serve(cloud) as server:
        ecs = _client(server, "ecs")
        with pytest.raises(ConnectionClosedError):
            ecs.update_service(cluster="demo", service="web", desiredCount=1)
        assert ecs.describe_services(cluster="demo", services=["web"])["services"][0]["desiredCount"] == 1
        ecs.close()


JSON = {"Content-Type": "application/x-amz-json-1.1"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ECS = "AmazonEC2ContainerServiceV20141113."


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("Nothing.RunTask", b"{}", "UnknownOperationException"),
        (f"{ECS}Fly", b"{}", "UnknownOperationException"),
        (
            f"{ECS}CreateTaskSet",
            b'{"service":"a","cluster":"b","taskDefinition":"c"}',
            "UnknownOperationException",
        ),
        (f"{ECS}ListTasks", b"{", "SerializationException"),
        (f"{ECS}ListTasks", b"[]", "SerializationException"),
        (f"{ECS}ListTasks", b'{"cluster": 5}', "SerializationException"),
        (f"{ECS}ListTasks", b'{"maxResults": "5"}', "SerializationException"),
        (f"{ECS}DescribeTasks", b'{"tasks": {}}', "SerializationException"),
        (f"{ECS}RunTask", b"{}", "InvalidParameterException"),
    ],
)
def test_nonsense_gets_a_json_error_of_aws(server: Server, target: str, body: bytes, code: str) -> None:
    status, headers, answer = _post(server, body, JSON | {"x-amz-target": target})

    assert status == 400
    assert json.loads(answer)["__type"] == code
    assert headers["x-amzn-RequestId"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", b"MissingAction"),
        (b"Version=2015-12-01", b"MissingAction"),
        (b"Action=Fly&Version=2015-12-01", b"InvalidAction"),
        (b"Action=DescribeTargetHealth&Version=1999-01-01", b"InvalidAction"),
        (b"Action=CreateRule&Version=2015-12-01&ListenerArn=a&Priority=1", b"ValidationError"),
        (b"Action=DescribeSSLPolicies&Version=2015-12-01", b"InvalidAction"),
        (b"Action=DescribeTargetHealth&Version=2015-12-01", b"ValidationError"),
        (
            b"Action=RegisterTargets&Version=2015-12-01&TargetGroupArn=a&Targets.member.1.Port=x",
            b"MalformedInput",
        ),
    ],
)
def test_nonsense_gets_an_xml_error_of_aws(server: Server, body: bytes, code: bytes) -> None:
    status, headers, answer = _post(server, body, FORM)

    assert status == 400
    assert b"<Code>%s</Code>" % code in answer
    assert headers["x-amzn-RequestId"]


def test_unknown_members_are_ignored_as_aws_does(server: Server) -> None:
    headers = JSON | {"X-Amz-Target": f"{ECS}ListClusters"}

    status, _, answer = _post(server, b'{"colour": "red"}', headers)

    assert (status, len(json.loads(answer)["clusterArns"])) == (200, 1)


def test_other_methods_are_refused(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400") as caught:
        urllib.request.urlopen(server.url)
    caught.value.close()


def test_around_may_stop_a_request_before_it_arrives(build: Build) -> None:
    def around(call: Call, proceed: Proceed) -> Response:
        if call.operation == "RunTask":
            raise InterruptedError(call.params["group"])
        return proceed()

    house = build(around=around)
    with pytest.raises(InterruptedError, match="cage:canary-task:web"):
        house.canary()

    assert house.ecs.list_tasks(cluster="demo", startedBy="cage-fsm/1")["taskArns"] == []


def test_around_may_lose_the_answer(build: Build) -> None:
    def around(call: Call, proceed: Proceed) -> Response:
        response = proceed()
        if call.operation == "RunTask":
            raise ReadTimeoutError(endpoint_url="sandbox")
        return response

    house = build(around=around)
    with pytest.raises(ReadTimeoutError):
        house.canary()

    assert len(house.ecs.list_tasks(cluster="demo", startedBy="cage-fsm/1")["taskArns"]) == 1


def test_the_next_calls_may_be_made_to_fail(house: House) -> None:
    house.cloud.fail_next("DescribeServices", "ServerException", times=2)
    house.cloud.fail_next("DescribeTargetHealth", "Throttling", message="Rate exceeded")
    for _ in range(2):
        with pytest.raises(ClientError) as caught:
            house.web()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    with pytest.raises(ClientError, match="Rate exceeded"):
        house.target("10.0.0.10")

    assert house.web()["status"] == "ACTIVE"
    outcomes = [call.outcome for call in house.cloud.calls]
    assert outcomes == ["ServerException", "ServerException", "Throttling", "ok"]


def test_modelled_errors_are_boto3_exceptions(house: House) -> None:
    with pytest.raises(house.ecs.exceptions.ClusterNotFoundException):
        house.ecs.list_tasks(cluster="nowhere")
    with pytest.raises(house.elb.exceptions.TargetGroupNotFoundException):
        house.elb.describe_target_health(TargetGroupArn="arn:aws:elasticloadbalancing:x:1:targetgroup/a/b")


def test_images_have_the_digest_that_tasks_show() -> None:
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    cloud = Cloud(VirtualClock())
    attach(session, cloud)
    ecr = session.client("ecr", config=Config(retries={"total_max_attempts": 1}))

    def digest(tag: str) -> str:
        answer = ecr.describe_images(repositoryName="web", imageIds=[{"imageTag": tag}])
        return str(answer["imageDetails"][0]["imageDigest"])

    first = digest("v2")
    assert first == cloud.digest("123456789012.dkr.ecr.us-east-1.amazonaws.com/web:v2")
    moved = cloud.move_tag("web", "v2")
    assert digest("v2") == moved != first
    got = ecr.batch_get_image(repositoryName="web", imageIds=[{"imageTag": "v2"}, {"imageTag": "bad-image"}])
    assert got["images"][0]["imageId"]["imageDigest"] == moved
    assert got["failures"][0]["failureCode"] == "ImageNotFound"
    with pytest.raises(ecr.exceptions.ImageNotFoundException):
        digest("bad-image")
