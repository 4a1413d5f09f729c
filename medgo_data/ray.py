"""Work on a Ray cluster: the same map as on one machine, over as many machines as the cluster has.

Ray starts the workers, brings the work to them and sees who died; what is to be done again, and who is too slow, is decided
here, by the rules of the house. Rows never pass through it: a worker reads and writes the root, which all of them must see.
"""

from __future__ import annotations

import os
import socket
import time
import traceback
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from statistics import median
from typing import Any, Self, TypeVar

from medgo_data import keys
from medgo_data.engine import ALONE, TRIES, Load, WorkerLostError, cores
from medgo_data.far import Far
from medgo_data.place import place

CARRIED = (keys.FILE, "MEDGO_SHOW_ROWS")  # of the environment here: where the key lies, but never the key
TICK = 1.0  # seconds between two looks at who is slow, and at how many workers there are
FEWEST = 3  # items must have been done before another can be called slow
T = TypeVar("T")
R = TypeVar("R")


class ClusterError(RuntimeError):
    """The cluster is not there, or cannot do this work; the message says what to do. What was finished is kept."""


@dataclass
class Ray:
    """A Ray cluster: the one at ``address`` ("auto", "host:6379", "ray://host:10001"), or one of its own on this machine.

    ``workers`` is how many items are under way at most, one for each of the cluster's cores if it is not said; nodes that join
    or leave are noticed. An item is given to whichever node has the least to do, for all of them are as far from the root.
    """

    address: str | None = None
    workers: int | None = None
    cpus: float = 1  # of a worker
    memory_gb: float = 0  # that a node must have free for it; a stage may ask for more
    tries: int = field(default=TRIES, repr=False)
    slow: float = field(default=2, repr=False)  # times as long as half of the others: then somebody else tries too
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)  # of ray.init
    _joined: bool = field(default=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"Ray(workers={self.workers}): at least one worker has to do the work")

    # ---- the work

    def map(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        import cloudpickle  # not Ray's own, which has never heard of a recipe

        given = iter(items)
        first = list(islice(given, 1))
        if not first:  # and no cluster is needed for it
            return
        ray = self._ray()
        work = Work(self, ray, ray.put(cloudpickle.dumps(fn)))
        waiting = (Job(item, cloudpickle.dumps(item)) for item in chain(first, given))
        try:
            while work.fill(waiting) or work.running:
                for job, result in work.finished():
                    yield result
                    work.cancel(job)
        finally:
            work.cancel(*work.running.values())
        if work.lost:
            raise WorkerLostError(
                f"a worker was killed from outside, most often for want of memory, each of the {self.tries} times that it did the "
                f"same work ({len(work.lost)} such pieces of work in all). What was finished is kept: give each worker more "
                f"memory, and run again.",
                work.lost,
            )

    def reach(self, root: Path, files: Sequence[tuple[Path, str]]) -> None:
        """Refuse a cluster of which a node does not see the root, or these raw files, each told by a name."""
        if self.address is None:  # this machine sees what it sees
            return
        ray = self._ray()
        nodes = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
        mark = root / ".medgo" / "tmp" / f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"
        if isinstance(root, Far):  # an object store has no folders: its raw files tell whether it is reached
            mark = root
        else:
            mark.mkdir(parents=True)
        try:
            asked = {}
            for node in nodes:
                there = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
                task = self._remote(ray, _unseen, "medgo: sees the root", scheduling_strategy=there, num_cpus=0)
                asked[task.remote(str(Path.cwd()), [str(mark), *(str(path) for path, _ in files)])] = node
            ready, _ = ray.wait(list(asked), num_returns=len(asked), timeout=60)
            for ref in ready:
                try:
                    unseen = ray.get(ref)
                except ray.exceptions.RayTaskError as wrong:
                    raise _unfit(asked[ref], wrong) from None
                except ray.exceptions.RayError:  # it went in the meantime
                    continue
                if unseen:
                    what = f"the root {root}" if 0 in unseen else f"the raw file {files[unseen[0] - 1][1]}"
                    raise ClusterError(
                        f"node {asked[ref]['NodeManagerHostname']} of the cluster does not see {what}. Workers on several machines "
                        f"read and write the same files: put them where all nodes see them under the same path (NFS, or a "
                        f"mounted store), and give paths from / on."
                    )
        finally:
            if mark != root:
                mark.rmdir()

    # ---- the cluster

    def _ray(self) -> Any:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody is told what is built here
        try:
            import ray
        except ImportError as missing:
            raise ClusterError("Ray() needs ray, which is not installed: pip install 'medgo[ray]'") from missing
        if not ray.is_initialized():
            told = {"address": self.address or "local", "log_to_driver": False, "logging_level": "ERROR"}
            if self.address is None:
                told |= {"num_cpus": self.workers or cores(), "include_dashboard": False}
            try:
                _knock(self.address)
                ray.init(**told | {"runtime_env": self._environment()} | dict(self.options))
            except ConnectionError as nobody:
                raise ClusterError(
                    f"no Ray cluster answers at {self.address!r}, or it does not know us. Start one with `ray start --head` there; "
                    f"if it asks for a token, set RAY_AUTH_MODE=token here too, and RAY_AUTH_TOKEN_PATH to the file with it. "
                    f"Leave the address out for a cluster on this machine."
                ) from nobody
            self._joined = True
        return ray

    def _environment(self) -> dict[str, Any]:
        """One thread a worker, as on one machine, and where the key lies."""
        return {"env_vars": ALONE | {name: os.environ[name] for name in CARRIED if name in os.environ}}

    def _remote(self, ray: Any, fn: Callable[..., Any], name: str, **options: Any) -> Any:
        """A task of Ray's. Its name is shown to all who see the cluster, so it never tells of what the work is."""
        given = {} if self._joined else {"runtime_env": self._environment()}
        return ray.remote(fn).options(name=name, max_retries=0, **given, **options)

    def at_once(self, ray: Any) -> int:
        """As many as there are workers now, and some that are there when one of them is free."""
        there = int(ray.cluster_resources().get("CPU", 0) / self.cpus)
        workers = max(1, there if self.workers is None else min(self.workers, there))
        return workers + max(1, workers // 8)

    def close(self) -> None:
        """Leave the cluster, or end it if it is one of its own."""
        if self._joined:
            import ray

            ray.shutdown()
            self._joined = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(eq=False)
class Job:
    """An item, as it travels, and who is at it."""

    item: Any
    packed: bytes
    deaths: int = 0
    began: float = 0.0
    refs: list[Any] = field(default_factory=list)

    @property
    def load(self) -> Load:
        return getattr(self.item, "load", None) or Load()


class Work:
    """What is under way in one map."""

    def __init__(self, engine: Ray, ray: Any, fn: Any) -> None:
        self.engine, self.ray, self.fn = engine, ray, fn
        self.running: dict[Any, Job] = {}
        self.seconds: list[float] = []
        self.lost: list[Any] = []
        self.all_given = False
        self._room, self._looked = 0, 0.0

    def fill(self, waiting: Iterator[Job]) -> bool:
        """Give work to whoever is free; when there is no more, the slowest item to a second one."""
        while not self.all_given and len(self.running) < self.room:
            job = next(waiting, None)
            self.all_given = job is None
            if job:
                self.start(job)
        if self.all_given and len(self.seconds) >= FEWEST:
            for job in self._slow():
                self.start(job)
        return bool(self.running)

    @property
    def room(self) -> int:
        if time.monotonic() - self._looked > TICK:
            self._room, self._looked = self.engine.at_once(self.ray), time.monotonic()
        return self._room

    def start(self, job: Job) -> None:
        load, options = job.load, self.engine
        memory = int(max(load.memory_gb, options.memory_gb) * 1e9)
        asked = {"num_cpus": options.cpus, "scheduling_strategy": "SPREAD"}
        asked |= {"memory": memory} if memory else {}
        asked |= {"num_gpus": load.gpus} if load.gpus else {}
        task = options._remote(self.ray, _do, "medgo: a part", **asked)  # noqa: SLF001  it is one thing in two classes
        ref = task.remote(self.fn, job.packed, str(Path.cwd()))
        job.began = job.began or time.monotonic()
        job.refs.append(ref)
        self.running[ref] = job

    def _slow(self) -> list[Job]:
        """Items that may be done twice and take far longer than most, the slowest first."""
        limit = time.monotonic() - self.engine.slow * median(self.seconds)
        alone = [job for job in self.running.values() if len(job.refs) == 1 and job.load.twice and job.began < limit]
        return sorted(alone, key=lambda job: job.began)[: max(0, self.room - len(self.running))]

    def finished(self) -> Iterator[tuple[Job, Any]]:
        """What was done since the last look. Whatever the work raised is raised; who died is replaced."""
        import cloudpickle

        errors = self.ray.exceptions
        done, _ = self.ray.wait(list(self.running), num_returns=1, timeout=TICK)
        for ref in done:
            job = self.running.pop(ref, None)
            if job is None:  # another was faster
                continue
            job.refs.remove(ref)
            try:
                well, packed, seconds = self.ray.get(ref)
            except (errors.RayTaskError, errors.RuntimeEnvSetupError, errors.TaskUnschedulableError) as wrong:
                raise _unfit(None, wrong) from None
            except errors.RayError:
                self._died(job)
                continue
            told = cloudpickle.loads(packed)
            if not well:
                raise told
            self.seconds.append(seconds)
            yield job, told

    def _died(self, job: Job) -> None:
        job.deaths += 1
        if job.refs:  # somebody else is at it
            return
        if job.deaths < self.engine.tries:
            job.began = 0.0
            self.start(job)
        else:
            self.lost.append(job.item)

    def cancel(self, *jobs: Job) -> None:
        """Nobody waits for these any more."""
        for ref in [ref for job in jobs for ref in job.refs]:
            self.running.pop(ref, None)
            with suppress(Exception):  # the cluster may be gone, and this is only to save it work
                self.ray.cancel(ref, force=True)


def _knock(address: str | None) -> None:
    """Ray itself would go on knocking for minutes."""
    host, colon, port = (address or "").rpartition("://")[2].rpartition(":")
    if colon and port.isdecimal():
        try:
            socket.create_connection((host, int(port)), timeout=10).close()
        except OSError as nobody:
            raise ConnectionError(str(nobody)) from nobody


def _do(fn: bytes, item: bytes, folder: str) -> tuple[bool, bytes, float]:
    """In a worker: the result, or what was raised, for Ray would write that into its own log."""
    import cloudpickle

    began = time.monotonic()
    with suppress(OSError):
        os.chdir(folder)  # where relative paths begin
    try:
        told: Any = cloudpickle.loads(fn)(cloudpickle.loads(item))
    except Exception as wrong:  # noqa: BLE001  it is raised over there, with its place
        frame = traceback.extract_tb(wrong.__traceback__)[-1]
        wrong.add_note(f"(raised at {frame.filename}:{frame.lineno} on {socket.gethostname()})")
        return False, cloudpickle.dumps(wrong), 0.0
    return True, cloudpickle.dumps(told), time.monotonic() - began


def _unseen(folder: str, paths: list[str]) -> list[int]:
    """In a worker: which of these it does not see."""
    with suppress(OSError):
        os.chdir(folder)
    own = list(map(place, paths))
    return [n for n, path in enumerate(own) if not path.exists() and not (n == 0 and isinstance(path, Far))]


def _unfit(node: Mapping[str, Any] | None, wrong: Exception) -> ClusterError:
    where = f"node {node['NodeManagerHostname']}" if node else "a node"
    return ClusterError(
        f"{where} of the cluster cannot do the work ({type(wrong).__name__}). Install the same medgo there as here, with the same "
        f"Python, and run again."
    )
