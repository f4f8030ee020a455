"""CloudWatch Logs: the streams of awslogs."""

from cage_fsm.sandbox.errors import ApiError
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World

_MOST = 10_000
"""Events of one answer (API reference, GetLogEvents)."""


def get_log_events(world: World, params: Json) -> Json:
    """Get events, oldest first: the newest ones, or with startFromHead the oldest. One page at a time."""
    events = _stream(world, params)
    start, end = params.get("startTime", 0), params.get("endTime", float("inf"))
    chosen = [number for number, (at, _) in enumerate(events) if start <= at * 1000 < end]
    limit = params.get("limit", _MOST)
    if not 1 <= limit <= _MOST:
        raise ApiError("InvalidParameterException", "limit must be between 1 and 10000")
    side, _, number = params.get("nextToken", "").partition("/")
    if side == "f":
        page = [each for each in chosen if each >= int(number)][:limit]
    elif side == "b":
        page = [each for each in chosen if each < int(number)][-limit:]
    else:
        page = chosen[:limit] if params.get("startFromHead", False) else chosen[-limit:]
    before, after = (page[0], page[-1] + 1) if page else (int(number or 0), int(number or len(events)))
    return {
        "events": [_shown(*events[each]) for each in page],
        "nextForwardToken": f"f/{after:056d}",
        "nextBackwardToken": f"b/{before:056d}",
    }


def describe_log_groups(world: World, params: Json) -> Json:
    """List the log groups; every group is there that is asked for by its whole name, as every image is."""
    prefix = params.get("logGroupNamePrefix", "")
    names = {*(name for name in world.logs if name.startswith(prefix)), *([prefix] if prefix else [])}
    return {
        "logGroups": [
            {"logGroupName": name, "arn": world.arn("logs", f"log-group:{name}:*")} for name in sorted(names)
        ]
    }


def _stream(world: World, params: Json) -> list[tuple[float, str]]:
    named = params.get("logGroupName") or params.get("logGroupIdentifier", "").partition(":log-group:")[2]
    streams = world.logs.get(named)
    if streams is None:
        raise ApiError("ResourceNotFoundException", "The specified log group does not exist.")
    if params["logStreamName"] not in streams:
        raise ApiError("ResourceNotFoundException", "The specified log stream does not exist.")
    return streams[params["logStreamName"]]


def _shown(at: float, message: str) -> Json:
    stamp = round(at * 1000)
    return {"timestamp": stamp, "message": message, "ingestionTime": stamp + 300}
