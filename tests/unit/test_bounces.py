"""Reports about letters: only a final failure says anything, and nothing can break the reading."""

import pytest

from app.letters import bounces
from tests.support.bounces import away, report

PATH = f"bounces+{'0123456789abcdef' * 2}@hallmark.example"


def test_a_report_is_read_by_return_path_or_by_what_it_gives_back():
    token = "0123456789abcdef" * 2
    assert bounces.read_report(report(PATH, "a@b.example")) == bounces.Bounce(
        token, "550 5.1.1 No such mailbox"
    )
    folded = report(PATH.upper(), "a@b.example", said="550 5.1.1\n No such\n mailbox")
    assert bounces.read_report(folded).token == token
    elsewhere = report(
        "postmaster@hallmark.example", "a@b.example", returned=f"X-Return-Token: {token}\n"
    )
    assert bounces.read_report(elsewhere).token == token
    late = report(PATH, "a@b.example", status="4.4.7", said="delivery time expired")
    assert bounces.read_report(late).outcome == "4.4.7 delivery time expired"


@pytest.mark.parametrize(
    "raw",
    [
        report(PATH, "a@b.example", action="delayed", status="4.4.1"),
        report(PATH, "a@b.example", action="delivered", status="2.0.0"),
        report(PATH, "a@b.example", action="relayed", status="2.0.0"),
        report("somebody@hallmark.example", "a@b.example"),
        report("bounces+short@hallmark.example", "a@b.example"),
        away(PATH, "a@b.example"),
        b"",
        b"\x00\xff\xfe not a message at all",
        b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nno parts",
        report(PATH, "a@b.example")[:300],
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"".join(
            b"--%d\nContent-Type: multipart/mixed; boundary=%d\n\n" % (n, n + 1)
            for n in range(5000)
        ),
    ],
    ids=["delayed", "delivered", "relayed", "another mailbox", "no token", "away", "empty",
         "noise", "no parts", "cut short", "nested"],
)  # fmt: skip
def test_whatever_is_no_final_failure_says_nothing(raw):
    assert bounces.read_report(raw) is None
