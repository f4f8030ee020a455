"""References to images, as they stand in task definitions."""

import re
from dataclasses import dataclass, replace

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9]+(-[a-z0-9]+)+)\."
    r"(amazonaws\.(com|com\.cn|eu)|on\.(aws|amazonwebservices\.(com\.cn|eu))"
    r"|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)",
    re.ASCII,
)
"""IPv4, FIPS and dual-stack hosts of every partition (ECR user guide, "Making requests to Amazon ECR
registries"; General Reference, "Amazon ECR endpoints and quotas"; amazon-ecr-credential-helper)."""

_PUBLIC = frozenset({"public.ecr.aws", "ecr-public.aws.com"})
"""The second one has IPv6, too (ECR Public user guide, "Making requests to Amazon ECR Public registries")."""


@dataclass(frozen=True)
class Reference:
    """An image by its registry's host, empty for Docker Hub, repository, tag and digest.

    `account` and `region` are those of a private ECR registry, and empty for every other one.
    """

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""
    account: str = ""
    region: str = ""

    @property
    def in_ecr(self) -> bool:
        """Whether the image is in a private registry of ECR."""
        return bool(self.account)

    @property
    def in_public_ecr(self) -> bool:
        """Whether it is in ECR Public, which has no scans."""
        return self.registry in _PUBLIC

    @property
    def image_id(self) -> dict[str, str]:
        """As ECR's calls take it: a digest beats a tag, and without both it is `latest`."""
        return {"imageDigest": self.digest} if self.digest else {"imageTag": self.tag or "latest"}

    def at(self, digest: str) -> "Reference":
        """The image with this digest in the same repository."""
        return replace(self, tag="", digest=digest)


def parse(image: str) -> Reference:
    """Read `[registry/]repository[:tag][@digest]`. What is malformed is left for the registry to refuse."""
    name, _, digest = image.partition("@")
    first, _, rest = name.partition("/")
    has_registry = bool(rest) and ("." in first or ":" in first or first == "localhost")
    registry, path = (first.lower(), rest) if has_registry else ("", name)
    repository, _, tag = path.partition(":")
    found = _ECR.fullmatch(registry)
    where = (found["account"], found["region"]) if found else ("", "")
    return Reference(registry, repository, tag, digest, *where)
