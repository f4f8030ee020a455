"""Data is never run: no pickle, no eval, no shell, no file of a name that somebody could have taken."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from .test_architecture import PACKAGE, modules

RUNS_DATA = {
    "cPickle",
    "code",
    "dill",
    "imp",
    "jsonpickle",
    "marshal",
    "pickle",
    "pty",
    "runpy",
    "shelve",
    "yaml",
}
ALLOWED = {"pickle": {"sandbox/cloud.py"}}
"""The sandbox copies its own world in memory; what it unpickles it has just pickled."""

FORBIDDEN_CALLS = {
    *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "tempfile.mktemp", "os.umask"),
    *("subprocess.getoutput", "subprocess.getstatusoutput", "getoutput", "mktemp", "system", "popen"),
}


def files() -> list[Path]:
    return sorted(set(modules().values()))


def called(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call by the name that it is written with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_nothing_is_imported_that_runs_what_it_reads() -> None:
    for file in files():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found = {name.partition(".")[0] for name in names} & RUNS_DATA
            here = str(file.relative_to(PACKAGE))
            assert {name for name in found if here not in ALLOWED.get(name, ())} == set(), here


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_nothing_is_called_that_runs_a_text(file: Path) -> None:
    for name, call in called(ast.parse(file.read_text("utf-8"))):
        assert name not in FORBIDDEN_CALLS
        assert not [word for word in call.keywords if word.arg == "shell"], name
        if name.startswith("subprocess."):
            assert not isinstance(call.args[0], ast.Constant | ast.JoinedStr), "a command is a list of words"
        if name.endswith("import_module"):
            assert str(file.relative_to(PACKAGE)) == "cli/group.py"  # of a verb that is in its list
