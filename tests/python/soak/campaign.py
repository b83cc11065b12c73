"""A kill campaign: every command is killed at random moments, again and again, while others read the published file.

    make soak MINUTES=60
    .venv/bin/python tests/python/soak/campaign.py 60 --seed 7

Everything happens in a temporary folder, on a small simulated market and servers on loopback. After every kill the
files on disk must be whole. Every few kills the command is run to its end: the result must be that of a run without
kills, and nothing else may be left. At the end a table by command is printed; the exit status is 1 if anything was
wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / part) for part in ("", "lake", "network"))]

from commands import COMMANDS, Command  # noqa: E402 - the folders of what it uses come first
from watcher import Watcher  # noqa: E402
from world import World  # noqa: E402

RERUN_EVERY = 4
_LONGEST_SECONDS = 900
# Kills come after this time, as in the first part of every command Python only imports modules.
_EARLIEST, _LATEST = 0.3, 1.05


@dataclass
class Tally:
    """What happened to one command; ``problems`` are sentences on what was wrong."""

    kills: int = 0
    finished_first: int = 0
    lost: int = 0
    mixed: int = 0
    left_behind: int = 0
    reruns: int = 0
    healed: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def is_bad(self) -> bool:
        return bool(self.lost or self.mixed or self.left_behind or self.reruns != self.healed)


@dataclass
class Campaign:
    """Kills commands until the time is up, or until there were so many kills."""

    world: World
    moments: random.Random
    tallies: dict[str, Tally] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def run(self, until: float, most_kills: int | None, commands: list[Command], watcher: Watcher) -> None:
        for command in self._in_turn(commands):
            if time.monotonic() > until or (most_kills is not None and self.kills >= most_kills):
                break
            watcher.command = command.name
            self._strike(command)
        for command in commands:
            if self.tallies.get(command.name, Tally()).kills:
                watcher.command = command.name
                self._rerun(command)
        for name, count in watcher.mixed.items():
            self.tallies.setdefault(name, Tally()).mixed += count
        self.problems += watcher.problems

    @property
    def kills(self) -> int:
        return sum(tally.kills for tally in self.tallies.values())

    def _in_turn(self, commands: list[Command]) -> Iterator[Command]:
        """Commands to kill: every one once, then by weight, as a whole build takes as long as thirty queries."""
        yield from commands
        while True:
            yield self.moments.choices(commands, [command.weight for command in commands])[0]

    def _strike(self, command: Command) -> None:
        tally = self.tallies.setdefault(command.name, Tally())
        command.prepare(self.world, self.moments)
        if command.name not in self.seconds:
            self._rerun(command)
            command.prepare(self.world, self.moments)
        blow = self.moments.choice([signal.SIGKILL, signal.SIGTERM])
        process = self._start(command)
        try:
            process.wait(self.moments.uniform(_EARLIEST, _LATEST) * self.seconds[command.name])
        except subprocess.TimeoutExpired:
            started = descendants_of(process.pid)
            process.send_signal(blow)
            tally.kills += 1
            self._end(process, command, blow)
            if left := still_running(started):
                tally.left_behind += 1
                self._say(command, f"{blow.name} left processes behind: {left}")
                for each in left:
                    os.kill(each, signal.SIGKILL)
        else:
            tally.finished_first += 1
        if problem := command.check_killed(self.world):
            tally.mixed += 1
            self._say(command, f"after {blow.name}: {problem}")
        if tally.kills % RERUN_EVERY == 0:
            self._rerun(command)

    def _end(self, process: subprocess.Popen[bytes], command: Command, blow: signal.Signals) -> None:
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            self._say(command, f"{blow.name} did not end it within 60 s")
            self.tallies[command.name].left_behind += 1
            process.kill()
            process.wait()

    def _rerun(self, command: Command) -> None:
        """Run a command to its end: the result must be that of a run without kills, and nothing else may be left."""
        tally = self.tallies.setdefault(command.name, Tally())
        started = time.monotonic()
        process = self._start(command)
        try:
            status = process.wait(command.stops_after or _LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            process.terminate()
            self._end(process, command, signal.SIGTERM)
            status = 0 if command.stops_after else -1
        self.seconds[command.name] = max(time.monotonic() - started, 0.2)
        tally.reruns += 1
        if status not in command.good:
            self._say(command, f"run again, it ended with {status}: {self.world.said[-600:]}")
        elif problem := command.check_done(self.world):
            tally.lost += 1
            self._say(command, f"run again: {problem}")
        else:
            tally.healed += 1
        if "Traceback" in self.world.said:
            self._say(command, f"traceback: {self.world.said[-600:]}")
        if left := self.world.leftovers(command.place):
            tally.left_behind += 1
            self._say(command, f"left behind: {left}")

    def _start(self, command: Command) -> subprocess.Popen[bytes]:
        return self.world.start(command.place, command.arguments(self.world), command.environment(self.world))

    def _say(self, command: Command, problem: str) -> None:
        self.problems.append(f"{command.name}: {problem}")
        print(f"  ! {self.problems[-1]}", flush=True)

    def table(self) -> str:
        names = ("kills", "finished_first", "lost", "mixed", "left_behind", "reruns", "healed")
        rows = [(name, *(getattr(tally, each) for each in names)) for name, tally in sorted(self.tallies.items())]
        rows.append(("all", *(sum(row[place] for row in rows) for place in range(1, len(names) + 1))))
        heading = ("command", *(name.replace("_", " ") for name in names))
        width = max(len(name) for name, *_ in rows)
        line = "  ".join([f"{{:<{width}}}", *(f"{{:>{max(len(name), 5)}}}" for name in heading[1:])])
        return "\n".join([line.format(*heading), *(line.format(*row) for row in rows)])


def descendants_of(process: int) -> list[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(line.split()[0]): int(line.split()[1]) for line in listed.splitlines()}
    found = [process]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


def still_running(processes: list[int], patience: float = 10.0) -> list[int]:
    deadline = time.monotonic() + patience
    while left := [each for each in processes if _is_running(each)]:
        if time.monotonic() > deadline:
            return left
        time.sleep(0.1)
    return []


def _is_running(process: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] not in ("", "Z")


def soak(
    minutes: float, seed: int, *, most_kills: int | None = None, only: Callable[[Command], bool] = lambda _: True
) -> Campaign:
    """Prepare a world, kill for so many minutes, print the table, and return the campaign."""
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    print(f"{folder}, seed {seed}", flush=True)
    try:
        with ExitStack() as held:
            world = held.enter_context(World.prepared(folder))
            print("prepared", flush=True)
            watcher = held.enter_context(Watcher.looking_at(world.published, world.versions))
            campaign = Campaign(world, random.Random(seed))
            chosen = [command for command in COMMANDS if only(command)]
            # Ctrl-C ends the campaign early; the table of what was found until then is printed.
            with suppress(KeyboardInterrupt):
                campaign.run(time.monotonic() + 60 * minutes, most_kills, chosen, watcher)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(campaign.table())
    print(f"the published file was opened {watcher.looks:,} times meanwhile, and was whole {watcher.whole:,} times")
    return campaign


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", type=float)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--only", help="names of commands, separated by commas")
    chosen = parser.parse_args()
    names = chosen.only.split(",") if chosen.only else [command.name for command in COMMANDS]
    campaign = soak(chosen.minutes, chosen.seed, only=lambda command: command.name in names)
    if campaign.problems or any(tally.is_bad for tally in campaign.tallies.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
