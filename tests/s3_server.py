"""An S3 on this machine, for tests."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRIPT = Path(__file__).with_name("serve_s3.py")

KEYS_ON_A_PAGE = 100
"""Fewer than S3's 1,000, so that a listing of some hundred keys has pages, too."""


@contextmanager
def s3_server() -> Iterator[str]:
    """Run moto's S3 in a process of its own; gives its URL."""
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"MOTO_S3_DEFAULT_MAX_KEYS": str(KEYS_ON_A_PAGE)},
    )
    assert process.stdout
    with process:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.communicate()


def settings(url: str) -> dict[str, str]:
    """What makes a client of S3 find the server, and nothing of the machine's own."""
    return {
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
