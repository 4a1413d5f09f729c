"""A line on standard error that says how far a long asking is, how fast, and how long it still takes."""

from __future__ import annotations

import sys
import time

OFTEN, SELDOM = 0.2, 30.0  # seconds between two lines: on a screen, in a file


class Progress:
    def __init__(self, whole: int, done: int = 0) -> None:
        self.whole, self.done, self._before = whole, done, done
        self._begun = time.monotonic()
        self._is_screen = sys.stderr.isatty()
        self._last = 0.0 if self._is_screen else self._begun

    def add(self, many: int) -> None:
        self.done += many
        now = time.monotonic()
        if now - self._last >= (OFTEN if self._is_screen else SELDOM):
            self._last = now
            self._write(self.line(now - self._begun))

    def end(self) -> None:
        if self._is_screen and self._last:
            self._write(self.line(time.monotonic() - self._begun), "\n")

    def line(self, seconds: float) -> str:
        """For instance ``120 of 400 answered (30 %), 3.2 a second, 1 min 28 s left``."""
        told = f"{self.done:,} of {self.whole:,} answered ({self.done / max(1, self.whole):.0%})"
        rate = (self.done - self._before) / seconds if seconds > 0 else 0.0
        return f"{told}, {rate:.3g} a second, {span((self.whole - self.done) / rate)} left" if rate else told

    def _write(self, line: str, end: str = "") -> None:
        sys.stderr.write(f"\r{line:<78}{end}" if self._is_screen else f"{line}\n")
        sys.stderr.flush()


def span(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
