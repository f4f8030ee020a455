"""One of several documents may be missing or damaged; the others are wanted all the same."""

from collections.abc import Callable

from cage_fsm.checkpoints.errors import StoreUnusable
from cage_fsm.engine.ports import Absent, Loaded, Unreadable, Version


def attempt(load: Callable[[str], tuple[str, Version]], key: str) -> Loaded:
    """Load a document, or give the reason. Raises what concerns the others as well."""
    try:
        return load(key)
    except StoreUnusable:
        raise
    except (Absent, Unreadable) as error:
        return error
