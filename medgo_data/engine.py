"""Where work runs: in this process, or on every core of this machine. More machines than one are in ray.py."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Protocol, Self, TypeVar

ALONE = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1") | {
    "LOKY_MAX_MEMORY_LEAK_SIZE": "1e18"  # a worker that reads its models grows by some 300 MB, once: that is no leak
}
QUIET = "ignore::UserWarning:loky.backend.resource_tracker"
TRIES = 3  # how often an item may take with it a worker that does nothing else
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Load:
    """What an item asks of the worker that takes it: it may say so in ``load``, and an engine that can choose heeds it."""

    memory_gb: float = 0
    gpus: float = 0
    twice: bool = False  # whether two may do it at the same time, of whom the first counts


class Engine(Protocol):
    """Its one method runs ``fn`` over ``items``. Results come as they finish, so each must say what it is about.

    An item that took its worker with it is tried again. One that does so every time is named at the end, when all others are
    done, by a ``WorkerLostError``; what ``fn`` itself raises travels at once.
    """

    def map(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]: ...


@dataclass
class Here:
    """One process: this one. For small work, and for a debugger."""

    def map(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        yield from map(fn, items)


@dataclass
class Threads:
    """Many parts at once in one process, this one: for work that mostly waits for somebody else."""

    at_once: int = 64
    stop: Sequence[Callable[[], None]] = ()  # has the others give up, when one has failed

    def map(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        waiting = iter(items)
        with ThreadPoolExecutor(self.at_once, thread_name_prefix="part") as pool:
            running = {pool.submit(fn, item) for item in islice(waiting, self.at_once)}
            try:
                while running:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield future.result()
                        running |= {pool.submit(fn, item) for item in islice(waiting, 1)}
            except BaseException:
                for stop in self.stop:
                    stop()
                raise


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class WorkerLostError(RuntimeError):
    """Workers died from outside; nothing that was finished is lost. ``items`` are what they could not do."""

    def __init__(self, told: str, items: Sequence[Any] = ()) -> None:
        super().__init__(told)
        self.items = tuple(items)


@dataclass
class Local:
    """Every core of this machine, or as many ``workers`` as you say. Its processes start once and stay for every map."""

    workers: int = field(default_factory=cores)
    tries: int = field(default=TRIES, repr=False)
    _pool: Any = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError(f"Local(workers={self.workers}): at least one worker has to do the work")

    def map(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        waiting = iter(items)
        few = list(islice(waiting, 2))
        if len(few) < 2:  # one task alone is not worth a process
            yield from map(fn, few)
            return
        suspects: list[T] = []
        lost: list[T] = []
        try:
            yield from self._together(fn, chain(few, waiting), suspects)
            for item in suspects:  # one at a time: if a worker dies now, it is known of what, and there is more memory
                yield from self._alone(fn, item, lost)
        except BaseException:
            self.close()  # the others are busy with work that nobody will collect
            raise
        if lost:
            raise WorkerLostError(
                f"a worker process was killed from outside, most often for want of memory, and {self.tries} more that did the same "
                f"work alone ({len(lost)} such pieces of work in all). What was finished is kept: run again, with fewer workers "
                f"if memory was short.",
                lost,
            )

    def _together(self, fn: Callable[[T], R], waiting: Iterator[T], suspects: list[T]) -> Iterator[R]:
        """As many at once as there are workers. If one dies so do they all, and what was under way is suspect."""
        from loky.process_executor import TerminatedWorkerError

        running: dict[Future[R], T] = {}
        broken = False
        while True:
            for item in islice(waiting, 0 if broken else 2 * self.workers - len(running)):
                try:
                    running[self._submit(fn, item)] = item
                except TerminatedWorkerError:  # of what died a moment ago
                    waiting, broken = chain([item], waiting), True
                    break
            if running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    item = running.pop(future)
                    try:
                        yield future.result()
                    except TerminatedWorkerError:
                        suspects.append(item)
                        broken = True
            elif broken:
                self.close()
                broken = False
            else:
                return

    def _alone(self, fn: Callable[[T], R], item: T, lost: list[T]) -> Iterator[R]:
        for _ in range(self.tries):
            try:
                yield self.one(fn, item)
            except WorkerLostError as dead:
                if dead.items != (item,):  # told by the work itself, of a worker of its own
                    raise
            else:
                return
        lost.append(item)

    def one(self, fn: Callable[[T], R], item: T) -> R:
        """Do one thing in a worker and not here, for that may die of it; a ``WorkerLostError`` then says of what."""
        from loky.process_executor import TerminatedWorkerError

        try:
            return self._submit(fn, item).result()
        except TerminatedWorkerError as dead:
            self.close()
            raise WorkerLostError("a worker process was killed from outside", [item]) from dead

    def _submit(self, fn: Callable[[T], R], item: T) -> Future[R]:
        if self._pool is None:
            from loky import ProcessPoolExecutor  # spawns, never forks: a forked lock never opens

            _clear_away_quietly()
            # one thread a worker: as many workers as cores each with as many threads would only queue for the cores
            self._pool = ProcessPoolExecutor(self.workers, env=ALONE, initializer=_follow, initargs=(os.getpid(),))
        return self._pool.submit(fn, item)  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the worker processes; the next map would start new ones."""
        if self._pool is not None:
            self._pool.shutdown(kill_workers=True)
            self._pool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _clear_away_quietly() -> None:
    """Start the process that clears away after the workers. Now and then it is not told that a lock is gone, and would warn."""
    from loky.backend import resource_tracker

    told = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = f"{told},{QUIET}" if told else QUIET
    try:
        resource_tracker.ensure_running()
    finally:
        if told is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = told


def _follow(parent: int) -> None:
    """A worker whose parent was killed would wait for work forever: let it go too."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.1)
        os._exit(1)

    if os.getppid() != parent:
        os._exit(1)
    threading.Thread(target=watch, daemon=True).start()
