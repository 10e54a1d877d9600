"""Exactly one run of a gatherer: every way in which runs and heartbeats can contradict each
other.
"""

import pytest

from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus
from marketdata_platform.workflows.watching.keep_alive import (
    Decision,
    EndedRun,
    LiveRun,
    Memory,
    Phase,
    Rules,
    decide,
)

S = 1_000_000
NOW = 1_700_000_000 * S
RULES = Rules(session_seconds=3_600, overlap_seconds=10, stale_seconds=30)


def beat(age=1.0, run_id="run-a", started=100.0, state="capturing"):
    return GathererStatus(
        gatherer="g1",
        pid=4711,
        host="here",
        run_id=run_id,
        started_us=int(NOW - started * S),
        beat_us=int(NOW - age * S),
        state=state,
    )


def running(run_id="run-a", age=100.0, phase=Phase.RUNNING):
    return LiveRun(run_id, phase, int(NOW - age * S))


def ended(run_id="run-z", ago=100.0, lived=1_000.0, failed=False):
    return EndedRun(run_id, int(NOW - ago * S), lived, failed)


def looked(heart=None, seen_ago=5.0, asked="", asked_ago=0.0):
    """The memory of a look that saw this same beat."""
    return Memory(
        heart.beat_us if heart else None, int(NOW - seen_ago * S), asked, int(NOW - asked_ago * S)
    )


def decision(heart=None, live=(), over=(), memory=None, rules=RULES) -> Decision:
    found = decide(rules, NOW, heart, live, over, memory or Memory())
    assert sum(map(bool, (found.launch, found.ask, found.fail))) <= 1
    return found


def test_nothing_there_starts_a_run():
    found = decision()
    assert found.launch
    assert not found.alive


def test_a_run_that_beats_is_left_alone():
    heart = beat()
    found = decision(heart, [running()], memory=looked(heart))
    assert (found.launch, found.ask, found.fail, found.alive) == (False, None, None, True)
    assert "capturing" in found.said


@pytest.mark.parametrize("phase", [Phase.WAITING, Phase.ENDING])
def test_a_run_that_starts_or_drains_is_waited_for(phase):
    assert not decision(None, [running(age=5, phase=phase)]).launch
    assert not decision(beat(), [running(age=5, phase=phase)]).launch


def test_a_killed_run_is_replaced_at_once_although_its_last_heartbeat_is_fresh():
    found = decision(
        beat(age=2, run_id="run-a"), [], [ended("run-a", ago=1, lived=300, failed=True)]
    )
    assert found.launch


def test_what_runs_outside_dagster_is_not_started_again():
    for run_id in ("", "a-run-of-a-lost-instance"):
        found = decision(beat(run_id=run_id), [], [ended()])
        assert not found.launch
        assert found.alive
        assert "outside Dagster (process 4711 on here" in found.said


def test_what_ran_outside_dagster_is_replaced_once_it_is_silent():
    heart = beat(age=31, run_id="")
    assert not decision(heart).launch, "one look proves nothing: the clock may have stepped"
    assert decision(heart, memory=looked(heart)).launch


def test_the_successor_starts_one_overlap_before_the_end_and_only_one_of_it():
    heart = beat()
    assert not decision(heart, [running(age=3_589)]).launch
    found = decision(heart, [running(age=3_591)])
    assert found.launch
    assert "takes over" in found.said
    assert not decision(
        heart, [running("run-b", age=1, phase=Phase.WAITING), running(age=3_600)]
    ).launch
    assert not decision(heart, [running("run-b", age=5), running(age=3_605)]).launch


def test_a_silent_run_is_asked_to_end_then_given_up_then_replaced():
    heart, run = beat(age=40), running()
    first = decision(heart, [run], memory=looked(heart))
    assert first.ask == "run-a"
    assert not first.alive
    waiting = decision(
        heart, [running(phase=Phase.ENDING)], memory=looked(heart, asked="run-a", asked_ago=10)
    )
    assert (waiting.ask, waiting.fail, waiting.launch) == (None, None, False)
    last = decision(
        heart, [running(phase=Phase.ENDING)], memory=looked(heart, asked="run-a", asked_ago=16)
    )
    assert last.fail == "run-a"
    assert "capture.heartbeat_stale_seconds" in last.said
    assert decision(heart, [], [ended("run-a", ago=1, failed=True)], memory=looked(heart)).launch


def test_a_run_that_never_beat_is_given_up_after_the_same_time():
    assert decision(None, [running(age=20)]).ask is None
    assert decision(None, [running(age=31)]).ask == "run-a"
    assert decision(None, [running(age=100, phase=Phase.WAITING)]).fail is None
    assert decision(None, [running(age=181, phase=Phase.WAITING)]).fail == "run-a"


def test_a_clock_that_steps_an_hour_reaps_nobody_and_hides_nobody():
    ahead = beat(age=3_600)  # the wall clock jumped forward between the beat and the look
    assert decision(ahead, [running()], memory=Memory(ahead.beat_us - S, NOW - 5 * S)).ask is None
    behind = beat(age=-3_600)  # it jumped back: this beat will look fresh for an hour
    assert decision(behind, [running()], memory=looked(behind, seen_ago=10)).ask is None
    assert decision(behind, [running()], memory=looked(behind, seen_ago=31)).ask == "run-a"


def test_the_run_of_a_lost_host_is_given_up_when_another_has_taken_over():
    heart = beat(run_id="run-b", started=60)
    found = decision(
        heart, [running("run-b", age=60), running("run-a", age=4_000)], memory=looked(heart)
    )
    assert found.ask == "run-a"
    fresh = beat(run_id="run-b", started=10)  # the hand-over may still be going on
    assert decision(fresh, [running("run-b", age=12), running("run-a", age=4_000)]).ask is None
    waiting = beat(run_id="run-b", started=60, state="waiting")
    assert decision(waiting, [running("run-b", age=60), running("run-a", age=4_000)]).ask is None


def test_runs_that_fail_at_once_are_started_ever_more_seldom():
    def quick(count, ago):
        return [ended(f"run-{n}", ago + n * 10, lived=3, failed=True) for n in range(count)]

    assert decision(None, [], quick(1, ago=0)).launch
    assert not decision(None, [], quick(2, ago=4)).launch
    assert decision(None, [], quick(2, ago=6)).launch
    assert not decision(None, [], quick(5, ago=39)).launch
    assert decision(None, [], quick(20, ago=301)).launch
    assert "failed at once" in decision(None, [], quick(20, ago=10)).said
    assert decision(None, [], [*quick(1, ago=1), ended(lived=3_600), *quick(5, ago=4_000)]).launch


def test_a_gatherer_that_is_not_ours_is_only_watched():
    rules = Rules(session_seconds=3_600, overlap_seconds=10, stale_seconds=30, managed=False)
    for heart in (None, beat(age=100), beat()):
        found = decision(heart, [], memory=looked(heart), rules=rules)
        assert (found.launch, found.ask, found.fail) == (False, None, None)
        assert found.alive == (heart is not None and heart.beat_us > NOW - 30 * S)
        assert "outside Dagster" in found.said


def test_any_history_of_looks_keeps_one_run_and_no_more_than_two():
    """A small world: runs start 3 s after their launch, are killed or freeze at random; looks come
    every 5 s.
    """
    import random

    for seed in range(20):
        world = World(random.Random(seed))
        for _ in range(3_000):
            world.step()
        assert world.most == 2
        assert world.down <= 0.35 * world.clock


class World:
    """Runs of one gatherer, one of which beats; a look of the sensor every five seconds."""

    def __init__(self, random):
        self.random, self.clock = random, 0
        self.live: list[dict] = []
        self.over: list[EndedRun] = []
        self.memory, self.heart, self.most, self.down = Memory(), None, 0, 0
        self.rules = Rules(session_seconds=120, overlap_seconds=10, stale_seconds=30)

    def step(self):
        self.clock += 1
        now = NOW + self.clock * S
        for run in list(self.live):
            run["age"] += 1
            if run["phase"] is Phase.WAITING and run["age"] >= 3:
                run |= {"phase": Phase.RUNNING, "age": 0, "frozen": False}
            elif run["phase"] is Phase.ENDING and not run["frozen"]:
                self.end(run, now)
            elif self.random.random() < 0.004:
                self.end(run, now, failed=True) if self.random.random() < 0.5 else run.update(
                    frozen=True
                )
        beating = [r for r in self.live if r["phase"] is Phase.RUNNING and not r["frozen"]]
        if beating:
            newest = beating[0]
            for older in beating[1:]:
                self.end(older, now)  # the hand-over
            self.heart = GathererStatus(
                "g1", 1, "h", newest["id"], now - newest["age"] * S, now, "capturing"
            )
        self.down += not beating
        if self.clock % 5 == 0:
            self.look(now)

    def look(self, now):
        live = [LiveRun(r["id"], r["phase"], now - r["age"] * S) for r in self.live]
        found = decide(self.rules, now, self.heart, live, self.over[:20], self.memory)
        self.memory = found.memory
        if found.launch:
            self.live.insert(
                0, {"id": f"run-{self.clock}", "phase": Phase.WAITING, "age": 0, "frozen": False}
            )
        for run in list(self.live):
            if run["id"] == found.ask:
                run["phase"] = Phase.ENDING
            if run["id"] == found.fail:
                self.end(run, now, failed=True)
        self.most = max(self.most, len(self.live))

    def end(self, run, now, failed=False):
        if run in self.live:
            self.live.remove(run)
            self.over.insert(0, EndedRun(run["id"], now, run["age"], failed))
