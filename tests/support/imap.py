"""A real IMAP server (Dovecot) with one mailbox, for the length of a test."""

import getpass
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.ports import free_port, wait_until

USER, PASSWORD = "bounces@hallmark.example", "p@ss:w/rd"
_CONFIG = """\
base_dir = {home}/run
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
mail_location = maildir:{home}/mail
first_valid_uid = 1
ssl = {ssl}
{certificate}
{users}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {secure}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def dovecot() -> str:
    """Return the path of the server; without one skip, but fail in CI."""
    found = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Tests of IMAP need dovecot: bin/services imap installs it.")
        pytest.skip("No dovecot here: bin/services imap installs it.")
    return found


@dataclass(frozen=True)
class MailServer:
    """Where the server is, and the folder of its mailbox."""

    plain: int
    secure: int
    folder: Path

    def deliver(self, name: str, content: bytes) -> None:
        """Put a message into the mailbox, as a mail server delivers it."""
        file = self.folder / "new" / name
        file.write_bytes(content)
        shutil.chown(file, *_owner())


def _owner() -> tuple[int, int]:
    """Return whose the mailbox is: Dovecot opens none of root."""
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    return pwd.getpwnam("nobody").pw_uid, grp.getgrnam("nogroup").gr_gid


@contextmanager
def imap_server(certificate: Path | None = None) -> Iterator[MailServer]:
    """Run a server on free ports; ``certificate`` is a folder with cert.pem and key.pem."""
    program = dovecot()
    home = Path(tempfile.mkdtemp(prefix="hallmark-imap-"))
    uid, gid = _owner()
    server = MailServer(free_port(), free_port(), home / "mail")
    for name in ("new", "cur", "tmp"):
        (server.folder / name).mkdir(parents=True)
    me = getpass.getuser()
    mine = "" if os.getuid() == 0 else (
        f"default_internal_user = {me}\ndefault_login_user = {me}\n"
        f"default_internal_group = {grp.getgrgid(os.getgid()).gr_name}"
    )  # fmt: skip
    files = f"ssl_cert = <{certificate}/cert.pem\nssl_key = <{certificate}/key.pem"
    (home / "dovecot.conf").write_text(
        _CONFIG.format(
            home=home,
            plain=server.plain,
            secure=server.secure,
            uid=uid,
            gid=gid,
            users=mine,
            password=PASSWORD,
            ssl="yes" if certificate else "no",
            certificate=files if certificate else "",
        )
    )
    if os.getuid() == 0:
        for each in (home, *home.rglob("*")):
            shutil.chown(each, uid, gid)
    home.chmod(0o755)
    started = subprocess.Popen([program, "-F", "-c", str(home / "dovecot.conf")])
    try:
        wait_until(lambda: _listens(server.plain), seconds=20, what="the IMAP server listens")
        yield server
    finally:
        started.terminate()
        started.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return connection.recv(4) == b"* OK"
    except OSError:
        return False
