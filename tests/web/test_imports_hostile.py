"""Hostile files through the page: each gets its own sentence, none a failed job or a 500."""

import io

import pytest
from sqlalchemy import select

from app.domain.imports.models import ImportFile
from app.domain.kernel.tables import Job
from app.extensions import db
from app.jobs.worker import drain
from app.sheets.reading import SeveralSheetsError
from tests.support.hostile import HOSTILE
from tests.support.reading import spaced
from tests.support.registering import hidden

HOME = "/uploads/"
SMALL = [name for name in HOSTILE if name not in ("50 MB", "5,000,000 nested tags")]
"""Those that a request may carry and that are quickly made."""


@pytest.mark.function("A85")
def test_every_hostile_file_is_refused_on_the_page_in_its_own_words(portal, priya, inside):
    brought = []
    for name in SMALL:
        make, _refusal = HOSTILE[name]
        home = priya.get(HOME).text
        answer = priya.post(
            "/uploads/bring",
            data={
                "csrf_token": hidden(home, "csrf_token"),
                "once": hidden(home, "once"),
                "target": "applications",
                "files": (io.BytesIO(make()), "rows.xlsx"),
            },
            content_type="multipart/form-data",
        )
        assert answer.status_code in (302, 303, 409), (name, answer.status_code)
        if answer.status_code != 409:  # refused at once, such as a file of no bytes
            brought.append(name)
    with portal.app_context():
        drain()
    with inside():
        files = db.session.scalars(select(ImportFile).order_by(ImportFile.id)).all()
        failed = db.session.scalars(select(Job.error).where(Job.error.is_not(None))).all()
        assert failed == []
        told = {file.words for file in files}
        for name, file in zip(brought, files, strict=True):
            asks = HOSTILE[name][1] is SeveralSheetsError
            assert file.state == ("asking" if asks else "refused"), name
            assert len(file.words) > 40, name
        assert len(told) >= 12
        newest = files[-1].import_id
    page = spaced(priya.get(f"/uploads/{newest}/work").text)
    assert files[-1].words[:60] in page
