"""Amazon ECR: which digest a tag resolves to."""

import re
from typing import Any

from cage_fsm.aws.errors import AwsSaidNo, answers

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<repository>[^:@]+)"
    r"(:(?P<tag>[^@]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)


class Ecr:
    """ECR through a boto3 client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def digest(self, image: str) -> str | None:
        """The digest that `image` resolves to now; None where that cannot be told from here.

        Raises Retryable or Suspend.
        """
        found = _ECR.fullmatch(image)
        if found is None or found["region"] != self._client.meta.region_name:
            return None
        if found["digest"]:
            return found["digest"]
        wanted = [{"imageTag": found["tag"] or "latest"}]
        try:
            with answers("ecr:DescribeImages"):
                answer = self._client.describe_images(
                    registryId=found["account"], repositoryName=found["repository"], imageIds=wanted
                )
        except AwsSaidNo:
            return None
        details = answer.get("imageDetails", [])
        return details[0].get("imageDigest") if details else None
