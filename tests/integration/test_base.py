"""The base of the demo world: organisations in a tree, accounts, and what they may do."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.catalogue.models import Scheme
from app.domain.kernel.viewer import SYSTEM
from app.domain.organisations import service
from app.domain.organisations.models import Organisation, OrganisationAncestry
from app.errors import ConflictError, FieldErrors
from app.extensions import db
from tests.conftest import Inside


def the(name: str) -> Organisation:
    found = db.session.scalar(select(Organisation).where(Organisation.name == name))
    assert found is not None
    return found


@pytest.mark.both_databases
def test_an_office_stands_below_its_company(portal: Flask, backend: str, inside: Inside) -> None:
    with inside(SYSTEM):
        office, company = the("Halifax Office"), the("Calder Vale Training Ltd")
        above = db.session.scalars(
            select(OrganisationAncestry.ancestor_id).where(
                OrganisationAncestry.descendant_id == office.id
            )
        )
        assert set(above) == {office.id, company.id}


def test_an_office_never_stands_alone(inside: Inside) -> None:
    with inside(SYSTEM), pytest.raises(ConflictError):
        service.add_organisation(kind="office", name="Nowhere Office")


def test_an_address_has_one_account(inside: Inside) -> None:
    with inside(SYSTEM), pytest.raises(FieldErrors):
        service.add_user(
            email="STAFF@demo.example", first_name="S", last_name="T", password_hash=None
        )


@pytest.mark.function("A2")
def test_schemes_name_their_administering_body_and_jurisdiction(inside: Inside) -> None:
    with inside(SYSTEM):
        bodies = {
            each.administering_body.jurisdiction for each in db.session.scalars(select(Scheme))
        }
        assert bodies == {"England, Wales and Northern Ireland"}
