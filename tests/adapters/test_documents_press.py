"""The press sets what people typed, within limits, and comes back after what breaks it."""

import os
import threading
from datetime import date

import pytest

from app.documents.press import Attachment, Press, PressError, TemplateError

DAY = date(2026, 11, 25)
HEAD = (
    '#set document(title: "Sample")\n#set text(font: "Noto Serif", fallback: false, lang: "en")\n'
)
MAGIC = b"%PDF-1.7"


@pytest.fixture(scope="module")
def press():
    with Press(wait=3) as made:
        yield made


def refusal(press, source, **more):
    with pytest.raises(TemplateError) as refused:
        press.render(HEAD + source, {}, dated=DAY, **more)
    return refused.value


def child_of(press):
    assert press._child is not None
    return press._child.pid


def test_a_template_reads_its_data_and_its_files(press):
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    source = '#json(bytes(sys.inputs.page)).name #image("logo.svg", alt: "Logo")'
    pdf = press.render(HEAD + source, {"name": "Ada"}, dated=DAY, assets={"logo.svg": svg})
    assert pdf.startswith(MAGIC)


def test_files_of_one_document_are_gone_at_the_next(press):
    source = HEAD + '#read("note.txt")'
    assert press.render(source, {}, dated=DAY, assets={"note.txt": b"Hello"}).startswith(MAGIC)
    assert "no others" in str(refusal(press, '#read("note.txt")'))


def test_one_child_sets_many_documents(press):
    press.render(HEAD + "one", {}, dated=DAY)
    first = child_of(press)
    for number in range(5):
        press.render(HEAD + f"template {number % 2}", {"n": number}, dated=DAY)
    assert child_of(press) == first


def test_a_mistake_is_told_in_the_words_of_typst_with_its_line(press):
    error = refusal(press, "Hello\n\n#nothing-known\n")
    assert error.message == "unknown variable: nothing-known"
    assert "template.typ:5:1" in str(error)
    assert "main.typ" not in str(error)


def test_what_a_template_refuses_itself_is_its_message(press):
    assert refusal(press, '#panic("Too long.")').message == "panicked with: Too long."


@pytest.mark.parametrize(
    "source",
    [
        '#import "@preview/cetz:0.1.0": canvas',
        '#let name = "@preview/cetz:0.1.0"\n#import name',
        '#import "@local/mine:0.1.0"',
        '#include "/etc/passwd"',
        '#import "/etc/hosts.typ": x',
        '#read("/etc/passwd")',
        '#read("/proc/self/environ")',
        '#eval("read(\\"/etc/hostname\\")")',
        '#image("/usr/share/pixmaps/debian-logo.png", alt: "x")',
        '#plugin("/x.wasm")',
        '#json("page.json")',
    ],
)
def test_packages_and_files_of_the_machine_do_not_exist(press, source):
    said = str(refusal(press, source))
    assert "a template can read the files of its document, and no others and no packages" in said
    assert "os error" not in said
    assert "searched" not in said


def test_no_way_leads_out_of_the_folder_of_a_document(press):
    assert "escape the project root" in str(refusal(press, '#read("../../etc/passwd")'))
    svg = (
        b"<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink' width='9'"
        b" height='9'><image x:href='/etc/passwd' width='9' height='9'/></svg>"
    )
    source = '#image("logo.svg", alt: "x")'
    assert "passwd" in str(refusal(press, source, assets={"logo.svg": svg}))


def test_the_child_can_open_no_file_and_no_connection(press):
    press.render(HEAD + "x", {}, dated=DAY)
    limits = open(f"/proc/{child_of(press)}/limits").read()  # noqa: SIM115
    found = {line[:25].strip(): line.split()[-3:-1] for line in limits.splitlines()[1:]}
    assert found["Max open files"] == ["3", "3"]
    assert found["Max file size"] == ["0", "0"]
    assert found["Max address space"] == [str(2**30), str(2**30)]
    environment = open(f"/proc/{child_of(press)}/environ").read()  # noqa: SIM115
    assert "SECRET" not in environment
    assert "PATH=" not in environment


@pytest.mark.parametrize(
    "source",
    [
        "#for one in range(100000) { for two in range(100000) { let x = one } }",
        '#{ let s = "a" * 1000; for i in range(60) { s = s + s } }',
        "#for i in range(10000000) [#pagebreak()]",
    ],
    ids=["loop", "memory", "pages"],
)
def test_a_template_without_end_is_stopped_and_the_press_goes_on(press, source):
    press.render(HEAD + "x", {}, dated=DAY)
    before = child_of(press)
    error = refusal(press, source)
    assert "takes too long" in str(error)
    assert press.render(HEAD + "after", {}, dated=DAY).startswith(MAGIC)
    assert child_of(press) != before
    assert not os.path.exists(f"/proc/{before}")


def test_a_call_or_a_plain_loop_without_end_is_told(press):
    said = refusal(press, "#{ let n = 0; while n >= 0 { n = 1 - n } }").message
    assert said == "loop seems to be infinite"
    said = refusal(press, "#let f() = f()\n#f()").message
    assert said == "maximum function call depth exceeded"


def test_a_child_that_died_is_started_again(press):
    press.render(HEAD + "x", {}, dated=DAY)
    os.kill(child_of(press), 9)
    press._child.wait()
    assert press.render(HEAD + "y", {}, dated=DAY).startswith(MAGIC)


def test_many_threads_share_a_press(press):
    made, failed = {}, []

    def work(number):
        try:
            source = HEAD + "#json(bytes(sys.inputs.page)).n"
            made[number] = press.render(source, {"n": f"number {number}"}, dated=DAY)
        except PressError as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not failed
    assert len(set(made.values())) == 8


def test_what_is_attached_is_there_once_and_as_given(press):
    content = Attachment(b'{"a": 1}', "Data")
    with_it = press.render(HEAD + "x", {}, dated=DAY, attachments={"data.json": content})
    assert with_it.startswith(MAGIC)
    assert b"data.json" in with_it
    assert b"data.json" not in press.render(HEAD + "x", {}, dated=DAY)


def test_a_picture_without_a_description_is_refused(press):
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    said = str(refusal(press, '#image("a.svg")', assets={"a.svg": svg}))
    assert "alt" in said


def test_pages_can_be_seen_as_pictures(press):
    pages = press.pictures(HEAD + "one #pagebreak() two", {}, dated=DAY)
    assert [page[:4] for page in pages] == [b"\x89PNG", b"\x89PNG"]
