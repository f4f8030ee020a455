"""Manifests and platforms: which entry of an index a task runs."""

import json
from typing import Any

import pytest

from cage_fsm.images import Platform, platform_of
from cage_fsm.images.manifest import MEDIA_TYPES, read


def entry(digest: str, platform: dict[str, str] | None, **more: Any) -> dict[str, Any]:
    made = {"digest": digest, "mediaType": MEDIA_TYPES[2], **more}
    return made if platform is None else made | {"platform": platform}


def chosen(entries: list[dict[str, Any]], platform: Platform) -> list[str]:
    manifest = read(json.dumps({"manifests": entries}), "sha256:index")
    return [child.digest for child in manifest.for_platform(platform)]


AMD, ARM = {"os": "linux", "architecture": "amd64"}, {"os": "linux", "architecture": "arm64"}


def test_the_entry_of_the_platform_is_chosen_and_an_attestation_never() -> None:
    entries = [
        entry("attestation", {"os": "unknown", "architecture": "unknown"}),
        entry("signature", None, artifactType="application/x"),
        entry("arm", ARM | {"variant": "v8"}),
        entry("amd-v3", AMD | {"variant": "v3"}),
        entry("amd", AMD),
    ]

    assert chosen(entries, Platform()) == ["amd", "amd-v3"]
    assert chosen(entries, Platform("linux", "arm64")) == ["arm"]
    assert chosen(entries, Platform("windows")) == []
    assert read(json.dumps({"manifests": entries}), "").platforms == (
        "linux/arm64/v8, linux/amd64/v3, linux/amd64"
    )


def test_an_entry_that_says_no_platform_comes_last() -> None:
    assert chosen([entry("any", None), entry("amd", AMD)], Platform()) == ["amd", "any"]


def test_windows_is_chosen_by_its_build() -> None:
    windows = {"os": "windows", "architecture": "amd64"}
    entries = [
        entry("2019", windows | {"os.version": "10.0.17763.6532"}),
        entry("2022", windows | {"os.version": "10.0.20348.2849"}),
    ]

    assert chosen(entries, Platform("windows", "amd64", "10.0.20348")) == ["2022"]
    assert chosen(entries, Platform("windows", "amd64")) == ["2019", "2022"]


@pytest.mark.parametrize(
    ("said", "platform"),
    [
        (None, "linux/amd64"),
        ({}, "linux/amd64"),
        ({"cpuArchitecture": "ARM64"}, "linux/arm64"),
        ({"operatingSystemFamily": "LINUX"}, "linux/amd64"),
        ({"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, "windows/amd64/10.0.20348"),
        ({"operatingSystemFamily": "WINDOWS_SERVER_2099_FULL"}, "windows/amd64"),
    ],
)
def test_the_platform_of_a_task_definition(said: dict[str, str] | None, platform: str) -> None:
    definition = {} if said is None else {"runtimePlatform": said}

    assert str(platform_of(definition)) == platform


def test_a_task_definition_without_a_processor_runs_on_that_of_its_host() -> None:
    assert str(platform_of({}, "arm64")) == "linux/arm64"
    assert str(platform_of({"runtimePlatform": {"cpuArchitecture": "X86_64"}}, "arm64")) == "linux/amd64"


def test_an_image_has_no_entries() -> None:
    assert read('{"schemaVersion": 2}', "sha256:a").children is None


@pytest.mark.parametrize(("text", "words"), [("", "Expecting value"), ("[]", "no JSON object")])
def test_nonsense_is_an_error(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read(text, "")
