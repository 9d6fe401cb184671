"""Signing in and out, and choosing the organisation to work for."""

from flask import current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import BaseView, expose
from flask_appbuilder.utils.base import get_safe_redirect
from flask_babel import gettext
from flask_login import login_user, logout_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from app.domain.kernel import limits
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.errors import ForbiddenError
from app.security import current
from app.security.guard import for_signed_in, open_to_all
from app.transaction import transaction


class SignInForm(FlaskForm):
    """E-mail address and password."""

    username = StringField(validators=[InputRequired("Enter your email address.")])
    password = PasswordField(validators=[InputRequired("Enter your password.")])


class SignInView(BaseView):
    """The door: sign in, sign out, change places."""

    route_base = ""
    default_view = "login"

    @expose("/login/", methods=["GET", "POST"])
    @open_to_all("signing in")
    def login(self) -> ResponseReturnValue:
        """Show the form, or let somebody in."""
        if current.signed_in_user() is not None:
            return redirect(self._next())
        form = SignInForm()
        if form.validate_on_submit() and self._let_in(form):
            return redirect(self._next())
        template = "signin/login.html"
        return self.render_template(template, form=form), 422 if form.errors else 200

    def _let_in(self, form: SignInForm) -> bool:
        email, password = str(form.username.data).strip(), str(form.password.data)
        limits.spend(f"sign-in:{request.remote_addr}", most=30, seconds=300)
        with seen_by(SYSTEM), transaction():
            user = current_app.appbuilder.sm.authenticate(email, password)  # type: ignore[attr-defined]  # set by FAB
            identity = None if user is None else user.id
        if identity is None:
            form.password.errors = (
                gettext(
                    "This email address and password do not fit together. After five tries in a "
                    "row an account is locked for 15 minutes."
                ),
            )
            return False
        session.clear()  # nothing planted before signing in survives
        login_user(current_app.appbuilder.sm.get_user_by_id(identity))  # type: ignore[attr-defined]  # set by FAB
        session.permanent = True
        return True

    @staticmethod
    def _next() -> str:
        wanted = request.args.get("next", "")
        if not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
            return url_for("DashboardView.home")
        return str(get_safe_redirect(wanted))

    @expose("/logout/", methods=["POST"])
    @open_to_all("signing out")
    def logout(self) -> ResponseReturnValue:
        """End every session of whoever signs out: a copied cookie is worth nothing then."""
        user = current.signed_in_user()
        if user is not None:
            user_id = user.id
            with seen_by(SYSTEM), transaction():
                current_app.appbuilder.sm.end_sessions(user_id)  # type: ignore[attr-defined]  # set by FAB
        logout_user()
        session.clear()
        g.pop("standing", None)
        flash(gettext("You have signed out."), "success")
        return redirect(url_for("SignInView.login"))

    @expose("/organisation/", methods=["POST"])
    @for_signed_in
    def switch(self) -> ResponseReturnValue:
        """Work for another of the person's organisations from now on (D9)."""
        found = current.standing()
        wanted = request.form.get("organisation", type=int)
        places = found.places if found else []
        if wanted not in {place.organisation_id for place in places}:
            raise ForbiddenError(gettext("You have no membership in this organisation."))
        session[current.ACTIVE] = wanted
        return redirect(url_for("DashboardView.home"))
