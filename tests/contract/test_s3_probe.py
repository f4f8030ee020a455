"""Whether a server keeps two writers apart is found out before the first write, unless it is Amazon's."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cage_fsm.aws.s3 import S3
from cage_fsm.checkpoints import StoreUnusable
from cage_fsm.checkpoints.s3 import S3Store
from cage_fsm.checkpoints.s3_place import S3Place
from cage_fsm.engine.ports import StoreDown, Superseded

from .s3_saying import Saying, says, untold


class Careless(Saying):
    """A server that overlooks some conditions. It does not belong to Amazon."""

    def __init__(self, real: Any, *overlooked: str) -> None:
        super().__init__(real)
        self.meta.endpoint_url = "https://s3.example.com"
        self._overlooked = overlooked

    def put_object(self, **parameters: Any) -> Any:
        self.asked.append("put_object")
        return self._real.put_object(
            **{name: value for name, value in parameters.items() if name not in self._overlooked}
        )


@pytest.mark.parametrize("overlooked", ["IfNoneMatch", "IfMatch"])
def test_a_server_that_writes_over_in_silence_is_refused(s3: S3, bucket: str, overlooked: str) -> None:
    store = S3Store(S3(Careless(s3._client, overlooked)), S3Place(bucket, "p/"))

    with pytest.raises(StoreUnusable, match=rf"https://s3.example.com writes over .*\({overlooked} is not"):
        store.create("runs/a", "text")
    assert list(s3.keys(bucket, "")) == []


def test_a_server_that_does_not_tell_what_it_wrote_is_fit(s3: S3, bucket: str) -> None:
    saying = Saying(s3._client)
    saying.meta.endpoint_url = "https://s3.example.com"
    saying.plan("put_object", *[untold] * 6)
    store = S3Store(S3(saying), S3Place(bucket, ""))
    store.save("runs/a", "two", store.create("runs/a", "one"))

    assert store.load("runs/a")[0] == "two"


def test_a_server_that_knows_no_conditions_is_refused(s3: S3, bucket: str) -> None:
    saying = Saying(s3._client)
    saying.meta.endpoint_url = "https://s3.example.com"
    saying.plan("put_object", says("NotImplemented", 501, "A header you provided implies functionality"))

    with pytest.raises(StoreUnusable, match="cannot keep two writers apart"):
        S3Store(S3(saying), S3Place(bucket, "")).create("runs/a", "text")


def test_a_server_that_does_not_answer_the_probe_may_do_so_later(s3: S3, bucket: str) -> None:
    saying = Saying(s3._client)
    saying.meta.endpoint_url = "https://s3.example.com"
    saying.plan("put_object", says("SlowDown", 503))
    store = S3Store(S3(saying), S3Place(bucket, ""))

    with pytest.raises(StoreDown):
        store.create("runs/a", "text")
    store.create("runs/a", "text")


def test_a_server_is_probed_once_and_nothing_of_it_stays(s3: S3, bucket: str) -> None:
    careful = Careless(s3._client)
    store = S3Store(S3(careful), S3Place(bucket, "p/"))
    store.save("runs/a", "two", store.create("runs/a", "one"))

    assert careful.asked.count("put_object") == 4 + 2
    assert list(s3.keys(bucket, "")) == ["p/runs/a"]


def test_who_only_reads_probes_nothing(s3: S3, bucket: str) -> None:
    S3Store(s3, S3Place(bucket, "")).create("runs/a", "text")
    careful = Careless(s3._client)
    store = S3Store(S3(careful), S3Place(bucket, ""))
    list(store.load_all(store.list("runs/")))

    assert careful.asked == ["list_objects_v2", "get_object"]


def test_probes_at_the_same_time_do_not_disturb_each_other(s3: S3, bucket: str) -> None:
    def create(_: int) -> bool:
        try:
            S3Store(s3, S3Place(bucket, "")).create("runs/a", "text")
        except Superseded:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(create, range(6))) == 1
    assert list(s3.keys(bucket, "")) == ["runs/a"]


@pytest.mark.parametrize(
    ("url", "amazon"),
    [
        ("https://s3.eu-west-1.amazonaws.com", True),
        ("https://s3.cn-north-1.amazonaws.com.cn", True),
        ("https://bucket.vpce-1a2b.s3.eu-west-1.vpce.amazonaws.com", True),
        ("https://amazonaws.com.example.com", False),
        ("http://127.0.0.1:9000", False),
    ],
)
def test_amazon_s_own_endpoints_are_known(s3: S3, url: str, *, amazon: bool) -> None:
    saying = Saying(s3._client)
    saying.meta.endpoint_url = url

    assert S3(saying).is_amazon_s3 is amazon
