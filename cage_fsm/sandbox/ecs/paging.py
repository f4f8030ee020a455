"""Pages of a list."""

import base64
import binascii
from typing import Any

from cage_fsm.sandbox.errors import invalid
from cage_fsm.sandbox.records import Json


def page(params: Json, items: list[Any], key: str, most: int = 100) -> Json:
    """Cut a page of at most `maxResults` (1 to `most`) out of a list; `nextToken` leads to the next one.

    It has 100 items unless something else is asked for, as the API references of ECS and ECR say.
    """
    size = params.get("maxResults", 100)
    if not 1 <= size <= most:
        raise invalid(f"maxResults must be between 1 and {most}.")
    start = _read(params["nextToken"]) if "nextToken" in params else 0
    answer: Json = {key: items[start : start + size]}
    if start + size < len(items):
        answer["nextToken"] = base64.b64encode(f"after:{start + size}".encode()).decode()
    return answer


def _read(token: str) -> int:
    try:
        word, _, number = base64.b64decode(token, validate=True).decode().partition(":")
        return {"after": int(number)}[word]
    except (binascii.Error, UnicodeDecodeError, ValueError, KeyError):
        raise invalid("Invalid token") from None
