"""Documents as the portal itself draws them are ours, and what is drawn over them is seen."""

import io
from typing import Any

import pytest

from app.documents import samples
from app.documents.certificates import RECORD_TYPES, STARTING_TEMPLATES, render_document
from app.documents.examining import SealFinding, compare, examine, printed_fields
from app.documents.press import Press
from tests.support import papers


@pytest.fixture(scope="module")
def issued():
    """Return each kind of document as it is issued, with its data."""
    made: dict[str, tuple[dict[str, Any], bytes]] = {}
    with Press() as press:
        for kind in RECORD_TYPES:
            content = samples.content_of(kind)
            pdf = render_document(
                press,
                STARTING_TEMPLATES[kind],
                content,
                address=samples.ADDRESS,
                credential=b'{"type": ["VerifiableCredential"]}',
            )
            made[kind] = content, papers.sealed(pdf, papers.key())
    return made


def examined(pdf):
    return examine(io.BytesIO(pdf), pinned={"2024": papers.key().certificate.encode()})


@pytest.mark.function("D55", "D57")
@pytest.mark.parametrize("kind", RECORD_TYPES)
def test_each_kind_of_document_is_ours_and_differs_in_nothing(issued, kind):
    content, pdf = issued[kind]
    seen = examined(pdf)
    assert seen.seal.finding is SealFinding.OURS_INTACT
    assert seen.codes == (samples.ADDRESS,)
    assert seen.attached == content
    assert not [line for line in seen.lines if line.hidden]
    printed = printed_fields(content, seen)
    assert {"person.full_name", "award.title", "reference", "issued_on"} <= printed
    assert compare(content, seen) == compare(content, seen, printed=printed) == []


@pytest.mark.parametrize("kind", RECORD_TYPES)
def test_another_name_over_that_of_the_holder_is_told(issued, kind):
    content, pdf = issued[kind]
    name = content["person"]["full_name"]
    genuine = examined(pdf)
    commands = b""
    for line in genuine.lines:
        if name in line.text:
            left, bottom, right, top = line.box
            commands += b"q 1 1 1 rg %d %d %d %d re f Q " % (
                left - 2, bottom - 2, right - left + 4, top - bottom + 4,
            )  # fmt: skip
            commands += b"q BT /Own 9 Tf %d %d Td (Mallory Brown) Tj ET Q " % (left, bottom + 1)
    seen = examined(papers.overlaid(pdf, commands))
    assert seen.seal.finding is SealFinding.OURS_ALTERED_AFTER
    assert name not in seen.words
    told = compare(content, seen, printed=printed_fields(content, genuine))
    assert told[0].field == "person.full_name"
    # One line of the transcript also holds the reference, which is covered together with the name.
    assert {one.found for one in told} == {"Mallory Brown"}
    assert {one.field for one in told} <= {"person.full_name", "reference"}
