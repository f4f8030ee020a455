"""Amazon S3: the objects of one bucket, each written or deleted on a condition."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from cage_fsm.aws.errors import answers

WIDTH = 32
"""How many requests may be under way at once."""

AMAZON = (".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu")


class Object(NamedTuple):
    """The content of an object, and the ETag that names this writing of it."""

    body: bytes
    etag: str


class S3:
    """S3 through one client, which finds the region of a bucket by itself.

    Every call makes one attempt. Raises Retryable, Suspend or AwsSaidNo.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self.endpoint: str = client.meta.endpoint_url

    @property
    def is_amazon_s3(self) -> bool:
        """Whether the endpoint is AWS's own; any other may be a server that only resembles it."""
        return (urlsplit(self.endpoint).hostname or "").endswith(AMAZON)

    def get(self, bucket: str, key: str, most: int) -> Object:
        """Read an object; of one that is larger than `most` bytes, that many and one more."""
        with answers("GetObject"):
            answer = self._client.get_object(Bucket=bucket, Key=key)
            with closing(answer["Body"]) as stream:  # entered itself, it gives what checks nothing
                body = stream.read(most + 1)
                if len(body) <= most:
                    stream.read(1)  # only at its end is the length compared with what was announced
            return Object(body, answer["ETag"])

    def put(self, bucket: str, key: str, body: bytes, /, **how: str) -> str | None:
        """Write an object under a condition (`IfMatch`, `IfNoneMatch`); returns its ETag, if that is told."""
        with answers("PutObject"):
            etag: str | None = self._client.put_object(Bucket=bucket, Key=key, Body=body, **how).get("ETag")
            return etag

    def delete(self, bucket: str, key: str, /, **condition: str) -> None:
        """Delete an object, if need be only the one that `IfMatch` names."""
        with answers("DeleteObject"):
            self._client.delete_object(Bucket=bucket, Key=key, **condition)

    def keys(self, bucket: str, prefix: str) -> Iterator[str]:
        """Every key that begins with `prefix`, page by page."""
        page: dict[str, Any] = {"IsTruncated": True}
        more: dict[str, str] = {}
        while page.get("IsTruncated"):
            with answers("ListObjectsV2"):
                page = self._client.list_objects_v2(Bucket=bucket, Prefix=prefix, **more)
                if page.get("IsTruncated"):
                    more = {"ContinuationToken": page["NextContinuationToken"]}
                found = [each["Key"] for each in page.get("Contents", ())]
            yield from found
