"""Mailboxes of letters that came back: a Maildir folder, and a real IMAP server."""

import mailbox
from urllib.parse import quote

import pytest

from app.letters.bounce_box import BoxUnavailableError, open_box
from tests.support.bounces import away, report
from tests.support.imap import PASSWORD, USER, imap_server
from tests.support.ports import free_port

PATH = f"bounces+{'0123456789abcdef' * 2}@hallmark.example"
LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"


@pytest.fixture(params=["maildir", "imap"])
def box(request, tmp_path):
    """Return the address of a mailbox, and a way to deliver into it."""
    if request.param == "maildir":
        folder = mailbox.Maildir(str(tmp_path / "back"), create=True)
        yield f"maildir://{tmp_path / 'back'}", lambda _name, content: folder.add(content)
        return
    with imap_server() as server:
        yield f"imap://{LOGIN}@127.0.0.1:{server.plain}/INBOX", server.deliver


def test_each_message_is_read_once_and_stays(box):
    url, deliver = box
    reports = {report(PATH, f"{n}@example.com") for n in range(3)} | {away(PATH, "a@b.example")}
    for number, content in enumerate(reports):
        deliver(f"{number}.host", content)

    with open_box(url) as opened:
        unread = list(opened.unread())
        assert {content.replace(b"\r\n", b"\n") for _, content in unread} == reports
        assert len(list(opened.unread())) == 4, "looking alone marks nothing"
        opened.mark_read([name for name, _ in unread[:3]])
    with open_box(url) as opened:
        assert [name for name, _ in opened.unread()] == [unread[3][0]]
        opened.mark_read([unread[3][0]])
    deliver("5.host", b"Subject: Late\n\nOne more\n")
    with open_box(url) as opened:
        (late,) = opened.unread()
        assert b"Late" in late[1]


def test_of_a_large_message_only_the_beginning_is_read(box):
    url, deliver = box
    deliver("1.host", report(PATH, "a@b.example") + b"x" * 70 * 40_000)
    with open_box(url) as opened:
        ((_, content),) = opened.unread()
    assert len(content) == 1_000_000


def test_an_empty_mailbox_has_nothing(box):
    with open_box(box[0]) as opened:
        assert list(opened.unread()) == []
        opened.mark_read([])


def test_passwords_travel_by_tls_alone(certificate):
    with imap_server(certificate) as server:
        server.deliver("1.host", report(PATH, "a@b.example"))
        trust = f"cafile={quote(str(certificate / 'cert.pem'))}"
        for url in (
            f"imaps://{LOGIN}@127.0.0.1:{server.secure}/INBOX?{trust}",
            f"imap://{LOGIN}@127.0.0.1:{server.plain}/INBOX?starttls=1&{trust}",
        ):
            with open_box(url) as opened:
                assert len(list(opened.unread())) == 1
        unknown = open_box(f"imaps://{LOGIN}@127.0.0.1:{server.secure}/INBOX")
        with pytest.raises(BoxUnavailableError, match="certificate"), unknown:
            pass
    with pytest.raises(ValueError, match="starttls"):
        open_box("imap://user:secret@mail.example/INBOX")


def test_what_cannot_be_opened_says_so(tmp_path):
    with imap_server() as server:
        at = f"127.0.0.1:{server.plain}"
        for url in (
            f"imap://{quote(USER, safe='')}:wrong@{at}/INBOX",
            f"imap://{LOGIN}@{at}/No%20such%20folder",
            f"imap://{LOGIN}@127.0.0.1:{free_port()}/INBOX",
            f"maildir://{tmp_path}/nowhere",
        ):
            with pytest.raises(BoxUnavailableError), open_box(url):
                pass


@pytest.mark.parametrize(
    "url", ["pop3://a:b@host/", "imaps://host/INBOX", "maildir://host/folder", "nonsense", "imap:"]
)
def test_an_address_of_no_mailbox_is_refused(url):
    with pytest.raises(ValueError, match="BOUNCE_MAIL_URL may be"):
        open_box(url)
