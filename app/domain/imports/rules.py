"""The life of an import, of a file in it and of a row: what brings them on."""

from enum import StrEnum

from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Move, State, Workflow

OPEN = State("open", N_("Draft"), "todo", "pencil")
FINALISING = State("finalising", N_("Being finalised"), "work", "loader")
DONE = State("done", N_("Finalised"), "ok", "circle-check")
DISCARDED = State("discarded", N_("Discarded"), "off", "trash")

IMPORT = Workflow(
    N_("an upload"),
    (OPEN, FINALISING, DONE, DISCARDED),
    (
        Move("finalise", N_("Finalise valid rows"), "flag", (OPEN,), FINALISING,
             Permission.FILL_IN_APPLICATIONS, N_("Finalising began")),
        Move("go_on", N_("Go on with the rest"), "arrow-back-up", (FINALISING,), OPEN, None,
             N_("Valid rows finalised, the rest stays")),
        Move("complete", N_("Complete"), "circle-check", (FINALISING,), DONE, None,
             N_("All rows finalised")),
        Move("reopen", N_("Open again"), "lock-open", (DONE,), OPEN,
             Permission.FILL_IN_APPLICATIONS, N_("Opened for more rows")),
        Move("discard", N_("Discard"), "trash", (OPEN,), DISCARDED,
             Permission.FILL_IN_APPLICATIONS, N_("Discarded")),
        Move("restore", N_("Restore"), "arrow-back-up", (DISCARDED,), OPEN,
             Permission.FILL_IN_APPLICATIONS, N_("Restored")),
    ),
)  # fmt: skip
"""An import is a named draft until its rows are finalised; whoever holds the permission resumes."""

WAITING = State("waiting", N_("Waiting to be read"), "work", "clock")
ASKING = State("asking", N_("Needs an answer"), "todo", "help-circle")
READING = State("reading", N_("Being read"), "work", "loader")
READ = State("read", N_("Read"), "ok", "circle-check")
REFUSED = State("refused", N_("Cannot be read"), "stop", "file-x")
TAKEN_OUT = State("taken_out", N_("Taken out"), "off", "trash")

FILE = Workflow(
    N_("a file"),
    (WAITING, ASKING, READING, READ, REFUSED, TAKEN_OUT),
    (
        Move("ask", N_("Ask"), "help-circle", (WAITING, READING), ASKING, None,
             N_("The portal asked about it")),
        Move("answer", N_("Answer"), "check", (ASKING, READ), WAITING,
             Permission.FILL_IN_APPLICATIONS, N_("Answered")),
        Move("read", N_("Read"), "loader", (WAITING,), READING, None, N_("Reading began")),
        Move("finish", N_("Finish"), "circle-check", (READING,), READ, None, N_("Read")),
        Move("refuse", N_("Refuse"), "file-x", (WAITING, READING), REFUSED, None, N_("Refused")),
        Move("take_out", N_("Take out"), "trash", (WAITING, ASKING, READING, READ, REFUSED),
             TAKEN_OUT, Permission.FILL_IN_APPLICATIONS, N_("Taken out")),
    ),
)  # fmt: skip


class RowState(StrEnum):
    """What stands in the way of a row."""

    ERROR = "error"
    ASKS = "asks"
    VALID = "valid"
    DONE = "done"
    REMOVED = "removed"

    @property
    def shown(self) -> State:
        """Label, tone and icon."""
        return _ROWS[self]


_ROWS = {
    RowState.ERROR: State("error", N_("To be put right"), "stop", "alert-triangle"),
    RowState.ASKS: State("asks", N_("Waits for a choice"), "todo", "help-circle"),
    RowState.VALID: State("valid", N_("Valid"), "ok", "circle-check"),
    RowState.DONE: State("done", N_("Finalised"), "off", "flag"),
    RowState.REMOVED: State("removed", N_("Removed"), "off", "trash"),
}


class Notation(StrEnum):
    """Another way of writing the same value: applied, counted by kind, undone cell by cell."""

    BLANKS = "blanks"
    POINT_ZERO = "point_zero"
    LETTER_CASE = "letter_case"
    TURNED_DATE = "turned_date"
    EXPONENT = "exponent"
    APOSTROPHE = "apostrophe"
    ACCENTS_FORM = "accents_form"
    SEPARATORS = "separators"
    WORDING = "wording"
    O_FOR_ZERO = "o_for_zero"

    @property
    def label(self) -> str:
        """What was done, in words."""
        return _NOTATIONS[self]

    @classmethod
    def of_mark(cls, code: str | None) -> "Notation | None":
        """Return the notation of a mark; drafts of earlier releases may hold others."""
        return cls(code) if code in set(cls) else None


_NOTATIONS = {
    Notation.BLANKS: N_("Blanks around it taken away"),
    Notation.POINT_ZERO: N_("“.0” at the end of a whole number taken away"),
    Notation.LETTER_CASE: N_("Capital and small letters set"),
    Notation.TURNED_DATE: N_("Day and month that the spreadsheet had turned round, turned back"),
    Notation.EXPONENT: N_("A number such as 9.276308686E+09 written out"),
    Notation.APOSTROPHE: N_("The apostrophe that marks a text taken away"),
    Notation.ACCENTS_FORM: N_("Wide or divided characters written as usual"),
    Notation.SEPARATORS: N_("Blanks and hyphens within a number taken away"),
    Notation.WORDING: N_("Another name of the same choice"),
    Notation.O_FOR_ZERO: N_("The letter O read as a nought"),
}


class Guess(StrEnum):
    """What could mean two things: waits for a choice, asked once for each column of a file."""

    DAY_MONTH = "day_month"
    TWO_DIGIT_YEAR = "two_digit_year"
    LOST_ZEROS = "lost_zeros"
    JOINED_NAMES = "joined_names"
    SERIAL_NUMBER = "serial_number"

    @property
    def question(self) -> str:
        """What is asked about the column."""
        return _QUESTIONS[self]

    @property
    def answers(self) -> dict[str, str]:
        """The choices, by their code."""
        return _ANSWERS[self]


_QUESTIONS = {
    Guess.DAY_MONTH: N_("Does the day or the month come first in these dates?"),
    Guess.TWO_DIGIT_YEAR: N_("Which century do years of two digits belong to?"),
    Guess.LOST_ZEROS: N_("These numbers are one digit short. Was there a nought at the beginning?"),
    Guess.JOINED_NAMES: N_("These cells hold a whole name. How is it divided?"),
    Guess.SERIAL_NUMBER: N_("Are these numbers dates that lost their format?"),
}
_ANSWERS = {
    Guess.DAY_MONTH: {"day": N_("The day: 03/04/2005 is 3 April"),
                      "month": N_("The month: 03/04/2005 is 4 March"),
                      "turned": N_("The day, and a spreadsheet has turned some of them round")},
    Guess.TWO_DIGIT_YEAR: {"past": N_("The last hundred years: 05 is 2005, 87 is 1987"),
                           "no": N_("Neither: I will type them")},
    Guess.LOST_ZEROS: {"yes": N_("Yes, put it back"), "no": N_("No, I will type them")},
    Guess.JOINED_NAMES: {"first_last": N_("First names, then the last name"),
                         "last_first": N_("Last name, then first names"),
                         "no": N_("I will type them")},
    Guess.SERIAL_NUMBER: {"yes": N_("Yes, days counted as spreadsheets do"),
                          "no": N_("No, I will type them")},
}  # fmt: skip


class Choice(StrEnum):
    """What somebody decided about a person who may be known already."""

    NONE = ""
    SAME = "same"
    SEPARATE = "separate"
    LINK = "link"
