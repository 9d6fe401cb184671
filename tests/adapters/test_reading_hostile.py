"""Each hostile file is refused in its own words, in bounded time and memory."""

import io
import resource

import pytest

from app.sheets.reading import FileRefusedError, open_archive, read_sheet, refusals
from tests.support.hostile import HEADS, HOSTILE, PERSON, workbook


@pytest.mark.parametrize("name", HOSTILE)
def test_each_is_refused_in_its_own_words(name):
    make, expected = HOSTILE[name]
    file = io.BytesIO(make())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FileRefusedError) as refused:
        read_sheet(file)
    assert type(refused.value) is expected
    assert len(refused.value.text) > 40
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000, "kB, the parent"
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 900_000, "kB, the child"


def test_no_two_refusals_say_the_same():
    said = [kind.words for kind in refusals.FileRefusedError.__subclasses__() if kind.words]
    own = [words for words in said if words != refusals.FileRefusedError.words]
    assert len(set(own)) == len(own)


def test_the_caller_chooses_among_sheets():
    file = io.BytesIO(workbook([HEADS, PERSON], [HEADS, ["Nguyen", "Anh"]]))
    with pytest.raises(refusals.SeveralSheetsError) as refused:
        read_sheet(file)
    assert refused.value.sheets == ("Sheet1", "Sheet2")
    chosen = read_sheet(file, "Sheet2")
    assert chosen.rows[1] == ("Nguyen", "Anh")
    assert chosen.others == ("Sheet1",)
    with pytest.raises(refusals.NoSuchSheetError, match="Sheet3"):
        read_sheet(file, "Sheet3")


def test_names_in_a_zip_are_never_paths():
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        zipped.writestr("../../etc/passwd", b"1")
        zipped.writestr("C:\\photos\\AB123456C.jpg", b"2")
        zipped.writestr("__MACOSX/._AB123456C.jpg", b"3")
        zipped.writestr("folder/", b"")
        zipped.writestr("folder/.hidden", b"4")
    assert list(open_archive(out)) == [("passwd", b"1"), ("AB123456C.jpg", b"2")]


@pytest.mark.parametrize("name", ["zip bomb", "lying zip bomb", "many parts", "half a file"])
def test_a_hostile_zip_is_refused(name):
    with pytest.raises(refusals.ArchiveRefusedError):
        for _ in open_archive(io.BytesIO(HOSTILE[name][0]())):
            pass
