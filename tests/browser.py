"""A Chromium without a window, driven as a person would: what is pressed, and what is then to be seen."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# a browser listens on descriptor 3 and answers on 4
START = (
    "import os,sys\n"
    "listen, answer = (os.dup(int(n)) for n in sys.argv[1:3])\n"
    "os.dup2(listen, 103); os.dup2(answer, 104); os.dup2(103, 3); os.dup2(104, 4)\n"
    "os.execvp(sys.argv[3], sys.argv[3:])\n"
)


class Browser:
    """A Chromium without a window, and one page in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.session, self.sent = folder, "", 0
        self.events: list[dict[str, Any]] = []
        self.heard = b""
        (listen, self.to), (self.of, answer) = os.pipe(), os.pipe()
        flags = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}",
        ]  # fmt: skip
        words = [sys.executable, "-c", START, str(listen), str(answer), str(CHROMIUM), *flags]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(words, pass_fds=(listen, answer), stdout=quiet, stderr=quiet)
        os.close(listen)
        os.close(answer)
        self.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder), eventsEnabled=True)
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def _hear(self) -> dict[str, Any]:
        while b"\0" not in self.heard:
            more = os.read(self.of, 1 << 16)
            assert more, "the browser is gone"
            self.heard += more
        one, _, self.heard = self.heard.partition(b"\0")
        return json.loads(one)  # type: ignore[no-any-return]

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        self.sent += 1
        told = {"id": self.sent, "method": method, "params": params}
        os.write(self.to, json.dumps(told | ({"sessionId": self.session} if self.session else {})).encode() + b"\0")
        while (heard := self._hear()).get("id") != self.sent:
            self.events.append(heard)
        assert "error" not in heard, heard
        return heard["result"]  # type: ignore[no-any-return]

    def wait(self, method: str, **params: Any) -> None:
        def fits(event: dict[str, Any]) -> bool:
            return event.get("method") == method and params.items() <= event["params"].items()

        while not any(fits(event) for event in self.events):
            self.events.append(self._hear())
        self.events = [event for event in self.events if not fits(event)]

    def open(self, place: Path | str) -> None:
        self._go("Page.navigate", url=place if isinstance(place, str) else place.as_uri())

    def reload(self) -> None:
        self._go("Page.reload")

    def _go(self, method: str, **params: Any) -> None:
        self.js("window.before = true")
        self.send(method, **params)
        self.until("!window.before && document.readyState === 'complete'")

    def js(self, code: str) -> Any:
        told = self.send("Runtime.evaluate", expression=code, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def press(self, *keys_: str, modifiers: int = 0) -> None:
        """Keys by their place on the keyboard; 2 is held Ctrl, 8 is held Shift."""
        for each in keys_:
            key = each[-1].lower() if each.startswith(("Key", "Digit")) else each
            for kind in ("keyDown", "keyUp"):
                self.send("Input.dispatchKeyEvent", type=kind, code=each, key=key, modifiers=modifiers)

    def select(self, row: int, word: str) -> None:
        """As with a mouse, wherever in the text it stands."""
        self.js(
            f"""(() => {{
            const text = document.querySelectorAll("article")[{row}].querySelector(".text");
            const walk = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
            for (let node = walk.nextNode(); node; node = walk.nextNode()) {{
              const at = node.data.indexOf({json.dumps(word)});
              if (at < 0) continue;
              getSelection().setBaseAndExtent(node, at, node, at + {json.dumps(word)}.length);
              return;
            }}
            throw new Error("it is not there");
            }})()"""
        )

    def until(self, code: str, *, seconds: float = 20) -> Any:
        """Wait for something to be so; between two pages there may be nothing to look at."""
        end = time.monotonic() + seconds
        while not (told := self.js(f"(() => {{ try {{ return {code} }} catch {{ return null }} }})()")):
            assert time.monotonic() < end, f"this never came to be: {code}; {self.js('document.body.innerText')[:500]}"
            time.sleep(0.02)
        return told

    def type(self, text: str) -> None:
        self.send("Input.insertText", text=text)

    def shot(self, path: Path, *, wide: int = 1280, high: int = 860) -> None:
        """A picture of what is to be seen."""
        self.send("Emulation.setDeviceMetricsOverride", width=wide, height=high, deviceScaleFactor=1, mobile=wide < 600)
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))

    def faults(self) -> list[dict[str, Any]]:
        return [e for e in self.events if e.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown")]

    def close(self) -> None:
        self.session = ""
        self.send("Browser.close")
        self.process.wait(20)
        os.close(self.to)
        os.close(self.of)
