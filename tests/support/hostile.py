"""Files that want to hurt whoever reads them, or are simply not what they say; made in memory."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import openpyxl
import xlwt

from app.sheets.reading import refusals

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ROWS = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>'


def package(
    sheet: bytes | str, *, before: str = "", extra: dict[str, bytes] | None = None
) -> bytes:
    """Return an xlsx whose one sheet is written by hand."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
            '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
            "</Relationships>",
        )
        if isinstance(sheet, str):
            sheet = f'{before}<worksheet xmlns="{MAIN}">{sheet}</worksheet>'.encode()
        book.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, content in (extra or {}).items():
            book.writestr(name, content)
    return out.getvalue()


def workbook(*sheets: list[list[object]]) -> bytes:
    """Return an xlsx with these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"Sheet{number}")
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def far_cell(place: str) -> bytes:
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    far = f'<row r="{row}"><c r="{place}"><v>9</v></c></row>'
    return package(f"<sheetData>{ROWS}{far}</sheetData>")


def zeros() -> bytes:
    """One part of 700 MB of blanks in less than 1 MB, named in the directory as it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        with book.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(100):
                part.write(b" " * 2**20)
    return out.getvalue()


def lying_zeros() -> bytes:
    """The same bomb, whose directory declares 1,000 bytes."""
    engine = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed = b"".join(engine.compress(b" " * 2**20) for _ in range(100)) + engine.flush()
    whole = bytearray(package(b"x" * 1000))
    at = whole.rfind(b"xl/worksheets/sheet1.xml", 0, whole.find(b"PK\x01\x02"))
    header = at - 30
    length = struct.unpack_from("<L", whole, header + 18)[0]
    start = at + len("xl/worksheets/sheet1.xml")
    grown = len(packed) - length
    whole[start : start + length] = packed
    entry = whole.find(b"PK\x01\x02", start + len(packed))
    while entry >= 0:
        if whole[entry + 46 :].startswith(b"xl/worksheets/sheet1.xml"):
            struct.pack_into("<L", whole, entry + 20, len(packed))
        entry = whole.find(b"PK\x01\x02", entry + 4)
    end = whole.rfind(b"PK\x05\x06")
    offset = struct.unpack_from("<L", whole, end + 16)[0]
    struct.pack_into("<L", whole, end + 16, offset + grown)
    return bytes(whole)


def nested() -> bytes:
    """Five million tags, one inside the other."""
    depth = 5_000_000
    body = (
        b"<worksheet><sheetData>" + b"<c>" * depth + b"</c>" * depth + b"</sheetData></worksheet>"
    )
    out = io.BytesIO(package(body))
    return out.getvalue()


def document_type() -> bytes:
    return package(f"<sheetData>{ROWS}</sheetData>", before='<!DOCTYPE x [<!ENTITY a "b">]>')


def external_entity() -> bytes:
    steal = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    strings = f'{steal}<sst xmlns="{MAIN}"><si><t>&a;</t></si></sst>'.encode()
    return package(f"<sheetData>{ROWS}</sheetData>", extra={"xl/sharedStrings.xml": strings})


def ole(*names: str) -> bytes:
    """Return an OLE file with these (empty) streams, as encrypted workbooks and documents are."""
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIII", header, 44, 1, 1, 0, 4096)
    struct.pack_into("<III", header, 60, 0xFFFFFFFE, 0, 0xFFFFFFFE)
    struct.pack_into("<110I", header, 72, 0, 0, *([0xFFFFFFFF] * 108))
    table = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *([0xFFFFFFFF] * 126))
    directory = b""
    for name in ("Root Entry", *names)[:4]:
        raw = name.encode("utf-16-le") + b"\0\0"
        entry = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), 5 if not directory else 2, 1)
        directory += entry.ljust(128, b"\0")
    return bytes(header) + table + directory.ljust(512, b"\0")


def circle() -> bytes:
    """An xls of 2 kB whose workbook is 4 GB long, because its chain of sectors is a circle."""
    whole = bytearray(ole("Workbook") + b"\x09\x08\x10\x00\x00\x06\x05\x00".ljust(512, b"\0"))
    table, directory = 512, 1024
    struct.pack_into("<I", whole, table + 4 * 2, 2)
    struct.pack_into("<II", whole, directory + 128 + 116, 2, 0xFFFFFFF0)
    return bytes(whole)


def locked_xls() -> bytes:
    """An xls with the record that says it is encrypted, right after its beginning."""
    book = xlwt.Workbook()
    book.add_sheet("S").write(0, 0, "x")
    out = io.BytesIO()
    book.save(out)
    whole = bytearray(out.getvalue())
    first = 512
    length = struct.unpack_from("<H", whole, first + 2)[0]
    struct.pack_into("<H", whole, first + 4 + length, 0x2F)
    return bytes(whole)


def repeated_rows() -> bytes:
    """An ods whose one filled-in row is repeated a million times."""
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
        '<office:spreadsheet><table:table table:name="S">'
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell '
        'office:value-type="string" table:number-columns-repeated="1000"><text:p>x</text:p>'
        "</table:table-cell></table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    return opendocument(content)


def opendocument(content: str, manifest: str = "<manifest/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        kind = "application/vnd.oasis.opendocument.spreadsheet"
        book.writestr("mimetype", kind, zipfile.ZIP_STORED)
        book.writestr("content.xml", content)
        book.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def many_parts() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for number in range(3_000):
            book.writestr(f"xl/{number}.xml", "")
    return out.getvalue()


HTML = b"<html><body><table><tr><td>Surname</td></tr></table></body></html>"
HEADS: list[object] = ["Surname", "First name"]
PERSON: list[object] = ["O'Neill", "Aoife"]

HOSTILE: dict[str, tuple[Callable[[], bytes], type[refusals.FileRefusedError]]] = {
    "empty": (lambda: b"", refusals.EmptyFileError),
    "no rows": (lambda: workbook([]), refusals.NoRowsError),
    "blank csv": (lambda: b"\r\n,,,\r\n", refusals.NoRowsError),
    "header only": (lambda: workbook([HEADS]), refusals.HeaderOnlyError),
    "header only, csv": (lambda: b"Surname,First name\r\n", refusals.HeaderOnlyError),
    "two sheets": (
        lambda: workbook([HEADS, PERSON], [HEADS, PERSON]), refusals.SeveralSheetsError,
    ),
    "50 MB": (lambda: bytes(50 * 2**20 + 1), refusals.FileTooBigError),
    "exe named xlsx": (lambda: b"MZ\x90\0" + bytes(2000), refusals.NotASpreadsheetError),
    "PDF named xlsx": (lambda: b"%PDF-1.7\n", refusals.NotASpreadsheetError),
    "zeros named csv": (lambda: bytes(2000), refusals.NotASpreadsheetError),
    "HTML table named xls": (lambda: HTML, refusals.WebPageError),
    "XML of Excel 2003": (
        lambda: b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>',
        refusals.OldXmlError,
    ),
    "any other zip": (
        lambda: opendocument("").replace(b"spreadsheet", b"spreadsheex"),
        refusals.NotASpreadsheetError,
    ),
    "xlsb": (lambda: package("", extra={"xl/workbook.bin": b""}), refusals.BinaryWorkbookError),
    "cell XFD1048576": (lambda: far_cell("XFD1048576"), refusals.TooManyCellsError),
    "cell T1048576": (lambda: far_cell("T1048576"), refusals.TooManyCellsError),
    "ods repeats rows": (repeated_rows, refusals.TooManyCellsError),
    "zip bomb": (zeros, refusals.TooMuchInsideError),
    "lying zip bomb": (lying_zeros, refusals.TooMuchInsideError),
    "many parts": (many_parts, refusals.TooMuchInsideError),
    "DTD": (document_type, refusals.ForbiddenMarkupError),
    "external entity": (external_entity, refusals.ForbiddenMarkupError),
    "encrypted xlsx": (lambda: ole("EncryptedPackage"), refusals.PasswordProtectedError),
    "encrypted xls": (locked_xls, refusals.PasswordProtectedError),
    "encrypted ods": (
        lambda: opendocument("x", "<manifest><encryption-data/></manifest>"),
        refusals.PasswordProtectedError,
    ),
    "xls whose sectors run in a circle": (circle, refusals.DamagedFileError),
    "Word document named xls": (lambda: ole("WordDocument"), refusals.NotASpreadsheetError),
    "half a file": (lambda: workbook([HEADS, PERSON])[:3000], refusals.DamagedFileError),
    "quote never closed": (
        lambda: b'Surname,First name\n"' + b"O'Neill,Aoife\n" * 20_000, refusals.UnclosedQuoteError,
    ),
    "5,000,000 nested tags": (nested, refusals.TooMuchInsideError),
}  # fmt: skip
"""What each file is, how it is made, and the refusal it gets."""
