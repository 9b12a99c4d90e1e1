"""Every error that the team's rooms raise says what to do."""

from __future__ import annotations

import ast
from pathlib import Path

import fieldkit.team

ROOM = Path(fieldkit.team.__file__).parent
OF_PYTHON = {"ValueError", "AssertionError", "NotImplementedError"}


def test_every_error_of_the_team_says_what_to_do() -> None:
    silent = [
        f"{path.name}:{node.lineno}"
        for path in sorted(ROOM.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id.endswith("Error")
        and node.func.id not in OF_PYTHON
        and not any(word.arg == "remedy" for word in node.keywords)
    ]
    assert not silent
