"""Fill a spreadsheet by LibreOffice's own engine; run by the Python that has its bridge (uno).

Standard input is JSON: the address of the running office, the book, the cells to type into and
formulas to try, by sheet, and the files to write. Standard output is JSON: what was found.
"""

import json
import os
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

FILTERS = {"xlsx": "Calc MS Excel 2007 XML", "ods": "calc8", "xls": "MS Excel 97"}


def option(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def desktop_at(address):
    """Connect, as soon as the office listens."""
    context = uno.getComponentContext()
    resolver = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", context
    )
    for _ in range(300):
        try:
            remote = resolver.resolve(f"uno:{address};urp;StarOffice.ComponentContext")
            break
        except NoConnectException:
            time.sleep(0.1)
    return remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)


def validation_of(cell):
    rule = cell.Validation
    return [rule.Type.value, rule.getFormula1()]


def main():
    asked = json.load(sys.stdin)
    desktop = desktop_at(asked["address"])
    book = desktop.loadComponentFromURL(asked["book"], "_blank", 0, (option("Hidden", True),))
    sheet = book.Sheets.getByName(asked["sheet"])
    for place, text in asked["typed"].items():
        sheet.getCellRangeByName(place).FormulaLocal = text
    tried = {}
    scratch = sheet.getCellRangeByName(asked["scratch"])
    for name, formula in asked["tried"].items():
        scratch.Formula = formula
        tried[name] = scratch.String
    scratch.String = ""
    found = {
        "tried": tried,
        "validations": {
            place: validation_of(sheet.getCellRangeByName(place)) for place in asked["validated"]
        },
        "locked": {
            place: sheet.getCellRangeByName(place).CellProtection.IsLocked
            for place in asked["validated"]
        },
        "protected": sheet.isProtected(),
    }
    for kind, file in asked["files"].items():
        book.storeToURL(file, (option("FilterName", FILTERS[kind]),))
    book.close(True)
    json.dump(found, sys.stdout)
    sys.stdout.flush()
    desktop.terminate()


main()
os._exit(0)  # the bridge may crash while Python takes itself apart
