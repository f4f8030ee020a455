"""The bytes of a deploy file become text."""

from pathlib import Path

from cage_fsm.deployfiles.hints import near
from cage_fsm.deployfiles.problems import DeployFileError, Problem


def read_text(path: Path) -> str:
    """Return the text of the file. A byte order mark is tolerated, since editors on Windows write one."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _error(path, "the file is not UTF-8; save it as UTF-8", line) from error
    except FileNotFoundError as error:
        raise _error(path, _missing(path)) from error
    except OSError as error:
        raise _error(path, f"the file cannot be read: {error.strerror}") from error


def require_directory(path: Path) -> None:
    if not path.is_dir():
        raise _error(
            path, "this is a file, not a directory" if path.exists() else "there is no such directory"
        )


def _missing(path: Path) -> str:
    match = near(path.name, (entry.name for entry in path.parent.iterdir()))
    return f"there is no such file; did you mean {match}?" if match else "there is no such file"


def _error(path: Path, text: str, line: int | None = None) -> DeployFileError:
    return DeployFileError([Problem(str(path), text, line)])
