"""Writers of files as the programs of centres leave them; each takes the grid of an entry."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import xlwt

from app.sheets.reading.places import name_of
from tests.support.corpus.cells import Failed, Formula, Given, Merged, Shown
from tests.support.hostile import MAIN, RELATIONS, opendocument

DAY_CODE = "dd/mm/yyyy"
Grid = Sequence[Sequence[Given]]


def by_openpyxl(grid: Grid, *, hidden: str = "", sheets: Sequence[str] = ("Sheet1",)) -> bytes:
    """An xlsx as another program's library leaves it; the same rows in each of ``sheets``."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in sheets:
        sheet = book.create_sheet(name)
        for row, cells in enumerate(grid, 1):
            for column, given in enumerate(cells, 1):
                _put(sheet, row, column, given)
        for letter in hidden:
            sheet.column_dimensions[letter].hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(sheet, row, column, given):
    if isinstance(given, Merged):
        sheet.merge_cells(
            start_row=row, start_column=column,
            end_row=row + given.down - 1, end_column=column + given.across - 1,
        )  # fmt: skip
        given = given.value
    if given is None:
        return
    code = DAY_CODE if isinstance(given, date) else None
    if isinstance(given, Shown):
        given, code = given.value, given.code
    if isinstance(given, Formula):
        assert not given.calculated, "openpyxl writes no results"
        given = f"={given.text}"
    cell = sheet.cell(row, column, given.shown if isinstance(given, Failed) else given)
    if isinstance(given, Failed):
        cell.data_type = "e"
    if code:
        cell.number_format = code


def by_excel(grid: Grid, *, since_1904: bool = False) -> bytes:
    """An xlsx written by hand as Excel writes it, with results of formulas."""
    codes = list(dict.fromkeys(_code(given) for row in grid for given in row))
    merges, rows = [], []
    for row, cells in enumerate(grid):
        written = []
        for column, given in enumerate(cells):
            place = name_of(row, column)
            if isinstance(given, Merged):
                last = name_of(row + given.down - 1, column + given.across - 1)
                merges.append(f'<mergeCell ref="{place}:{last}"/>')
                given = given.value
            style = codes.index(_code(given)) + 1
            written.append(_xml_cell(given, f'<c r="{place}" s="{style}"', since_1904))
        rows.append(f'<row r="{row + 1}">{"".join(written)}</row>')
    block = f'<mergeCells count="{len(merges)}">{"".join(merges)}</mergeCells>' if merges else ""
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(rows)}</sheetData>{block}</worksheet>'
    return _excel_package(sheet, _styles(codes), '<workbookPr date1904="1"/>' if since_1904 else "")


def _code(given: Given) -> str:
    if isinstance(given, Shown):
        return given.code
    return DAY_CODE if isinstance(given, date) else "General"


def _styles(codes: Sequence[str]) -> str:
    formats = "".join(
        f'<numFmt numFmtId="{164 + at}" formatCode={quoteattr(code)}/>'
        for at, code in enumerate(codes)
    )
    rest = 'fontId="0" fillId="0" borderId="0"'
    styles = "".join(
        f'<xf numFmtId="{164 + at}" {rest} xfId="0" applyNumberFormat="1"/>'
        for at in range(len(codes))
    )
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="{len(codes)}">{formats}</numFmts>'
        '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
        f'<borders count="1"><border/></borders><cellStyleXfs count="1"><xf {rest}/></cellStyleXfs>'
        f'<cellXfs count="{len(codes) + 1}"><xf numFmtId="0" {rest} xfId="0"/>{styles}</cellXfs>'
        "</styleSheet>"
    )


def _xml_cell(given: Given, start: str, since_1904: bool) -> str:
    if isinstance(given, Shown):
        given = given.value
    if given is None:
        return f"{start}/>"
    if isinstance(given, Failed):
        formula = f"<f>{escape(given.text)}</f>" if given.text else ""
        return f'{start} t="e">{formula}<v>{given.shown}</v></c>'
    if isinstance(given, Formula):
        return _xml_formula(given, start)
    if isinstance(given, bool):
        return f'{start} t="b"><v>{int(given)}</v></c>'
    if isinstance(given, date):
        given = _serial(given) - (1462 if since_1904 else 0)
    if isinstance(given, int | float):
        return f"{start}><v>{given!r}</v></c>"
    return f'{start} t="inlineStr"><is><t xml:space="preserve">{escape(given)}</t></is></c>'


def _xml_formula(given: Formula, start: str) -> str:
    formula = f"<f>{escape(given.text)}</f>"
    if not given.calculated:
        return f"{start}>{formula}</c>"
    if isinstance(given.result, int | float):
        return f"{start}>{formula}<v>{given.result}</v></c>"
    return f'{start} t="str">{formula}<v>{escape(given.result or "")}</v></c>'


def _serial(day: date) -> int | float:
    start = datetime(1899, 12, 30)  # noqa: DTZ001  # a spreadsheet's days have no zone
    if isinstance(day, datetime):
        return (day - start).total_seconds() / 86_400
    return (day - start.date()).days


_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>'
)


def _excel_package(sheet: str, styles: str, properties: str) -> bytes:
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{properties}<sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": _relations(
            ("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")
        ),
        "xl/styles.xml": styles,
        "xl/worksheets/sheet1.xml": sheet,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            package.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>\n' + part)
    return out.getvalue()


def _relations(*targets: tuple[str, str]) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">' + "".join(
        f'<Relationship Id="rId{at}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets, 1)
    ) + "</Relationships>"  # fmt: skip


def by_old_excel(grid: Grid, *, since_1904: bool = False) -> bytes:
    """An xls of Excel 97."""
    book = xlwt.Workbook()
    book.dates_1904 = since_1904
    sheet = book.add_sheet("Sheet1")
    for row, cells in enumerate(grid):
        for column, given in enumerate(cells):
            if given is not None:
                _put_old(sheet, row, column, given)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_ERRORS = {"#REF!": 0x17, "#VALUE!": 0x0F, "#N/A": 0x2A}


def _put_old(sheet, row, column, given):
    style = xlwt.easyxf(num_format_str=_code(given))
    if isinstance(given, Merged):
        last = row + given.down - 1, column + given.across - 1
        sheet.write_merge(row, last[0], column, last[1], given.value, style)
    elif isinstance(given, Failed):
        sheet.row(row).set_cell_error(column, _ERRORS[given.shown], style)
    elif isinstance(given, Formula):
        assert not given.calculated, "xlwt writes no results"
        sheet.write(row, column, xlwt.Formula(given.text), style)
    else:
        sheet.write(row, column, given.value if isinstance(given, Shown) else given, style)


_MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
    'manifest:version="1.2"><manifest:file-entry manifest:full-path="/" '
    'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/><manifest:file-entry '
    'manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
_NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "style")
)


def by_calc(grid: Grid, *, times: int = 1) -> bytes:
    """An ods; equal neighbours among the rows are one that is repeated, as LibreOffice does.

    ``times`` repeats the last row so often.
    """
    rows, at = [], 0
    while at < len(grid):
        same = 1
        while at + same < len(grid) and grid[at + same] == grid[at]:
            same += 1
        at += same
        cells = "".join(_ods_cell(given) for given in grid[at - 1])
        rows.append(_ods_row(same * times if at == len(grid) else same, cells, 1000))
    rows.append(_ods_row(1_000_000, "", 1024))
    return opendocument(
        f'<office:document-content {_NAMESPACES} office:version="1.2"><office:body>'
        "<office:spreadsheet>"
        f'<table:table table:name="Sheet1">{"".join(rows)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>",
        _MANIFEST,
    )


def _ods_row(times: int, cells: str, empty: int) -> str:
    return (
        f'<table:table-row table:number-rows-repeated="{times}">{cells}'
        f'<table:table-cell table:number-columns-repeated="{empty}"/></table:table-row>'
    )


def _ods_cell(given: Given) -> str:
    if given is None:
        return "<table:table-cell/>"
    if isinstance(given, Failed):
        return (f'<table:table-cell table:formula={quoteattr("of:=" + (given.text or "NA()"))} '
                f'office:value-type="string" office:string-value=""><text:p>{given.shown}</text:p>'
                "</table:table-cell>")  # fmt: skip
    if isinstance(given, Formula):
        attribute = f"table:formula={quoteattr('of:=' + given.text)}"
        if not given.calculated:
            return f"<table:table-cell {attribute}/>"
        return _ods_value(given.result, "General", attribute)
    if isinstance(given, Merged):
        spans = (f'table:number-rows-spanned="{given.down}" '
                 f'table:number-columns-spanned="{given.across}"')  # fmt: skip
        return _ods_value(given.value, "General", spans)
    shown = given.value if isinstance(given, Shown) else given
    return _ods_value(shown, _code(given), "")


def _ods_value(given: Given, code: str, more: str) -> str:
    if isinstance(given, bool):
        kind, text = f'boolean" office:boolean-value="{str(given).lower()}', str(given).upper()
    elif isinstance(given, date):
        kind, text = f'date" office:date-value="{given.isoformat()}', f"{given:%d/%m/%Y}"
    elif isinstance(given, int | float):
        zeros = len(code) if not code.strip("0") else 0
        kind, text = f'float" office:value="{given!r}', f"{given:0{zeros}}"
    else:
        kind, text = "string", escape(given or "")
    blanks = '<text:s text:c="{}"/>'
    lead = len(text) - len(text.lstrip(" "))
    text = (blanks.format(lead) if lead else "") + text[lead:]
    value = f'office:value-type="{kind}"'
    return f"<table:table-cell {more} {value}><text:p>{text}</text:p></table:table-cell>"


def by_hand(
    grid: Grid, *, encoding: str = "utf-8", separator: str = ",", end: str = "\r\n", mark: str = ""
) -> bytes:
    """A CSV; ``mark`` is what stands before its first line."""
    out = io.StringIO()
    out.write(mark)
    writer = csv.writer(out, delimiter=separator, lineterminator=end)
    writer.writerows([["" if given is None else given for given in row] for row in grid])
    return out.getvalue().encode(encoding)


WRITERS = {"xlsx": by_openpyxl, "xls": by_old_excel, "ods": by_calc, "csv": by_hand}
