"""Commands about the keys that documents are sealed and signed with."""

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from app.clock import now
from app.documents.keystore import PURPOSES, EmbeddedKeys, KeysUnavailableError, open_keystore
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.domain.organisations.models import Organisation
from app.domain.organisations.rules import Kind
from app.extensions import db


@click.command("rotate-keys")
@click.option("--purpose", "purposes", multiple=True, type=click.Choice(PURPOSES),
              help="Which keys; without it all of them.")  # fmt: skip
@with_appcontext
def rotate_keys(purposes: tuple[str, ...]) -> None:
    """Make new keys for documents; what the earlier ones signed can be checked as before."""
    try:
        store = open_keystore(current_app.config, body=_awarding_body())
        if not isinstance(store, EmbeddedKeys):
            raise click.ClickException(
                "The keys come from SEAL_KEYS and CREDENTIAL_KEYS. Put a new private key first "
                "there, and leave the earlier certificates and public keys behind it."
            )
        for purpose in purposes or PURPOSES:
            store.rotate(purpose, at=now())
            current = store.seal_key() if purpose == "seal" else store.credential_key()
            known = store.certificates() if purpose == "seal" else store.public_keys()
            click.echo(f"{purpose}: {current.id} signs from now on; {len(known) - 1} earlier known")
    except KeysUnavailableError as error:
        raise click.ClickException(str(error)) from error


def _awarding_body() -> str:
    statement = select(Organisation.name).where(Organisation.kind == Kind.AWARDING_BODY)
    with seen_by(SYSTEM):
        name = db.session.scalar(statement.order_by(Organisation.id).limit(1))
    if name is None:
        raise click.ClickException("There is no awarding body yet, whose name a certificate needs.")
    return name


COMMANDS = (rotate_keys,)
