"""From a built corpus to what was said of it, on the command line; the server is killed while somebody works."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from medgo_data import Corpus, Here, build, verdict
from medgo_data.review.room.ledger import Ledger
from medgo_data.review.room.people import People
from medgo_data.sources import JsonLines
from medgo_data.store import Store
from tests.test_audit import Mask
from tests.visitors import Visitor, answer

Run = Callable[..., subprocess.CompletedProcess[str]]


def write(folder: Path, many: int, said: str = "成人一次1片，一日3次。") -> None:
    (folder / "raw").mkdir(exist_ok=True)
    lines = [json.dumps({"messages": answer(k, said)["messages"]}, ensure_ascii=False) for k in range(many)]
    (folder / "raw" / "qa.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


def built(folder: Path, *, scrubbed: bool = True) -> str:
    source = JsonLines(name="qa", files=f"{folder}/raw/*.jsonl", license="public", gives="chat", category="instruction")
    build(Corpus("talk", [source], [Marked()] if scrubbed else []), folder / "data", Here())
    return Store(folder / "data").find("talk").folder.name


class Marked(Mask):
    """It has nothing to replace, and says that it looked."""

    def __call__(self, docs: Any) -> Any:
        return docs


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def ran(*words: object) -> subprocess.CompletedProcess[str]:
        told = [sys.executable, "-m", "medgo_data.cli", "review", *map(str, words), "--root", str(tmp_path / "data")]
        return subprocess.run(told, capture_output=True, text=True, timeout=120, check=False)

    return ran


def free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(folder: Path, port: int, *words: object) -> Iterator[subprocess.Popen[bytes]]:
    told = [
        sys.executable,
        "-u",
        "-m",
        "medgo_data.cli",
        "review",
        "serve",
        *map(str, words),
        "--port",
        str(port),
        "--root",
        str(folder / "data"),
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(told, stdout=log, stderr=subprocess.STDOUT)
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_corpus_is_reviewed_and_what_was_said_outlives_a_kill(tmp_path: Path, run: Run) -> None:
    write(tmp_path, 30)
    version, port = built(tmp_path), free()
    heard = []
    with serving(tmp_path, port, "talk") as process:
        word = run("invite", "R1").stdout.strip().rpartition("/")[2]
        one = Visitor(port).follow(word).sit()
        for _ in range(10):
            heard.append(one.of("nonce"))
            assert one.say("accept").status == 200
        process.send_signal(signal.SIGKILL)
        process.wait()
    told = (tmp_path / "log").read_text()
    assert (
        re.search(r"talk@\w+: 30 to review \(check, 1 of each\)", told)
        and "for the admin, a link that opens once" in told
    )
    with serving(tmp_path, port):
        assert one.sit().status == 200, "the session is still good, and so is the item before him"
        assert "已定 10 / 30" in one.shows
        while one.of("nonce"):
            heard.append(one.of("nonce"))
            assert one.say("reject", reasons=["other"]).status == 200
    out = tmp_path / "said.jsonl"
    assert run("export", "talk", "-o", out).stdout == f"{out} holds 30 verdicts\n"
    assert out.stat().st_mode & 0o077 == 0
    said = list(verdict.read(out))
    assert len({v.rows for v in said}) == 30 == len(set(heard)) and {v.version for v in said} == {version}
    assert [v.verdict for v in said].count("accept") == 10
    told = run("agreement", "talk").stdout
    assert "R1" in told and "check" in told
    assert json.loads(run("agreement", out, "--json").stdout)["corpora"] == [f"talk@{version}"]
    assert "The whole is rejected: 30 rows checked, 20 errors" in run("judge", "talk", out).stdout


def test_a_later_version_is_served_over_the_same_ledger(tmp_path: Path, run: Run) -> None:
    write(tmp_path, 3)
    built(tmp_path)
    with serving(tmp_path, free(), "talk"):
        pass
    ledger = Ledger(tmp_path / "data" / "review" / "ledger.sqlite")
    assert ledger.round(1).items == 3
    ledger.close()
    write(tmp_path, 5)
    later = built(tmp_path)
    with serving(tmp_path, free(), "talk"):
        pass
    ledger = Ledger(tmp_path / "data" / "review" / "ledger.sqlite")
    assert (ledger.round(1).items, ledger.round(1).version, len(ledger.rounds())) == (5, later, 1)
    ledger.close()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("export", "talk", "-o", "x.jsonl"), "nobody has reviewed anything yet"),
        (("invite", "R1"), "nobody has reviewed anything yet"),
        (("serve",), "there is nothing to review yet"),
        (("serve", "nowhere"), "nowhere"),
        (("serve", "talk", "--task", "options"), "holds chat rows, of which options cannot be asked"),
        (("serve", "talk", "--tls-cert", "cert.pem"), "go together"),
        (("serve", "talk", "--gold", "gold.jsonl"), "gold.jsonl"),
        (("agreement", "talk"), "nobody has reviewed"),
        (("plan", "talk", "--at-most", "2"), "lies above 0 and below 1"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(tmp_path: Path, run: Run, words: tuple[str, ...], says: str) -> None:
    write(tmp_path, 2)
    built(tmp_path)
    told = run(*words)
    assert told.returncode == 1 and says in told.stderr and "Traceback" not in told.stderr
    assert "成人" not in told.stderr + told.stdout


def test_a_corpus_that_was_not_scrubbed_is_refused_by_name(tmp_path: Path, run: Run) -> None:
    write(tmp_path, 2)
    built(tmp_path, scrubbed=False)
    told = run("serve", "talk")
    assert told.returncode == 1 and "talk@" in told.stderr and "not scrubbed" in told.stderr


def test_gold_and_a_plan_and_files_that_are_no_verdicts(tmp_path: Path, run: Run) -> None:
    write(tmp_path, 8)
    built(tmp_path)
    gold = tmp_path / "gold.jsonl"
    gold.write_text('{"rows": ["qa/qa.jsonl#0-1"], "verdict": "reject"}\n', "utf-8")
    port = free()
    with serving(tmp_path, port, "talk", "--gold", gold, "--gold-every", "2", "--labels", "2", "--rows", "6"):
        told = (tmp_path / "log").read_text()
    assert re.search(r"[56] to review \(check, 2 of each\), and [01] hidden among them whose answer is known", told)
    assert "rows to check" in run("plan", "talk", "--at-most", "0.3").stdout
    gold.write_text("not json\n", "utf-8")
    assert f"{gold} line 1 is not" in run("serve", "talk", "--gold", gold).stderr
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"corpus": "talk"}\n', "utf-8")
    told = run("agreement", bad).stderr
    assert f"{bad} line 1" in told and "Export the verdicts anew" in told


@pytest.mark.skipif(
    not shutil.which("openssl"), reason="there is no openssl on this machine to make a certificate with"
)
def test_over_tls_a_cookie_is_for_tls_alone(tmp_path: Path) -> None:
    write(tmp_path, 2)
    built(tmp_path)
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]  # fmt: skip
    subprocess.run(words, check=True, capture_output=True)
    port = free()
    with serving(tmp_path, port, "talk", "--tls-cert", cert, "--tls-key", key):
        trusted = ssl.create_default_context(cafile=str(cert))
        with urlopen(f"https://127.0.0.1:{port}/in", context=trusted, timeout=20) as page:
            assert page.status == 200
        ledger = Ledger(tmp_path / "data" / "review" / "ledger.sqlite")
        word = People(ledger).invite("R1", "reviewer")
        ledger.close()
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            trusted.wrap_socket(plain, server_hostname="127.0.0.1") as line,
        ):
            line.sendall(
                f"POST /in/{word} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
            )
            heard = b"".join(iter(lambda: line.recv(4096), b"")).decode().lower()
    assert "303" in heard and "secure" in heard
