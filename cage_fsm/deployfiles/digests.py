"""What tells one content of deploy files from another."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def digest_of(*rendered: Mapping[str, Any]) -> str:
    """SHA-256 of documents with their variables filled in, in hexadecimal; blind to the order of keys."""
    canonical = json.dumps(rendered, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
