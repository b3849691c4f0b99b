"""Builds under attack: ``python -m tests.trials kill OUT …`` and its like print what became of them as JSON.

One process imports everything once and forks a child for each trial, which runs the real `geo.build.build`. What is
published in between is judged by `geo.outputs.manifest.verify` and by the id that it carries.
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import statistics
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import geo.build
import geo.history.derive
import geo.outputs.data
import geo.outputs.page
import geo.outputs.publish
from geo.errors import DamagedError, GeoError
from geo.outputs.manifest import build_of, is_complete, read_manifest, verify
from geo.outputs.publish import Site, build_lock
from tests.small_build import a_build, published

DAYS = (date(2020, 3, 6), date(2018, 6, 1))
_CRASHED = 99


def forked(task):
    """Run a task in a child; return its process id."""
    child = os.fork()
    if child:
        return child
    code = _CRASHED
    try:
        task()
        code = 0
    except GeoError as error:
        code = error.exit_code
        say(str(error))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        say(repr(error))
    finally:
        os._exit(code)


def say(reason):
    with suppress(OSError):  # the disk that is full may be the one that this goes to
        os.write(2, f"{reason}\n".encode())


def ended(child):
    """Wait for a child; return its exit code, negative for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def built(out, day):
    """Build in this process. Figures would be minutes of drawing before each kill, and are files like all others."""
    return geo.build.build(out_dir=out, as_of=day, formats=["page", "data"])


def build_to_the_end(out, day):
    return ended(forked(lambda: built(out, day)))


class Memory:
    """What the builds of `DAYS` compute, computed once: with it, a build does little but publish."""

    PLACES = (
        (geo.build, "read_layers"),
        (geo.history.derive, "derive"),
        (geo.outputs.data, "data_files"),
        (geo.outputs.page, "render_page"),
    )

    def __init__(self, out):
        self.real = [(module, name, getattr(module, name)) for module, name in self.PLACES]
        self.quick = [(module, name, self.remembered(function)) for module, name, function in self.real]
        self.recall()
        for day in DAYS:
            built(out, day)

    @staticmethod
    def remembered(function):
        results = {}

        def recall(*given, **named):
            key = tuple(
                getattr(given[0], name, None) for name in ("as_of", "build_id")
            )  # all that differs between builds
            if key not in results:
                found = function(*given, **named)
                results[key] = list(found) if function.__name__ == "data_files" else found
            return results[key]

        return recall

    def recall(self):
        """Let builds remember."""
        for module, name, function in self.quick:
            setattr(module, name, function)

    def forget(self):
        """Let builds compute everything."""
        for module, name, function in self.real:
            setattr(module, name, function)


class Trials:
    """A published folder, what may stand in it, and every breach of the promise."""

    def __init__(self, out):
        self.out, self.site = out, Site(out.resolve())
        self.counts, self.breaches = Counter(), []
        self.memory = Memory(out)
        self.standing = DAYS[-1]
        self.days = {build_of(self.site.previous): DAYS[0], build_of(out): DAYS[1]}

    def published(self):
        """Return the day of the complete build that stands there, or None after noting a breach."""
        try:
            verify(self.out)
        except DamagedError as error:
            self.breaches.append(str(error))
            return None
        return self.days[read_manifest(self.out).build]

    def other(self):
        """Return the day of which the build is not the published one."""
        return next(day for build, day in self.days.items() if build != read_manifest(self.out).build)

    def note(self, what, *, is_right):
        self.counts[what] += 1
        if not is_right:
            self.breaches.append(what)

    def next_build_succeeds_and_cleans_up(self):
        self.memory.recall()
        day = self.other()
        code = build_to_the_end(self.out, day)
        self.standing = self.published()
        self.note(f"next build exits {code}", is_right=code == 0 and self.standing == day)
        left = sorted(path.name for path in self.site.hidden.iterdir())
        if left != ["lock", "previous"] or not is_complete(self.site.previous):
            self.breaches.append(f"left after a build: {left}")

    def told(self, **more):
        return {"counts": dict(self.counts), "breaches": self.breaches, **more}


# ---- kill -9 ----


@contextmanager
def told_of_publishing():
    """Let the next build say when it begins to publish; yields what to wait at until it does, or has ended."""
    reading, writing = os.pipe()
    publish = geo.outputs.publish.publish

    def publish_loudly(*given):
        os.write(writing, b"p")
        publish(*given)

    geo.outputs.publish.publish = publish_loudly

    def wait():
        os.close(writing)
        os.read(reading, 1)
        os.close(reading)

    yield wait
    geo.outputs.publish.publish = publish


def started(trials, *, whole):
    """Start a build and return its child, the day, and when it began: as a whole, or to publish what is remembered."""
    day = trials.other()
    if whole:
        trials.memory.forget()
        return forked(lambda: built(trials.out, day)), day, time.perf_counter()
    trials.memory.recall()
    with told_of_publishing() as publishing_begins:
        child = forked(lambda: built(trials.out, day))
        publishing_begins()
        return child, day, time.perf_counter()


def usual_duration(trials, *, whole):
    """Return how long a build usually takes, or its publishing part."""
    found = []
    for _ in range(3):
        child, _, since = started(trials, whole=whole)
        ended(child)
        found.append(time.perf_counter() - since)
    return statistics.median(found)


def killed_at_random(out, *, kills, seed, whole, renames):
    """Kill builds at random instants, of the whole build or of its publishing part, until so many were hit."""
    if renames:
        geo.outputs.publish.exchange = lambda one, other: False
    trials, chance = Trials(out), random.Random(seed)
    usual_s = usual_duration(trials, whole=whole)
    trials.next_build_succeeds_and_cleans_up()
    while trials.counts["killed"] < kills and not trials.breaches:
        before = trials.standing
        child, day, since = started(trials, whole=whole)
        time.sleep(max(0.0, since + chance.uniform(0, usual_s) - time.perf_counter()))
        os.kill(child, signal.SIGKILL)
        code = ended(child)
        judge(trials, code, before, day, renames=renames)
        if code:
            trials.next_build_succeeds_and_cleans_up()
    return trials.told(usual_s=round(usual_s, 3))


def judge(trials, code, before, day, *, renames):
    """Note what a kill has left: one complete build, old or new; by renames, perhaps only after the next start."""
    if code == 0:
        trials.standing = trials.published()
        trials.note("was done before", is_right=trials.standing == day)
        return
    trials.note("killed", is_right=code == -signal.SIGKILL)
    if renames and not trials.out.exists():
        trials.note("killed in the gap", is_right=is_complete(trials.site.aside))
        with build_lock(trials.out):
            pass
    found = trials.published()
    trials.note("old" if found == before else "new", is_right=found is not None)
    left = {path.name for path in trials.site.hidden.iterdir()}
    trials.note(f"{len(left)} left", is_right=left <= {"lock", "next", "previous", *(["aside"] if renames else [])})


def killed_before_every_step(out, *, renames):
    """Kill the publishing of a small build before its first change on the disk, its second, and so on to its end."""
    counts, breaches, ids = Counter(), [], {what: a_build(what)[1].build for what in ("old", "new")}
    if renames:
        geo.outputs.publish.exchange = lambda one, other: False
    for before in (("older", "old"), ("old",), ()):
        step, code = 0, None
        while code != 0 and not breaches:
            step += 1
            shutil.rmtree(out.parent)
            for what in before:
                published(out, what)
            code = ended(forked(lambda step=step: killed_before_step(step, lambda: published(out, "new"))))
            if renames and before and not out.exists():
                counts["killed in the gap"] += 1
                with build_lock(out):
                    pass
            if "older" in before and not renames:
                verify(Site(out).previous)
            if out.exists() or before:
                verify(out)
                found = next(what for what, build in ids.items() if build == read_manifest(out).build)
                counts[found] += 1
                breaches += [] if code != 0 or found == "new" else ["a build that was reported done is lost"]
            published(out, "next")
            left = {path.name for path in Site(out).hidden.iterdir()}
            if not is_complete(out) or not left <= {"lock", "previous"}:
                breaches.append(f"after a kill before step {step} there is left {left}")
        counts["steps"] += step - 1
    return {"counts": dict(counts), "breaches": breaches}


def killed_before_step(step, task):
    """Do something, but die before the change on the disk that has this number."""
    count = 0

    def one_more():
        nonlocal count
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(function):
        return lambda *given: (one_more(), function(*given))[1]

    def heard(event, given):
        if event in {"os.mkdir", "os.rename", "os.remove", "os.rmdir"} or (event == "open" and given[1] == "wb"):
            one_more()

    os.fsync = counted(os.fsync)
    geo.outputs.publish.exchange = counted(geo.outputs.publish.exchange)
    sys.addaudithook(heard)
    task()


# ---- A full disk, a limit on the size of files, a read-only disk ----


def on_a_full_disk(out, *, step):
    """Publish with more and more room, in steps of so many bytes, until there is enough, on a small disk of its own."""
    trials = Trials(out)
    filler, room, code = out.parent / "filler", 0, None
    while code != 0 and not trials.breaches:
        before, day = trials.published(), trials.other()
        disk = os.statvfs(out.parent)
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, disk.f_bavail * disk.f_frsize - room))
        code = build_to_the_end(out, day)
        found = trials.published()
        trials.note(f"exit {code}", is_right=(code, found) in {(74, before), (0, day)})
        filler.unlink()
        room += step
    trials.next_build_succeeds_and_cleans_up()
    return trials.told(room=room - step)


def with_a_limit_on_size(out, *, step):
    """Publish with a larger and larger limit on the size of a file, in steps of so many bytes, until it is enough."""
    trials = Trials(out)
    limit, code = 0, None
    while code != 0 and not trials.breaches:
        before, day = trials.published(), trials.other()

        def limited(day=day, limit=limit):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            built(out, day)

        code = ended(forked(limited))
        found = trials.published()
        trials.note(f"exit {code}", is_right=(code, found) in {(74, before), (0, day)})
        limit += step
    trials.next_build_succeeds_and_cleans_up()
    return trials.told(room=limit - step)


# ---- Many builders at once, and a clock that lies ----


def several_at_once(out, *, builders, rounds):
    """Let several builds of a folder begin in the same instant, again and again."""
    trials = Trials(out)
    for _ in range(rounds):
        gate, opening = os.pipe()

        def wait_and_build(day, gate=gate, opening=opening):
            os.close(opening)
            os.read(gate, 1)
            built(out, day)

        days = [DAYS[number % len(DAYS)] for number in range(builders)]
        children = [forked(lambda day=day: wait_and_build(day)) for day in days]
        os.close(opening)
        codes = [ended(child) for child in children]
        os.close(gate)
        done = {day for day, code in zip(days, codes, strict=True) if code == 0}
        trials.note("round", is_right=set(codes) <= {0, 75} and trials.published() in done)
        trials.counts.update(f"exit {code}" for code in codes)
    trials.next_build_succeeds_and_cleans_up()
    return trials.told()


def with_a_clock_set_back(out):
    """Build on a day long before the files that are there were written, by every clock that Python reads."""
    trials = Trials(out)
    for path in out.parent.rglob("*"):
        os.utime(path, (4e9, 4e9))
    time.time, time.time_ns = (lambda: 0.0), (lambda: 0)
    for _ in range(3):
        trials.next_build_succeeds_and_cleans_up()
    return trials.told()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("attack", choices=["kill", "steps", "full", "size", "several", "clock"])
    parser.add_argument("out", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--step-kb", type=int, default=64)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--renames", action="store_true")
    parser.add_argument("--builders", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    if given.attack == "kill":
        told = killed_at_random(given.out, kills=given.kills, seed=given.seed, whole=given.whole, renames=given.renames)
    elif given.attack == "steps":
        told = killed_before_every_step(given.out, renames=given.renames)
    elif given.attack == "full":
        told = on_a_full_disk(given.out, step=given.step_kb * 1024)
    elif given.attack == "size":
        told = with_a_limit_on_size(given.out, step=given.step_kb * 1024)
    elif given.attack == "several":
        told = several_at_once(given.out, builders=given.builders, rounds=given.rounds)
    else:
        told = with_a_clock_set_back(given.out)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
