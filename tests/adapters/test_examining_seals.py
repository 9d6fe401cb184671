"""What is told of documents that were sealed by us, changed, copied or forged."""

import io
import random

import pytest

from app.documents.examining import Examination, FileKind, SealFinding, compare, examine
from app.documents.examining.children.seal import finding_of
from app.documents.examining.examiner import fingerprint
from tests.support import hostile_papers, papers

OVER_THE_NAME = b"q 1 1 1 rg 42 344 130 16 re f 0 g BT /Own 11 Tf 43 349 Td (Mallory Brown) Tj ET Q"


def examined(pdf: bytes) -> Examination:
    pinned = {"2024": papers.key().certificate, "2025": papers.key(2).certificate}
    return examine(io.BytesIO(pdf), pinned=pinned)


def of_mallory() -> bytes:
    """Return the certificate of somebody else, unsealed."""
    return papers.drawn({**papers.ISSUED, "person": {"full_name": "Mallory Brown"}})


@pytest.mark.function("D57")
def test_a_document_of_ours_is_ours_and_says_what_was_issued():
    seen = examined(papers.genuine())
    assert seen.kind is FileKind.PDF
    assert seen.seal.finding is SealFinding.OURS_INTACT
    assert (seen.seal.key_id, seen.seal.signer) == ("2024", "Hallmark Awards")
    assert seen.codes == (papers.CODE,)
    assert seen.attached == papers.ISSUED
    assert "Aoife O’Neill-Fitzgerald" in seen.words.splitlines()
    assert not [line for line in seen.lines if line.hidden]
    assert compare(papers.ISSUED, seen) == []


def test_a_retired_key_of_ours_still_counts():
    seen = examined(papers.sealed(papers.drawn(), papers.key(2)))
    assert (seen.seal.finding, seen.seal.key_id) == (SealFinding.OURS_INTACT, "2025")


def test_only_the_digest_tells_the_same_file():
    import hashlib

    issued = papers.genuine()
    digest = hashlib.sha256(issued).hexdigest()
    assert examined(issued).is_same_file(digest.upper())
    assert not examined(papers.flipped(issued, len(issued) // 2)).is_same_file(digest)


def test_one_byte_changed_in_the_body_breaks_the_seal():
    issued = papers.genuine()
    inside = issued.index(b"stream\n") + 200
    seen = examined(papers.flipped(issued, inside))
    assert seen.seal.finding is SealFinding.OURS_BROKEN


def test_one_byte_changed_in_the_room_behind_the_signature_is_told():
    """The signature does not cover it, so that other programs call this file valid."""
    issued = papers.genuine()
    end = papers.place_of_seal(issued)[1]
    seen = examined(papers.flipped(issued, end - 40, ord("1")))
    assert seen.seal.finding is SealFinding.OURS_ALTERED_AFTER
    assert compare(papers.ISSUED, seen) == []


@pytest.mark.parametrize("data", ['{"record_type": "\\ud800"}', "[" * 100_000, "7" * 9_000, "[]"])
def test_attached_data_that_cannot_be_read_is_left_out(data):
    seen = examined(hostile_papers.carrying(papers.drawn(), data.encode(), "a.json"))
    assert seen.attached == papers.ISSUED


def test_codes_and_words_hold_no_control_characters():
    data = {**papers.ISSUED, "qr": "HTTPS://A.EXAMPLE\0\n' OR 1=1"}
    (code,) = examined(papers.drawn(data)).codes
    assert code.isprintable()
    assert code.endswith("' OR 1=1")


@pytest.mark.parametrize("end", [b"\n", b"%%EOF\n", b"\0" * 5000])
def test_anything_behind_the_end_is_told(end):
    assert examined(papers.genuine() + end).seal.finding is SealFinding.OURS_ALTERED_AFTER


def test_a_name_drawn_over_ours_is_told_and_shown():
    """An incremental update leaves all signed bytes alone; only the picture changes."""
    seen = examined(papers.overlaid(papers.genuine(), OVER_THE_NAME))
    assert seen.seal.finding is SealFinding.OURS_ALTERED_AFTER
    assert "Mallory Brown" in seen.words
    assert "Aoife" not in seen.words
    assert seen.attached == papers.ISSUED
    told = compare(papers.ISSUED, seen)
    assert [(one.field, one.found, one.source) for one in told] == [
        ("person.full_name", "Mallory Brown", "page")
    ]


def test_a_stamp_over_the_name_is_seen_like_any_drawing():
    look = b"1 1 1 rg 0 0 130 16 re f 0 g BT /Own 11 Tf 1 4 Td (Mallory Brown) Tj ET"
    seen = examined(papers.stamped(papers.genuine(), (42, 344, 172, 360), look))
    assert seen.seal.finding is SealFinding.OURS_ALTERED_AFTER
    assert [one.found for one in compare(papers.ISSUED, seen)] == ["Mallory Brown"]


def test_a_seal_hidden_by_what_was_added_is_told_all_the_same():
    """The update leaves the seal out of the form, but the file begins with our document."""
    seen = examined(hostile_papers.without_form(papers.genuine()))
    assert seen.seal.finding is SealFinding.OURS_ALTERED_AFTER
    assert seen.seal.key_id == "2024"


def test_a_stripped_seal_is_none():
    for pdf in (papers.drawn(), hostile_papers.rewritten(papers.genuine())):
        seen = examined(pdf)
        assert seen.seal.finding is SealFinding.NONE
        assert compare(papers.ISSUED, seen) == []


def test_a_seal_of_the_same_name_is_foreign():
    impostor = papers.key(1, "Hallmark Awards ")
    named = papers.Key(impostor.private, papers.certified(impostor.private, 1, "Hallmark Awards"))
    seen = examined(papers.sealed(papers.drawn(), named))
    assert seen.seal.finding is SealFinding.FOREIGN
    assert (seen.seal.key_id, seen.seal.signer) == ("", "Hallmark Awards")


def test_our_certificate_on_a_signature_of_another_key_is_broken():
    """Whoever copies the certificate has not got its key."""
    thief = papers.Key(papers.key(3).private, papers.key().certificate)
    seen = examined(papers.sealed(of_mallory(), thief))
    assert seen.seal.finding is SealFinding.OURS_BROKEN


def test_a_signature_of_ours_copied_into_another_document_is_broken():
    issued, other = papers.genuine(), papers.sealed(of_mallory(), papers.key(3))
    start, end = papers.place_of_seal(issued)
    begin, finish = papers.place_of_seal(other)
    seen = examined(other[:begin] + issued[start:end] + other[finish:])
    assert seen.seal.finding is SealFinding.OURS_BROKEN
    assert "person.full_name" in {one.field for one in compare(papers.ISSUED, seen)}


def test_a_document_of_ours_inside_another_lends_it_no_seal():
    issued, other = papers.genuine(), of_mallory()
    wrapped = {
        "before": issued + other,
        "behind": other + issued,
        "shifted": b"%PDF-1.7\n" + issued,
        "attached": hostile_papers.carrying(other, issued),
    }
    found = {name: examined(pdf).seal.finding for name, pdf in wrapped.items()}
    assert SealFinding.OURS_INTACT not in found.values()
    assert found["attached"] is SealFinding.NONE


def test_a_seal_whose_range_names_our_bytes_elsewhere_is_broken():
    """The bytes of our document stand in the file, and the range leads to them and not to it."""
    assert (
        examined(hostile_papers.pointing_at(papers.genuine(), of_mallory())).seal.finding
        is SealFinding.OURS_BROKEN
    )


def test_no_byte_of_what_is_sealed_can_be_changed_unnoticed():
    issued = papers.genuine()
    ours = {fingerprint(papers.key().certificate)}
    start, end = papers.place_of_seal(issued)
    chance = random.Random(7)
    covered = [*range(start), *range(end, len(issued))]
    for place in chance.sample(covered, 120):
        changed = papers.flipped(issued, place)
        found = finding_of(io.BytesIO(changed), ours)
        assert found.get("finding") != SealFinding.OURS_INTACT, place
