"""Amazon ECR: which digest a tag resolves to."""

import re
from typing import ClassVar

from cage_fsm.aws.errors import AwsSaidNo, answers
from cage_fsm.aws.on_demand import OnDemand

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<repository>[^:@]+)"
    r"(:(?P<tag>[^@]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)


class Ecr(OnDemand):
    """ECR through a client that is made only when it is needed."""

    service: ClassVar[str] = "ecr"

    def digest(self, image: str) -> str | None:
        """The digest that `image` resolves to now; None where that cannot be told from here.

        Raises Retryable or Suspend.
        """
        found = _ECR.fullmatch(image)
        if found is None or found["region"] != self._session.region_name:
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
