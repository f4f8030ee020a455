"""References: every form that a task definition may name an image by."""

import pytest

from cage_fsm.images import Reference, parse

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("rest", "tag", "digest", "image_id"),
    [
        ("team/web:v1", "v1", "", {"imageTag": "v1"}),
        ("team/web", "", "", {"imageTag": "latest"}),
        (f"team/web@{DIGEST}", "", DIGEST, {"imageDigest": DIGEST}),
        (f"team/web:v1@{DIGEST}", "v1", DIGEST, {"imageDigest": DIGEST}),
    ],
)
def test_a_tag_a_digest_both_or_none(rest: str, tag: str, digest: str, image_id: dict[str, str]) -> None:
    host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    found = parse(f"{host}/{rest}")

    assert found == Reference(host, "team/web", tag, digest, "123456789012", "eu-west-1")
    assert found.image_id == image_id
    assert found.at("sha256:b").image_id == {"imageDigest": "sha256:b"}


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("dkr.ecr.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("dkr.ecr-fips.us-east-1.amazonaws.com", "us-east-1"),
        ("dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("dkr-ecr.ap-southeast-2.on.aws", "ap-southeast-2"),
        ("dkr-ecr-fips.us-west-2.on.aws", "us-west-2"),
        ("dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn", "cn-northwest-1"),
        ("DKR.ECR.us-east-1.amazonaws.com", "us-east-1"),
    ],
)
def test_every_host_of_a_private_registry_says_account_and_region(host: str, region: str) -> None:
    found = parse(f"210987654321.{host}/web:v1")

    assert (found.in_ecr, found.account, found.region) == (True, "210987654321", region)
    assert (found.repository, found.tag) == ("web", "v1")


@pytest.mark.parametrize(
    ("image", "registry", "repository", "tag"),
    [
        ("nginx", "", "nginx", ""),
        ("nginx:1.27", "", "nginx", "1.27"),
        ("team/nginx", "", "team/nginx", ""),
        ("localhost/web:v1", "localhost", "web", "v1"),
        ("registry:5000/web", "registry:5000", "web", ""),
        ("ghcr.io/team/web:v1", "ghcr.io", "team/web", "v1"),
        ("public.ecr.aws/nginx/nginx:1", "public.ecr.aws", "nginx/nginx", "1"),
        ("12345.dkr.ecr.us-east-1.amazonaws.com/web", "12345.dkr.ecr.us-east-1.amazonaws.com", "web", ""),
        ("123456789012.dkr.ecr.x.example.com/web", "123456789012.dkr.ecr.x.example.com", "web", ""),
        ("", "", "", ""),
    ],
)
def test_other_registries(image: str, registry: str, repository: str, tag: str) -> None:
    found = parse(image)

    assert found == Reference(registry, repository, tag)
    assert not found.in_ecr
    assert found.in_public_ecr == image.startswith("public.")
    assert parse("ecr-public.aws.com/a/b").in_public_ecr
