"""Pages of our own documents as pictures, drawn by a child that is kept."""

import io
import os
import signal
import threading

import pytest
from PIL import Image

from app.documents.examining import pages_as_pictures, preview, refusals
from tests.support import hostile_papers, papers


def opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture))


def child_of_drawing() -> int:
    child = preview._drawer._child
    assert child is not None
    return child.pid


@pytest.mark.function("D29")
def test_a_document_is_shown_page_by_page():
    seen = pages_as_pictures(papers.genuine(), dpi=72)
    assert seen.pages == 1
    assert [tuple(map(round, size)) for size in seen.sizes] == [(595, 420)]
    picture = opened(seen.pictures[0])
    assert (picture.format, picture.size) == ("WEBP", (596, 420))
    assert picture.convert("L").getextrema()[0] < 60


def test_the_pages_that_are_wanted_come_in_their_order():
    whole = hostile_papers.many_pages(60)
    seen = pages_as_pictures(whole, dpi=18, pages=[3, 1, 99, 0])
    assert (seen.pages, len(seen.sizes), len(seen.pictures)) == (60, 60, 2)
    assert len(pages_as_pictures(whole, dpi=18).pictures) == 40


def test_the_sharpness_is_bounded():
    assert opened(pages_as_pictures(papers.genuine(), dpi=1).pictures[0]).width == 149
    assert opened(pages_as_pictures(papers.genuine(), dpi=9999).pictures[0]).width == 2481


def test_one_child_draws_all_until_it_dies_and_another_takes_its_place():
    pages_as_pictures(papers.genuine(), dpi=36)
    first = child_of_drawing()
    pages_as_pictures(papers.genuine(), dpi=36)
    assert child_of_drawing() == first
    os.kill(first, signal.SIGKILL)
    preview._drawer._child.wait()
    assert pages_as_pictures(papers.genuine(), dpi=36).pages == 1
    assert child_of_drawing() != first


def test_a_file_that_cannot_be_drawn_is_refused_and_the_next_is_drawn():
    for broken in (b"", b"%PDF-1.7 nothing", papers.drawn()[:5000]):
        with pytest.raises(refusals.DamagedFileError):
            pages_as_pictures(broken)
    with pytest.raises(refusals.PageTooLargeError):
        pages_as_pictures(hostile_papers.page(box=b"0 0 28346456 842"))
    with pytest.raises(refusals.TooMuchInsideError):
        pages_as_pictures(hostile_papers.bomb_of_content())
    assert pages_as_pictures(papers.genuine(), dpi=36).pages == 1


def test_a_slow_file_is_stopped(monkeypatch):
    monkeypatch.setattr(preview.limits, "DRAWING_WAIT", 1)
    with pytest.raises(refusals.TooSlowError):
        pages_as_pictures(hostile_papers.slow())
    monkeypatch.undo()
    assert pages_as_pictures(papers.genuine(), dpi=36).pages == 1


def test_many_threads_each_get_their_own_pictures():
    sizes = {}

    def ask(dpi: int) -> None:
        sizes[dpi] = opened(pages_as_pictures(papers.genuine(), dpi=dpi).pictures[0]).width

    asking = [threading.Thread(target=ask, args=(dpi,)) for dpi in (18, 36, 54, 72, 90, 108)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert sizes == {18: 149, 36: 298, 54: 447, 72: 596, 90: 745, 108: 893}


def test_a_forked_process_draws_with_a_child_of_its_own():
    pages_as_pictures(papers.genuine(), dpi=36)
    parents = child_of_drawing()
    heard, told = os.pipe()
    forked = os.fork()
    if not forked:
        try:
            pages_as_pictures(papers.genuine(), dpi=36)
            os.write(told, str(child_of_drawing()).encode())
            preview._drawer.close()
        finally:
            os._exit(0)
    os.close(told)
    assert os.waitpid(forked, 0)[1] == 0
    with os.fdopen(heard, "rb") as pipe:
        assert int(pipe.read()) != parents
    assert pages_as_pictures(papers.genuine(), dpi=36).pages == 1
    assert child_of_drawing() == parents
