"""Reports about letters that came back, as mail servers write them (RFC 3464)."""

from email.message import EmailMessage

_REPORT = """\
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: {return_path}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="4711/mx.example"

This is a MIME-encapsulated message.

--4711/mx.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4711/mx.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
X-Postfix-Queue-ID: 4711
Arrival-Date: Wed, 25 Nov 2026 13:49:06 +0000 (UTC)

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example
Diagnostic-Code: smtp; {said}

--4711/mx.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

{returned}
--4711/mx.example--
"""


def report(return_path, recipient, *, action="failed", status="5.1.1",
           said="550 5.1.1 No such mailbox", returned="Subject: Your record"):  # fmt: skip
    """Return a report as its bytes; ``returned`` are header lines of the letter given back."""
    return _REPORT.format(
        return_path=return_path, recipient=recipient, action=action, status=status, said=said,
        returned=returned,
    ).encode()  # fmt: skip


def away(return_path, sender):
    """Return what somebody's mailbox answers while they are away."""
    message = EmailMessage()
    message["From"], message["To"] = sender, return_path
    message["Subject"] = "Out of office"
    message["Auto-Submitted"] = "auto-replied"
    message.set_content("I am back on Monday. Action: failed")
    return message.as_bytes()
