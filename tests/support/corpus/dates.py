"""What spreadsheet programs and people do to dates."""

from datetime import date, datetime

from tests.support.corpus.cells import Shown, asks, error, value
from tests.support.corpus.making import damaged
from tests.support.corpus.writers import by_excel

MARCH = date(2005, 3, 27)
MIDNIGHT = datetime.combine(MARCH, datetime.min.time())
REAL = {
    "birth_date": [(MARCH, value(MARCH)),
                   (date(2006, 4, 5), value(date(2006, 4, 5))),
                   (Shown(date(2004, 2, 29), "mm-dd-yy"), value(date(2004, 2, 29)))],
    "start_date": [
        (Shown(date(2025, 9, 22), "d mmmm yyyy"), value(date(2025, 9, 22)))
    ],
}  # fmt: skip
SERIALS = {
    "birth_date": [(38438, asks("serial_number")), (36525, asks("serial_number"))],
    "start_date": [(45916, asks("serial_number"))],
}

ENTRIES = [
    damaged("real dates", "xlsx", REAL),
    damaged("real dates as Excel writes them", "xlsx", REAL, writer=by_excel),
    damaged("real dates of old Excel", "xls", REAL),
    damaged("real dates of LibreOffice", "ods", REAL),
    damaged("days counted from 1904", "xlsx", REAL, writer=by_excel, since_1904=True),
    damaged("days counted from 1904 by old Excel", "xls", REAL, since_1904=True),
    damaged("text dates, day first", "csv", {
        "birth_date": [("27/03/2005", value(MARCH)), ("27.3.2005", value(MARCH)),
                       ("27-03-2005", value(MARCH)), ("05/04/2006", value(date(2006, 4, 5)))],
    }),
    damaged("text dates, month first", "csv", {
        "birth_date": [("03/27/2005", asks("day_month")), ("12/31/1999", asks("day_month")),
                       ("05/04/2006", asks("day_month"))],
    }),
    damaged("text dates that may be either", "csv", {
        "birth_date": [("03/04/2005", asks("day_month")), ("05/04/2006", asks("day_month"))],
    }),
    damaged("dates of which an American Excel has turned half", "xlsx", {
        "birth_date": [("27/03/2005", value(MARCH)), (date(2006, 5, 4), asks("day_month")),
                       ("31/12/1999", value(date(1999, 12, 31))),
                       (date(2005, 12, 11), asks("day_month"))],
    }),
    damaged("two-digit years", "csv", {
        "birth_date": [("27/03/05", asks("two_digit_year")), ("31/12/99", asks("two_digit_year")),
                       ("27-Mar-05", asks("two_digit_year"))],
    }),
    damaged("ISO dates", "csv", {
        "birth_date": [("2005-03-27", value(MARCH)), ("2005-03-27 00:00:00", value(MARCH)),
                       ("2005-03-27T00:00:00Z", value(MARCH)), ("2005-27-03", error("no month"))],
    }),
    damaged("serial numbers as text", "csv", {
        "birth_date": [("38438", asks("serial_number")), ("36525", asks("serial_number"))],
    }),
    damaged("dates without their format", "xlsx", SERIALS),
    damaged("dates without their format, old Excel", "xls", SERIALS),
    damaged("dates without their format, LibreOffice", "ods", SERIALS),
    damaged("dates in words", "xlsx", {
        "birth_date": [("27th March 2005", value(MARCH)), ("27 Mar 2005", value(MARCH)),
                       ("27 MARCH 2005", value(MARCH)), ("March 2005", error("not a date")),
                       ("27 Brumaire 2005", error("no month"))],
        "start_date": [("1st Sept 2025", value(date(2025, 9, 1)))],
    }),
    damaged("days that never were", "csv", {
        "birth_date": [("31/02/2005", error("does not exist")),
                       ("29/02/2005", error("29 February")), ("32/01/2005", error("no day 32")),
                       ("27/03/0205", error("four digits")),
                       ("27/03/2035", error("future")), ("TBC", error("not a date")),
                       ("n/a", error("not a date")), ("27/03", error("not a date")),
                       (None, error("Enter the date of birth"))],
    }),
    damaged("a time beside the date", "xlsx", {
        "birth_date": [(MIDNIGHT, value(MARCH)),
                       ("27/03/2005 00:00", value(MARCH, "wording"))],
    }),
]  # fmt: skip
