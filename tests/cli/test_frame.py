"""Options that stand anywhere, one reader of standard input, and failures that say what to do and give nothing away."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fieldkit.cli.failures import tell
from fieldkit.cli.frame import Entry
from fieldkit.cli.main import COMMANDS
from fieldkit.cli.output import Progress
from fieldkit.errors import RefusedError
from tests.cli.conftest import PASSPHRASE, Fieldkit
from tests.cli.failing import SECRET

BIN = Path(sys.executable).parent
MORE_THAN_A_PIPE_HOLDS = 1 << 20
_WITH_FAILING = """
import sys
from fieldkit.cli import main
from fieldkit.cli.frame import Entry
main.COMMANDS["Failing"] = tuple(Entry(n, f"tests.cli.failing:{n}", "Fails.") for n in ("fault", "thread", "memory"))
main.run()
"""


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = tuple(
        Entry(name, f"tests.cli.failing:{name}", "Fails.") for name in ("fault", "thread", "memory")
    )
    monkeypatch.setitem(COMMANDS, "Failing", entries)


def process(*arguments: str, program: str = _WITH_FAILING) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=60,
        cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip


def test_options_stand_before_a_command_after_it_and_inside_a_group(
    fieldkit: Fieldkit, mission: Path, passphrase_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIELDKIT_MISSION")
    monkeypatch.delenv("FIELDKIT_PASSPHRASE_FILE")
    shared = ["-m", str(mission), "--passphrase-file", str(passphrase_file), "--json"]
    before = fieldkit.done(*shared, "list", "person")
    after = fieldkit.done("list", "person", *shared)
    assert before.document == after.document
    assert before.document[0]["fields"]["name"] == "A. Nasser"
    inside = [["vault", "info", *shared], ["vault", *shared, "info"], [*shared, "vault", "info"]]
    infos = [fieldkit.done(*line).document for line in inside]
    assert infos[0] == infos[1] == infos[2]


def test_the_option_nearest_to_the_command_holds(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    assert fieldkit("-m", tmp_path / "elsewhere", "list").code == 5
    assert fieldkit("-m", tmp_path / "elsewhere", "list", "-m", mission).code == 0


def test_the_mission_opened_last_is_the_one_meant(
    fieldkit: Fieldkit, mission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIELDKIT_MISSION")
    nowhere = fieldkit("list")
    assert nowhere.code == 2
    assert "fieldkit new" in nowhere.err
    fieldkit.done("-m", mission, "list")
    monkeypatch.chdir(mission.parent)
    assert fieldkit.done("list", "person").out


@pytest.mark.parametrize("source", ["option", "environment"])
def test_standard_input_has_one_reader(
    fieldkit: Fieldkit, mission: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ["add", "observation", "--from", "-"]
    if source == "option":
        line += ["--passphrase-file", "-"]
    else:
        monkeypatch.setenv("FIELDKIT_PASSPHRASE_FILE", "-")
    answer = fieldkit(*line, stdin=f'{PASSPHRASE}\n{{"text": "x", "basis": "seen"}}\n')
    assert answer.code == 2
    assert "--passphrase-file" in answer.err
    assert "--from" in answer.err


def test_a_passphrase_comes_from_standard_input(fieldkit: Fieldkit, mission: Path) -> None:
    assert fieldkit("--passphrase-file", "-", "list", stdin=f"{PASSPHRASE}\n").code == 0
    assert fieldkit("--passphrase-file", "-", "list", stdin="guessed\n").code == 6


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", 2), (b"\n", 2), (b"one\ntwo\n", 2), (b"\xff\xfe\n", 5), (b"x" * 10_000, 2)],
    ids=["empty", "blank", "two lines", "not text", "the wrong file"],
)
def test_a_passphrase_file_holds_one_line(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path, content: bytes, code: int
) -> None:
    path = tmp_path / "wrong.txt"
    path.write_bytes(content)
    answer = fieldkit("list", "--passphrase-file", path)
    assert answer.code == code
    assert "wrong.txt" in answer.err
    assert not answer.out


def test_where_nobody_can_be_asked_the_way_out_is_named(
    mission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIELDKIT_PASSPHRASE_FILE")
    done = subprocess.run(
        [BIN / "fieldkit", "list"], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
        timeout=60, start_new_session=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--passphrase-file" in done.stderr


def test_a_mistyped_command_meets_its_neighbours(fieldkit: Fieldkit) -> None:
    answer = fieldkit("serach", "gyroscope")
    assert answer.code == 2
    assert "search" in answer.err


def test_without_a_command_the_first_steps_are_shown(fieldkit: Fieldkit) -> None:
    answer = fieldkit.done()
    assert "fieldkit demo DIR" in answer.out
    assert "Recording" in answer.out


def test_a_fault_is_told_by_type_and_place_only(failing: None, fieldkit: Fieldkit) -> None:
    answer = fieldkit("fault")
    assert answer.code == 70
    assert "RuntimeError at " in answer.err
    assert SECRET not in answer.err + answer.out


@pytest.mark.parametrize(("command", "kind"), [("fault", "RuntimeError"), ("thread", "ValueError")])
def test_a_whole_process_gives_no_secret_away(command: str, kind: str) -> None:
    done = process(command)
    assert kind in done.stderr
    assert SECRET not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_too_little_memory_is_not_a_fault(failing: None, fieldkit: Fieldkit) -> None:
    answer = fieldkit("memory")
    assert answer.code == 8
    assert SECRET not in answer.err


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_disk_that_does_not_allow_it_is_named(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(OSError(number, os.strerror(number), "/media/stick/visit")) == 8
    told = capsys.readouterr().err
    assert "/media/stick/visit" in told
    assert os.strerror(number) in told


def test_a_refusal_says_what_where_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    error = RefusedError("two witnesses are needed", where="item A-I-0003", remedy="Name the second witness.")
    assert tell(error) == 7
    assert capsys.readouterr().err.splitlines() == [
        "Refused: item A-I-0003: two witnesses are needed",
        "  Name the second witness.",
    ]


def test_what_was_recorded_never_drives_the_terminal(fieldkit: Fieldkit, mission: Path) -> None:
    hostile = "lamp \x1b[2J\u202egnp.exe"
    fieldkit.done("add", "observation", "basis=seen", f"text={hostile}")
    shown = fieldkit.done("list", "observation").out + fieldkit.done("search", "lamp").out
    shown += fieldkit.done("show", "A-0003", "--history").out
    missing = fieldkit("show", f"A-{hostile}").err
    as_json = fieldkit.done("list", "observation", "--json")
    for text in (shown, missing, as_json.out):
        assert "lamp" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert as_json.document[0]["fields"]["text"] == hostile


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_a_request_to_stop_is_a_plain_sentence(mission: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [BIN / "fieldkit", "add", "--from", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # tests in the background inherit deaf ears
    ) as running:  # fmt: skip
        assert running.stdin is not None
        running.stdin.write("\n" * MORE_THAN_A_PIPE_HOLDS)  # returns once it reads
        running.send_signal(number)
        out, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert err.startswith("Stopped.")
    assert "Traceback" not in err
    assert not out


@pytest.mark.skipif(os.name == "nt", reason="pipes break differently")
def test_a_reader_that_goes_away_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [BIN / "fieldkit", "schema", "--json"],
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    finally:
        os.close(writing)
    assert done.returncode == 8
    assert done.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_answer_that_cannot_be_written_is_no_success() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [BIN / "fieldkit", "schema"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 8
    assert "Traceback" not in done.stderr
    assert os.strerror(errno.ENOSPC) in done.stderr


def test_progress_is_silent_where_nobody_watches_a_short_act(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("files", 3) as progress:
        for _ in range(3):
            progress.advance()
    assert capsys.readouterr().err == ""


def test_version_names_the_program(fieldkit: Fieldkit) -> None:
    assert fieldkit.done("--version").out.startswith("fieldkit 0.")
