"""Which values of a task definition are kept out of every text, and which stay readable."""

from typing import Any

import pytest

from cage_fsm.known_secrets import known_secrets

SECRET = "hunter2-0xC0FFEE"


def with_variable(name: str, value: str) -> dict[str, Any]:
    web = {
        "name": "web-server",
        "image": "registry/shop:v2.17-rc1",
        "environment": [{"name": name, "value": value}],
    }
    return {"family": "shop-production", "containerDefinitions": [web]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GREETING", SECRET),
        ("GREETING", "two words"),
        ("HOOK", "https://hooks.example.com/services/T0000/B0000/XXXXXXXX"),
        ("API", "https://api.example.com/?key=abcdef"),
        ("PASSWORD", "/abcdef"),
    ],
)
def test_a_value_of_the_environment_is_a_secret_whatever_its_name(name: str, value: str) -> None:
    assert value in known_secrets(with_variable(name, value))


@pytest.mark.parametrize(
    "value",
    [
        *("8080", "true", "prod", "production", "eu-central-1", "2026-11-23", "10.0.0.17", "shop-production"),
        *(
            "v2.17-rc1",
            "web-server",
            "db.internal.example.com:5432",
            "https://api.example.com/v1",
            "/var/lib/app",
        ),
        "arn:aws:s3:::bucket/key",
    ],
)
def test_what_every_message_needs_is_none(value: str) -> None:
    assert known_secrets(with_variable("SETTING", value)) == frozenset()


def test_a_variable_that_was_filled_in_is_one_unless_it_names_something() -> None:
    assert known_secrets(with_variable("A", "b"), {SECRET, "v2.17-rc1", "eu-west-1"}) == {SECRET}


def test_of_a_command_only_what_looks_like_one_is() -> None:
    command = ["gunicorn", "shop.main:make_app", "--token", SECRET, "--salt=aB3dE6gH9"]
    web = {"name": "web", "command": command, "healthCheck": {"command": ["CMD-SHELL", "curl -f :8080"]}}

    assert known_secrets({"containerDefinitions": [web]}) == {SECRET, "aB3dE6gH9"}


def test_the_password_of_a_url_is_one_by_itself() -> None:
    assert SECRET in known_secrets(with_variable("DATABASE", f"postgres://app:{SECRET}@db:5432/app"))
