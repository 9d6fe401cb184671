"""Reports about letters that came back, as mail servers write them (RFC 3464)."""

from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText


def report(return_path, recipient, *, action="failed", status="5.1.1",
           said="550 5.1.1 No such mailbox", returned=""):  # fmt: skip
    """Return a report as its bytes; ``returned`` are header lines of the letter given back."""
    message = MIMEMultipart("report", report_type="delivery-status")
    message["From"] = "MAILER-DAEMON@mx.example"
    message["To"] = return_path
    message["Subject"] = "Undelivered Mail Returned to Sender"
    message["Auto-Submitted"] = "auto-replied"
    message.attach(MIMEText("I am sorry to have to inform you.", "plain"))
    status_part = MIMEBase("message", "delivery-status")
    status_part.set_payload(
        "Reporting-MTA: dns; mx.example\n\n"
        f"Original-Recipient: rfc822;{recipient}\n"
        f"Final-Recipient: rfc822; {recipient}\n"
        f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}\n"
    )
    message.attach(status_part)
    if returned:
        headers = MIMEBase("text", "rfc822-headers")
        headers.set_payload(returned)
        message.attach(headers)
    return message.as_bytes()


def away(return_path, sender):
    """Return what somebody's mailbox answers while they are away."""
    message = EmailMessage()
    message["From"], message["To"] = sender, return_path
    message["Subject"] = "Out of office"
    message["Auto-Submitted"] = "auto-replied"
    message.set_content("I am back on Monday. Action: failed")
    return message.as_bytes()
