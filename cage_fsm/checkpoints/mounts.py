"""Tells network filesystems from local ones: SQLite's locks and shared memory need a single host."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePath

_NETWORK = {
    *("nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "ceph", "gfs2", "glusterfs", "lustre"),
    *("fuse.ceph", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs"),
}


def network_filesystem_here(path: Path) -> str | None:
    """Name the kind of network filesystem that `path` is on; None when it is local or cannot be told."""
    try:
        mounts = Path("/proc/mounts").read_text("utf-8", "surrogateescape")
    except OSError:  # not Linux
        return None
    return network_filesystem(path.resolve(), mounts)


def network_filesystem(path: PurePath, mounts: str) -> str | None:
    """Do the same by the text of /proc/mounts, for a `path` without links."""
    kind = ""
    deepest = 0
    for point, filesystem in _mounts(mounts):
        if path.is_relative_to(point) and len(point.parts) >= deepest:  # a later mount hides an earlier one
            kind, deepest = filesystem, len(point.parts)
    return kind if kind in _NETWORK else None


def _mounts(text: str) -> Iterator[tuple[PurePath, str]]:
    for line in text.splitlines():
        _, point, filesystem, *_ = line.split(" ")
        yield PurePath(_unescaped(point)), filesystem


def _unescaped(name: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), name)
