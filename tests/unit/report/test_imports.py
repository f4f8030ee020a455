import ast
from pathlib import Path

import cage_fsm.report

REPORT = Path(cage_fsm.report.__file__).parent
ENGINE = {"ports", "record", "definition", "durations", "holdings"}
JUDGE = {"by_hand", "causes", "scan"}
DRAWS_WITH_RICH = {"bar", "frame", "live", "rows", "table"}


def imported(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def test_of_the_house_a_report_knows_the_record_the_machine_causes_and_scans_and_nothing_else() -> None:
    for file in REPORT.rglob("*.py"):
        ours = {name for name in imported(file) if name.startswith("cage_fsm")}
        judged = {f"cage_fsm.judge.{name}" for name in JUDGE}
        allowed = {f"cage_fsm.engine.{name}" for name in ENGINE} | judged
        assert {name for name in ours if not name.startswith("cage_fsm.report")} <= allowed, file.name


def test_only_what_draws_loads_rich() -> None:
    for file in REPORT.rglob("*.py"):
        if any(name.partition(".")[0] == "rich" for name in imported(file)):
            assert file.stem in DRAWS_WITH_RICH
