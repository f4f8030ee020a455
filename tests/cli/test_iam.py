"""`cage-fsm iam`: a policy on stdout, words on stderr, and not one call."""

import pytest

from .desk import Desk


def test_the_policy_of_a_directory_names_its_service_and_asks_nobody(desk: Desk) -> None:
    done = desk.type("iam", desk.deploy, "--account", "123456789012", "--store", "s3://bucket/pre/fix")
    made = {each["Sid"]: each for each in done.json()["Statement"]}

    assert done.code == 0
    assert made["DeployService"]["Resource"] == "arn:aws:ecs:us-east-1:123456789012:service/demo/web"
    assert made["StoreObject"]["Resource"] == "arn:aws:s3:::bucket/pre/fix/*"
    assert "Deploy: rollout, run, resume and rollback" in done.err
    assert desk.cloud.calls == []


def test_the_roles_that_the_service_is_given_may_be_passed_to_ecs(desk: Desk) -> None:
    role = "arn:aws:iam::123456789012:role/{}".format
    hook = {"hookTargetArn": "arn:aws:lambda:r:1:function:f", "roleArn": role("hooks")}
    tls = {"issuerCertificateAuthority": {}, "roleArn": role("tls")}
    changes = {
        "role": "ecsServiceRole",
        "deploymentConfiguration": {"lifecycleHooks": [hook | {"lifecycleStages": ["RECONCILE_SERVICE"]}]},
        "serviceConnectConfiguration": {"enabled": True, "services": [{"portName": "http", "tls": tls}]},
        "vpcLatticeConfigurations": [{"roleArn": role("lattice"), "targetGroupArn": "a", "portName": "http"}],
    }
    desk.change(lambda service: service | changes, "service.json")
    done = desk.type("iam", desk.deploy, "--account", "123456789012")
    made = {each["Sid"]: each for each in done.json()["Statement"]}

    assert made["DeployServiceRoleToECS"]["Resource"] == [
        role(name) for name in ("ecsServiceRole", "hooks", "lattice", "tls")
    ]


def test_the_key_of_the_store_is_in_it(desk: Desk) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd"
    done = desk.type("iam", "--store", "s3://bucket/pre", "--sse-kms-key", key)
    made = {each["Sid"]: each for each in done.json()["Statement"]}

    assert made["StoreKeyKey"]["Action"] == ["kms:GenerateDataKey", "kms:Decrypt"]
    assert made["StoreKeyKey"]["Resource"] == key


def test_a_prefix_is_no_pattern(desk: Desk) -> None:
    done = desk.type("iam", "--store", "s3://bucket/${aws:username}*?/")
    made = {each["Sid"]: each for each in done.json()["Statement"]}
    prefix = "${$}{aws:username}${*}${?}/*"

    assert made["StoreObject"]["Resource"] == f"arn:aws:s3:::bucket/{prefix}"
    assert made["StoreBucketUnderThePrefix"]["Condition"] == {"StringLike": {"s3:prefix": prefix}}


def test_a_store_at_no_place_is_2(desk: Desk) -> None:
    assert desk.type("iam", "--store", "s3://Not_A_Bucket/x").code == 2


def test_without_files_it_needs_neither_region_nor_credentials(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    done = desk.type("iam", "--service", "web", "--cluster", "prod")

    assert done.code == 0
    assert '"arn:aws:ecs:*:*:service/prod/web"' in done.out


@pytest.mark.parametrize("account", ["12", "123456789012\n", "../x"])
def test_an_account_that_is_none_is_2(desk: Desk, account: str) -> None:
    assert desk.type("iam", "--account", account).code == 2
