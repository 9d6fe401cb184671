"""Commands about who can sign in: the demo accounts, and a first user of a real portal."""

import secrets

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, or_, select
from werkzeug.security import generate_password_hash

from app.clock import now
from app.demo.base import PASSWORD
from app.domain.kernel.identifiers import IdentifierError, read_email
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.domain.organisations import service
from app.domain.organisations.models import Membership, Organisation, PortalUser
from app.errors import DomainError, FieldErrors
from app.extensions import db
from app.security.roles import ROLES
from app.transaction import transaction


@click.command("accounts")
@with_appcontext
def accounts() -> None:
    """Print the address of the portal and the demo accounts."""
    click.echo(f"{current_app.config['PUBLIC_URL']}/login/")
    with seen_by(SYSTEM):
        known = _demo_accounts()
    if not known:
        click.echo("There are no demo accounts. Make an account with: flask portal user")
        return
    click.echo(f"Sign in with the password {PASSWORD} as one of:")
    for email, places in known:
        click.echo(f"  {email:<26} {places}")


def _demo_accounts() -> list[tuple[str, str]]:
    users = db.session.scalars(
        select(PortalUser).where(PortalUser.is_demo.is_(True)).order_by(PortalUser.id)
    ).all()
    places: dict[int, list[str]] = {}
    for membership in db.session.scalars(select(Membership).order_by(Membership.id)):
        roles = ", ".join(role.name for role in membership.roles)
        places.setdefault(membership.user_id, []).append(f"{roles}, {membership.organisation}")
    return [(user.email, "; ".join(places.get(user.id, ["no organisation"]))) for user in users]


@click.command("user")
@click.option("--email", prompt="Email address")
@click.option("--first-name", prompt="First name")
@click.option("--last-name", prompt="Last name")
@click.option("--organisation", prompt="Organisation (name or number)")
@click.option("--role", "roles", multiple=True, type=click.Choice(list(ROLES)), required=True)
@click.option("--password", help="Without it one is made and printed.")
@with_appcontext
def user(
    email: str,
    first_name: str,
    last_name: str,
    organisation: str,
    roles: tuple[str, ...],
    password: str | None,
) -> None:
    """Give somebody an account and a place in an organisation."""
    chosen = password or secrets.token_urlsafe(12)
    try:
        with seen_by(SYSTEM), transaction():
            place = _organisation(organisation)
            made = service.add_user(
                email=read_email(email), first_name=first_name, last_name=last_name,
                password_hash=generate_password_hash(chosen), confirmed_at=now(),
            )  # fmt: skip
            service.add_membership(made, place, roles)
            told = f"{made.email} may sign in for {place}: {', '.join(roles)}."
    except FieldErrors as error:
        raise click.ClickException(" ".join(map(str, error.errors.values()))) from error
    except (DomainError, IdentifierError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(told)
    if password is None:
        click.echo(f"The password is {chosen}")


def _organisation(wanted: str) -> Organisation:
    statement = select(Organisation).where(
        or_(Organisation.number == wanted, func.lower(Organisation.name) == wanted.lower())
    )
    found = db.session.scalars(statement.limit(2)).all()
    if len(found) != 1:
        raise click.ClickException(
            f"No organisation is called {wanted}."
            if not found
            else f"Several organisations are called {wanted}; give the number."
        )
    return found[0]


COMMANDS = (accounts, user)
