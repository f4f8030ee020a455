"""What the store in S3 makes of what S3 may answer."""

from io import BytesIO

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.response import StreamingBody

from cage_fsm.aws.s3 import S3
from cage_fsm.checkpoints import StoreUnusable
from cage_fsm.checkpoints.s3 import S3Store
from cage_fsm.checkpoints.s3_place import S3Place
from cage_fsm.engine.ports import Absent, StoreDown, Superseded, Suspend, Version

from .s3_saying import Act, Saying, fails, says, twice, untold

KEY = "runs/a"
URL = "https://runs.s3.amazonaws.com/runs/a"
DENIED = says("AccessDenied", 403, "Access Denied")


@pytest.fixture
def saying(s3: S3) -> Saying:
    return Saying(s3._client)


@pytest.fixture
def s3_store(saying: Saying, bucket: str) -> S3Store:
    return S3Store(S3(saying), S3Place(bucket, "some/where/"))


@pytest.fixture
def version(s3_store: S3Store, saying: Saying) -> Version:
    """Of a document that is under way: it was created, and saved."""
    version = s3_store.save(KEY, "one", s3_store.create(KEY, "none"))
    saying.asked.clear()
    saying.given.clear()
    return version


def test_a_creation_sent_twice_is_not_refused_for_its_own_effect(s3_store: S3Store, saying: Saying) -> None:
    saying.plan("put_object", twice)

    version = s3_store.create(KEY, "text")
    assert s3_store.load(KEY) == ("text", version)


def test_a_save_sent_twice_is_not_refused_for_its_own_effect(
    s3_store: S3Store, saying: Saying, version: Version
) -> None:
    saying.plan("put_object", twice)

    new = s3_store.save(KEY, "text", version)
    assert s3_store.load(KEY) == ("text", new)


def test_the_same_text_from_another_process_is_not_taken_for_ours(
    s3_store: S3Store, version: Version
) -> None:
    s3_store.save(KEY, "the same", version)

    with pytest.raises(Superseded, match="changed by another process"):
        s3_store.save(KEY, "the same", version)


def test_requests_that_cross_are_sent_again(s3_store: S3Store, saying: Saying, version: Version) -> None:
    saying.plan("put_object", *[says("ConditionalRequestConflict", 409)] * 4)

    s3_store.save(KEY, "text", version)
    assert s3_store.load(KEY)[0] == "text"


def test_requests_that_cross_without_end_are_a_store_that_is_down(
    s3_store: S3Store, saying: Saying, version: Version
) -> None:
    saying.plan("put_object", *[says("ConditionalRequestConflict", 409)] * 9)

    with pytest.raises(StoreDown, match="ConditionalRequestConflict"):
        s3_store.save(KEY, "text", version)
    assert saying.asked.count("put_object") == 5


def test_one_of_many_documents_without_an_answer_is_asked_for_again(
    s3_store: S3Store, saying: Saying, version: Version
) -> None:
    saying.plan("get_object", says("SlowDown", 503))

    assert list(s3_store.load_all([KEY])) == [("one", version)]


def test_a_document_deleted_under_its_owner_is_said_to_be_deleted(
    s3_store: S3Store, version: Version
) -> None:
    s3_store.delete(KEY, version)

    with pytest.raises(Superseded, match="deleted by another process"):
        s3_store.save(KEY, "text", version)


@pytest.mark.parametrize(
    ("act", "unsent"),
    [
        (says("SlowDown", 503), True),
        (says("InternalError", 500), False),
        (says("ServiceUnavailable", 503), False),
        (says("RequestTimeout", 400), False),
        (fails(ReadTimeoutError(endpoint_url=URL)), False),
        (fails(ConnectTimeoutError(endpoint_url=URL)), True),
        (fails(EndpointConnectionError(endpoint_url=URL)), False),
    ],
)
def test_what_may_pass_is_a_store_that_is_down_at_any_time(
    s3_store: S3Store, saying: Saying, version: Version, act: Act, *, unsent: bool
) -> None:
    for store in (s3_store, S3Store(S3(saying), s3_store._place)):
        saying.plan("put_object", act)
        with pytest.raises(StoreDown, match=rf"Cannot save {KEY} in the store s3://.*/some/where: ") as down:
            store.save(KEY, "text", version)
        assert down.value.unsent == unsent
    assert s3_store.load(KEY) == ("one", version)


FOR_GOOD = [
    (DENIED, "The role needs s3:ListBucket on the bucket .*, and s3:GetObject, s3:PutObject"),
    (says("NoSuchBucket", 404), "Create the bucket, or give the name of one that exists"),
    (says("PermanentRedirect", 301), "The region of the bucket could not be found out"),
    (says("KMS.DisabledException", 400), "kms:GenerateDataKey and kms:Decrypt"),
    (says("AccessDenied", 403, "not authorized to perform: kms:GenerateDataKey"), "kms:Decrypt"),
    (says("NotImplemented", 501), "cannot keep two writers apart"),
    (says("SomethingNew", 400), "Name another place with --store"),
]


@pytest.mark.parametrize(("act", "mend"), FOR_GOOD)
def test_what_only_a_mend_helps_makes_the_store_unusable_at_the_start_and_down_in_the_middle(
    s3_store: S3Store, saying: Saying, version: Version, act: Act, mend: str
) -> None:
    saying.plan("put_object", act, act, act)

    with pytest.raises(StoreUnusable, match=mend):
        S3Store(S3(saying), s3_store._place).save(KEY, "text", version)
    with pytest.raises(StoreUnusable, match=mend):
        S3Store(S3(saying), s3_store._place).create("runs/b", "text")
    with pytest.raises(StoreDown, match=mend):
        s3_store.save(KEY, "text", version)
    assert s3_store.load(KEY) == ("one", version)


@pytest.mark.parametrize("act", [says("NoSuchBucket", 404), says("404", 404), says("PermanentRedirect", 301)])
def test_a_bucket_out_of_reach_is_never_an_absent_document(
    s3_store: S3Store, saying: Saying, version: Version, act: Act
) -> None:
    saying.plan("get_object", act, act)

    with pytest.raises(StoreDown):
        s3_store.load("runs/missing")
    with pytest.raises(StoreUnusable):
        S3Store(S3(saying), s3_store._place).load("runs/missing")


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidAccessKeyId", "TokenRefreshRequired"])
def test_credentials_that_expire_suspend_a_run_that_is_under_way_and_none_that_begins(
    s3_store: S3Store, saying: Saying, version: Version, code: str
) -> None:
    expired = says(code, 403)
    saying.plan("put_object", expired, expired)

    with pytest.raises(Suspend, match="resume with fresh ones"):
        s3_store.save(KEY, "text", version)
    with pytest.raises(StoreUnusable, match=code):
        S3Store(S3(saying), s3_store._place).create("runs/b", "text")


def test_a_missing_document_is_absent_to_a_role_that_is_denied_because_it_may_not_list_everything(
    s3_store: S3Store, saying: Saying
) -> None:
    saying.plan("get_object", DENIED)

    with pytest.raises(Absent):
        s3_store.load("runs/missing")


def test_a_document_that_may_not_be_read_is_not_absent(
    s3_store: S3Store, saying: Saying, version: Version
) -> None:
    saying.plan("get_object", DENIED)

    with pytest.raises(StoreDown, match="s3:GetObject"):
        s3_store.load(KEY)


def test_an_answer_that_breaks_off_is_asked_for_again_and_not_damage(
    s3_store: S3Store, saying: Saying, version: Version
) -> None:
    broken = {"Body": StreamingBody(BytesIO(b"cage-fsm/1 "), 700), "ETag": version}
    saying.plan("get_object", lambda _: broken)

    with pytest.raises(StoreDown, match="11 read, but total bytes expected is 700"):
        s3_store.load(KEY)


def test_without_the_permission_to_list_nothing_is_begun(s3_store: S3Store, saying: Saying) -> None:
    saying.plan("list_objects_v2", DENIED)

    with pytest.raises(StoreUnusable, match="s3:ListBucket on the bucket"):
        s3_store.create(KEY, "text")
    assert "put_object" not in saying.asked


def test_an_etag_that_is_not_told_is_looked_up(s3_store: S3Store, saying: Saying, version: Version) -> None:
    saying.plan("put_object", untold)
    new = s3_store.save(KEY, "text", version)

    assert s3_store.load(KEY) == ("text", new)


def test_a_save_is_one_request(s3_store: S3Store, saying: Saying, version: Version) -> None:
    s3_store.save(KEY, "text", version)

    assert saying.asked == ["put_object"]


def test_every_write_is_encrypted_with_the_key_that_is_given(saying: Saying, bucket: str) -> None:
    store = S3Store(S3(saying), S3Place(bucket, ""), kms_key="alias/runs")
    version = store.save(KEY, "text", store.create(KEY, "none"))
    writes = [each for each in saying.given if "Body" in each]

    assert store.load(KEY) == ("text", version)
    assert len(writes) == 2
    for each in writes:
        assert (each["ServerSideEncryption"], each["SSEKMSKeyId"]) == ("aws:kms", "alias/runs")


def test_in_a_versioned_bucket_a_deleted_document_is_created_anew(s3_store: S3Store, s3: S3) -> None:
    s3._client.put_bucket_versioning(
        Bucket=s3_store._place.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    before = s3_store.save(KEY, "two", s3_store.create(KEY, "one"))
    s3_store.delete(KEY, before)

    with pytest.raises(Absent):
        s3_store.load(KEY)
    with pytest.raises(Superseded, match="deleted"):
        s3_store.save(KEY, "three", before)
    new = s3_store.create(KEY, "anew")
    assert s3_store.load(KEY) == ("anew", new)
    with pytest.raises(Superseded, match="changed"):
        s3_store.save(KEY, "three", before)
