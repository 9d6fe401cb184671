"""Batches on both databases: put together, saved whole or not at all, thrown away."""

import pytest

from app.clock import now
from app.domain.imports.batches import queries, saving, service
from app.domain.imports.batches.fields import COLUMNS
from app.domain.orders.service.purchase import Details
from app.domain.people.service import add_person
from app.errors import ConflictError, FieldErrors, NotFoundError, StaleError
from app.transaction import transaction
from tests.support.batches import CANDIDATE, CENTRE, candidates, drafts, registered
from tests.support.standards import candidate, draft, package
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases
BORN = {"birth_date": "27/03/2005"}
ANSWERS = {name: text for name, text in CANDIDATE.items() if "birth_date" not in name} | BORN


@pytest.fixture
def chen(portal):
    return viewer_of(portal, CENTRE)


def header(**more):
    """Return what a complete batch says for all."""
    stated = draft()
    chosen = {"standard": stated.standard_version_id, "package": stated.package_id}
    names = ("start_date", "expected_end_date", "assessment_start_date", "funding_type")
    dates = {f"default_{name}": getattr(stated, name) for name in names}
    return dict.fromkeys(COLUMNS) | chosen | dates | more


def begun(**more):
    """Return a batch that lacks nobody but candidates."""
    found = service.begin(now())
    service.keep(found, header(**more), found.version, now())
    return found


def details(owner):
    return Details(
        customer_reference="PO’1", accounts_contact_name="Chen",
        accounts_contact_email="chen@example.com", delivery_attention="Chen", invoice_to=owner,
        deliver_to=owner,
    )  # fmt: skip


def test_people_on_record_and_new_ones_are_registered_with_one_order(inside, chen):
    with inside(chen), transaction():
        known = add_person(candidate(uln="9999000028", email=""))
        batch = begun()
        service.add_new(batch, ANSWERS, now())
        employer = {name: text for name, text in ANSWERS.items() if name.startswith("employ")}
        added = service.add_known(batch, known.id, now())
        service.answer(added, employer | {"email": "known@example.com"}, added.version, now())
        count = saving.save(batch, batch.version, details(chen.organisation_id), now())
        assert count == 2
    with inside(chen):
        made = registered()
        assert {each.batch_id for each in made} == {drafts()[0].batch_id}
        assert {each.state for each in made} == {"on_order"}
        assert "known@example.com" in {each.person.email for each in made}
        assert candidates() == []


def test_one_who_lacks_something_keeps_all_from_being_registered(inside, chen):
    with inside(chen), transaction():
        batch = begun()
        service.add_new(batch, ANSWERS, now())
        lacking = service.add_new(batch, {"first_names": "Ivo", "surname": "Bare"}, now())
        with pytest.raises(FieldErrors) as refused:
            saving.save(batch, batch.version, None, now())
        assert list(refused.value.errors) == [f"candidate-{lacking.id}"]
        assert "Ivo Bare: " in refused.value.errors[f"candidate-{lacking.id}"]
        assert registered() == []


def test_a_package_of_another_standard_is_refused_when_saving(inside, chen):
    with inside(chen), transaction():
        batch = begun(package=package("LVAP03D").id)
        service.add_new(batch, ANSWERS, now())
        with pytest.raises(ConflictError, match="belongs to another standard"):
            saving.save(batch, batch.version, None, now())


def test_every_change_raises_the_version_that_save_asks_for(inside, chen):
    with inside(chen), transaction():
        batch = begun()
        seen = batch.version
        added = service.add_new(batch, ANSWERS, now())
        for change in (service.remove, service.restore):
            before = batch.version
            change(added, now())
            assert batch.version > before
        with pytest.raises(StaleError, match="changed this batch"):
            saving.save(batch, seen, None, now())


def test_a_saved_batch_is_over(inside, chen):
    with inside(chen), transaction():
        batch = begun()
        service.add_new(batch, ANSWERS, now())
        saving.save(batch, batch.version, None, now())
        for change in (
            lambda: service.add_new(batch, ANSWERS, now()),
            lambda: service.discard(batch),
            lambda: service.keep(batch, header(), batch.version, now()),
        ):
            with pytest.raises(ConflictError, match="saved already"):
                change()


def test_somebody_taken_out_comes_back_as_they_were(inside, chen):
    with inside(chen), transaction():
        person = add_person(candidate())
        batch = begun()
        added = service.add_known(batch, person.id, now())
        service.answer(added, {"employee_position": "Fitter"}, added.version, now())
        service.remove(added, now())
        assert queries.count(batch) == 0
        assert service.add_known(batch, person.id, now()) is added
        assert added.answers == {"employee_position": "Fitter"}
        with pytest.raises(ConflictError, match="in this batch already"):
            service.add_known(batch, person.id, now())


def test_another_organisations_batch_and_people_do_not_exist(inside, chen, portal):
    with inside(viewer_of(portal, "rival@demo.example")), transaction():
        foreign = add_person(candidate()).id
    with inside(chen), transaction():
        batch = begun()
        with pytest.raises(NotFoundError):
            service.add_known(batch, foreign, now())
        batch_id = batch.id
    with inside(viewer_of(portal, "rival@demo.example")):
        assert queries.find(batch_id) is None
        assert queries.not_saved() == []


def test_a_batch_is_thrown_away_with_everybody_in_it(inside, chen):
    with inside(chen), transaction():
        batch = begun()
        service.add_new(batch, ANSWERS, now())
        service.discard(batch)
    with inside(chen):
        assert drafts() == []
        assert candidates() == []
