"""Amazon ECR: which digest a tag resolves to."""

import re
from functools import cached_property
from typing import Any

from cage_fsm.aws.errors import AwsSaidNo, answers

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<repository>[^:@]+)"
    r"(:(?P<tag>[^@]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)


class Ecr:
    """ECR through a client that is made only when it is needed."""

    def __init__(self, session: Any, config: Any) -> None:
        self._session, self._config = session, config

    @cached_property
    def _client(self) -> Any:
        return self._session.client("ecr", config=self._config)

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
