"""What a request may weigh and hold, asked before anything else reads it."""

from itertools import chain

from flask import abort, current_app, request

FILES = "multipart/form-data"


def limit_fields() -> None:
    """Let only forms with files be large: Werkzeug limits the size of fields in those alone."""
    if request.mimetype != FILES:
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]


def refuse_nul() -> None:
    """Refuse text with a NUL in it, which PostgreSQL cannot keep or compare: nobody types it."""
    for values in (request.args, request.form):
        if any("\0" in text for text in (*values.keys(), *chain(*values.listvalues()))):
            abort(400)
