"""Changes to imports: files and rows brought, put right, decided about, finalised."""

from app.domain.imports.service.choosing import allow_repeats, choose_person, unchoose
from app.domain.imports.service.drafts import discard, new_draft, open_draft, rename, restore
from app.domain.imports.service.files import (
    answer_repeat,
    bring_file,
    choose_sheet,
    confirm_heads,
    proposal,
    take_out,
)
from app.domain.imports.service.finalising import finalise, quote
from app.domain.imports.service.pictured import follow_photos, match_photos
from app.domain.imports.service.rows import (
    add_row,
    decide,
    edit_row,
    fix_all,
    redo_notation,
    remove_rows,
    undecide,
    undo,
    undo_notation,
    undo_notation_of,
    verify,
)

__all__ = [
    "add_row",
    "allow_repeats",
    "answer_repeat",
    "bring_file",
    "choose_person",
    "choose_sheet",
    "confirm_heads",
    "decide",
    "discard",
    "edit_row",
    "finalise",
    "fix_all",
    "follow_photos",
    "match_photos",
    "new_draft",
    "open_draft",
    "proposal",
    "quote",
    "redo_notation",
    "remove_rows",
    "rename",
    "restore",
    "take_out",
    "unchoose",
    "undecide",
    "undo",
    "undo_notation",
    "undo_notation_of",
    "verify",
]
