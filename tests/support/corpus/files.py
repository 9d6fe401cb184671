"""What programs do to whole files of text."""

from tests.support.corpus.cells import Around, value
from tests.support.corpus.making import damaged

NAMES = {
    "surname": [("O'Brien", value("O'Brien")), ("Müller", value("Müller")), ("Ng", value("Ng"))],
    "first_names": [("Siân", value("Siân")), ("Zoë", value("Zoë"))],
}
QUOTED = {
    "surname": [("Ng, senior", value("Ng, senior")), ("O'Brien", value("O'Brien"))],
    "first_names": [("Anne\nMarie", value("Anne Marie", "blanks"))],
}
POLISH = {
    "surname": [("Dąbrowska", value("Dąbrowska")), ("محمد", value("محمد")), ("吴", value("吴"))]
}

ENTRIES = [
    damaged("a CSV of Windows with semicolons", "csv", NAMES, encoding="cp1252", separator=";",
            told="Windows-1252"),
    damaged("a CSV in UTF-16 with tabs", "csv", POLISH, encoding="utf-16", separator="\t",
            told="tabs"),
    damaged("a CSV in UTF-16 without a mark", "csv", NAMES, encoding="utf-16-le", separator=",",
            told="UTF-16"),
    damaged("a CSV with a mark and quotes", "csv", QUOTED, encoding="utf-8-sig", told="UTF-8"),
    damaged("a CSV with vertical bars", "csv", POLISH, separator="|", told="vertical bars"),
    damaged("a CSV that names its separator", "csv", NAMES, separator=";", mark="sep=;\r\n",
            told="semicolons"),
    damaged("a CSV with the line ends of an old Macintosh", "csv", NAMES, end="\r"),
    damaged("a CSV whose rows end before its headings", "csv", {
        "surname": [("Ng", value("Ng"))], "start_date": [(None, value(None))]},
        around=Around(extra=[("Notes", []), ("", [])])),
]  # fmt: skip
