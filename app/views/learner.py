"""The page that letters to learners lead to, and the guide for learners: open to anyone."""

from flask import Response, make_response, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import BaseView, expose
from flask_babel import gettext

from app.documents.learner_guide import GUIDE, render_guide
from app.security.guard import open_to_all
from app.views.letters import brand

GUIDE_NAME = "user-guide-for-learner-portal.pdf"
VERIFY = "/verify/"
"""The public pages are answered before Flask, which knows no address of theirs."""


class LearnerView(BaseView):
    """What learners find before they have an account: it is the same for everybody.

    An enrolment number is not asked for here, so that nobody can try which ones exist.
    """

    route_base = "/learner"

    @expose("/start")
    @open_to_all("the page that letters to learners lead to; it says the same to everybody")
    def start(self) -> ResponseReturnValue:
        """Say what the enrolment number is for, and where the guide is."""
        page = {
            "title": gettext("Learner Portal: your documents"),
            "text": gettext("Your certificate, transcript and letter have been issued "
                            "electronically."),
            "guide_url": url_for("LearnerView.guide"),
            "verify_url": VERIFY,
            "brand": brand(),
        }  # fmt: skip
        return self.render_template("learner/start.html", page=page)

    @expose("/guide.pdf")
    @open_to_all("the user guide for learners, which is for everybody")
    def guide(self) -> Response:
        """Give the User Guide for Learner Portal (D52)."""
        who = brand()
        pdf = render_guide(who["name"], who["email"], who["public_url"])
        response = make_response(pdf)
        response.mimetype = "application/pdf"
        response.headers["Content-Disposition"] = f'inline; filename="{GUIDE_NAME}"'
        response.last_modified = GUIDE
        return response
