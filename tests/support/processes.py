"""The whole portal as real processes: web, worker, test gateway and a mail server."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.mail import Mailbox, mail_server
from tests.support.ports import answers_http, free_port, wait_until

ROOT = Path(__file__).parents[2]
PROCESSES = {
    "gateway": ("test_gateway", "--switches"),
    "web": ("gunicorn", "app:app"),
    "worker": ("flask", "--app", "app", "portal", "worker"),
}
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "COVERAGE_PROCESS_START")


@dataclass(frozen=True)
class RunningPortal:
    """Where a running portal is reached, and what it writes to."""

    url: str
    gateway_url: str
    mailbox: Mailbox
    database_url: str
    home: Path
    environment: dict[str, str]

    def flask(self, *command: str) -> str:
        """Run ``flask portal …`` beside the processes and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", "portal", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _environment(database_url: str, home: Path, mailbox: Mailbox) -> dict[str, str]:
    port, gateway = free_port(), free_port()
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return kept | {
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "GATEWAY_URL": f"http://127.0.0.1:{gateway}",
        "DATABASE_URL": database_url,
        "MAIL_URL": mailbox.url,
        "BOUNCE_SECRET": "for-tests-only",
        "PORTAL_HOME": str(home),
        "PORTAL_ENV": "development",
        "SECRET_KEY": "for-tests-only",
        "GATEWAY_SECRET": "for-tests-only",
        "WEB_WORKERS": "1",
        # A browser keeps its connections open, for which a server that stops would wait.
        "GUNICORN_CMD_ARGS": "--graceful-timeout 1",
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def _processes(
    commands: Mapping[str, Sequence[str]], home: Path, environment: dict[str, str]
) -> Iterator[None]:
    """Run modules beside each other, each with a log of its own; stop them all at once."""
    started = {name: _started(home / f"{name}.log", environment, command)
               for name, command in commands.items()}  # fmt: skip
    try:
        yield
        for name, process in started.items():
            log = home / f"{name}.log"
            assert process.poll() is None, f"{name} ended by itself:\n{log.read_text()[-3000:]}"
    finally:
        for process in started.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in started.values():
            _wait_for(process)


def _started(
    log: Path, environment: dict[str, str], command: Sequence[str]
) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_for(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)


@contextmanager
def running(
    database_url: str, home: Path, prepare: Callable[[RunningPortal], None] | None = None
) -> Iterator[RunningPortal]:
    """Run the portal on ``database_url``, with its files in ``home``, once it is prepared."""
    home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        mailbox = stack.enter_context(mail_server())
        environment = _environment(database_url, home, mailbox)
        url, gateway_url = environment["PUBLIC_URL"], environment["GATEWAY_URL"]
        portal = RunningPortal(url, gateway_url, mailbox, database_url, home, environment)
        if prepare is not None:
            prepare(portal)
        stack.enter_context(_processes(PROCESSES, home, environment))
        for name, address in (("web", url), ("gateway", gateway_url)):
            port = int(address.rsplit(":", 1)[1])
            wait_until(
                lambda port=port: answers_http(port),  # type: ignore[misc]  # bound early on purpose
                seconds=30,
                what=f"{name} answers:\n{(home / f'{name}.log').read_text()[-3000:]}",
            )
        yield portal
