"""What looks like a secret is taken out of a text; what people need to read stays."""

import pytest

from cage_fsm.redaction import MASK, redacted, secrets_of

SECRET = "hunter2-0xC0FFEE"


@pytest.mark.parametrize(
    "text",
    [
        f"password={SECRET}",
        f"DATABASE_PASSWORD: {SECRET}",
        f'{{"db_password": "{SECRET}", "host": "db"}}',
        f'{{"secret": "a \\" b {SECRET}"}}',
        f"DB_PASSWD='{SECRET} and more'",
        f"connecting to postgres://app:{SECRET}@db:5432/app",
        f"amqp://guest:a@b{SECRET}@mq/",
        f"Authorization: Bearer {SECRET}",
        f"curl -H 'Authorization: Basic {SECRET}' http://web",
        f"sent bearer {SECRET} to the gateway",
        f"serve --api-key {SECRET} --port 80",
        f"serve --token={SECRET}",
        f"GET /?access_token={SECRET}&page=2",
        f"aws_secret_access_key = {SECRET}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
        f"{SECRET}\n-----END PRIVATE KEY-----",
        f'{{\\"password\\": \\"{SECRET}\\"}}',
        f"DB_PASS={SECRET}",
        f"logged in with password {SECRET}",
        f"the token is '{SECRET}'.",
        f"Cookie: theme=dark; session={SECRET}",
        f'"set-cookie": "session={SECRET}; Path=/"',
        f"Authorization: Token {SECRET}",
        f"Authorization: AWS4-HMAC-SHA256 Credential=a, Signature={SECRET}",
        f'{{"name":"DB_PASSWORD","value":"{SECRET}"}}',
        f'{{"key": "anything", "value": "{SECRET}"}}',
        f"{{'name': 'GREETING', 'value': '{SECRET}'}}",
        f'{{\\"name\\":\\"GREETING\\",\\"value\\":\\"{SECRET}\\"}}',
        f"KeyValuePair(name=GREETING, value={SECRET})",
        f"https://bucket.s3.amazonaws.com/x?X-Amz-Signature={SECRET}&x=1",
        f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{SECRET}",
    ],
)
def test_a_secret_with_a_name_or_a_shape_is_taken_out(text: str) -> None:
    assert SECRET not in redacted(text)
    assert MASK in redacted(text)


def test_access_key_ids_are_taken_out() -> None:
    assert redacted("signed by AKIAIOSFODNN7EXAMPLE") == f"signed by {MASK}"


def test_a_known_secret_is_taken_out_wherever_it_stands() -> None:
    assert redacted(f"got {SECRET}.", [SECRET, "ab"]) == f"got {MASK}."


@pytest.mark.parametrize("text", [f"{SECRET[:9]}", f"a line that was cut in {SECRET[:-1]}"])
def test_a_known_secret_that_was_cut_is_taken_out(text: str) -> None:
    assert redacted(text, [SECRET]).endswith(MASK)


def test_a_known_secret_is_taken_out_of_json() -> None:
    assert "quoted" not in redacted(r'{"a": "with \"quoted\" text"}', ['with "quoted" text'])


def test_what_stands_beside_a_secret_stays() -> None:
    assert redacted(f"GET /?token={SECRET}&page=2 took 4 ms") == f"GET /?token={MASK}&page=2 took 4 ms"


@pytest.mark.parametrize(
    "text",
    [
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): web:v3: not found",
        "ResourceInitializationError: unable to pull secrets or registry auth",
        "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:a:1:targetgroup/w)",
        "listening on http://0.0.0.0:8080",
        "Error: secret not found",
        "the secret arn:aws:secretsmanager:us-east-1:123456789012:secret:web-AbCdEf was not found",
        "the name: web, the port: 8080",
        "not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:a:1:x",
        "could not fetch the secret: arn:aws:secretsmanager:us-east-1:123456789012:secret:web-AbCdEf",
        "unable to retrieve arn:aws:secretsmanager:us-east-1:123456789012:secret:web-AbCdEf",
    ],
)
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text


def test_of_an_environment_the_values_with_secret_names_or_shapes_are_secrets() -> None:
    url = f"postgres://app:{SECRET}@db/app"
    environment = {"DB_PASSWORD": SECRET, "DATABASE_URL": url, "PORT": "8080", "GREETING": "hello world"}

    assert secrets_of(environment) == {SECRET, url}


@pytest.mark.parametrize("part", ["a-", "--token-", "https://a:", "secret", "-----BEGIN "])
def test_a_hostile_text_is_done_with_soon(part: str) -> None:
    assert redacted(part * (16000 // len(part)))  # with unbounded names this would take minutes
