"""A state machine over a small team: rules in any order that Hypothesis thinks of, shrunk to few where a promise breaks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.trials import play_boxes, play_host, play_team, play_work
from tests.trials.play import Play
from tests.trials.play_end import everybody_meets
from tests.trials.stage import DEPOTS, ROLES, Stage, quick_folder, remembering

EXAMPLES, STEPS = 12, 14
_LAPTOPS = range(len(ROLES) - 1)
_RECORDING = (
    play_work.new,
    play_work.amend,
    play_work.amend,
    play_work.put_in,
    play_work.take_out,
    play_work.retract,
    play_work.attach,
)
_TEAM = (play_team.strike, play_boxes.enclose, play_team.newer, play_team.forge, play_team.late)
_HOSTS = tuple(play_host.ACTS.values())
_DISKS = (play_work.fault, play_work.restore, play_work.rewind)
laptops = st.sampled_from(_LAPTOPS)


class TeamMachine(RuleBasedStateMachine):
    """A lead, a deputy and an inspector with two depots; each rule holds what it can see to the oracle, the end all of it."""

    stage: Stage

    @initialize(seed=st.integers(0, 1 << 16))
    def begin(self, seed: int) -> None:
        """The team, and the seed of what an act leaves to chance."""
        self.play = Play(self.stage, seed, laptops=_LAPTOPS)

    @rule(act=st.sampled_from(_RECORDING), laptop=laptops)
    def record(self, act: object, laptop: int) -> None:
        """Something is recorded."""
        assert callable(act)
        act(self.play, laptop)

    @rule(laptop=laptops, depot=st.integers(0, DEPOTS - 1))
    def sync(self, laptop: int, depot: int) -> None:
        """A whole sync."""
        self.play.meet(laptop, depot)

    @rule(act=st.sampled_from((*_TEAM, *_DISKS)), laptop=laptops)
    def befall(self, act: object, laptop: int) -> None:
        """Something befalls a laptop or the team."""
        assert callable(act)
        act(self.play, laptop)

    @rule(act=st.sampled_from(_HOSTS))
    def tamper(self, act: object) -> None:
        """Something is done to a depot."""
        assert callable(act)
        act(self.play, 0)

    def teardown(self) -> None:
        """Everybody meets, and everything is checked."""
        if hasattr(self, "play"):
            try:
                everybody_meets(self.play)
            finally:
                self.play.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="fieldkit-team-", dir=quick_folder()) as folder:
        yield Stage(Path(folder) / "stage")


def test_no_order_of_acts_breaks_a_promise(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TeamMachine, "stage", stage, raising=False)
    with remembering():
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            TeamMachine,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
