"""Sample objects in the shape that the generic pages draw."""

from markupsafe import Markup

FRAME = {
    "signed_in": True,
    "user": {
        "name": "Tasha Adeyemi",
        "first": "Tasha",
        "initials": "TA",
        "email": "t.adeyemi@caldervale.example",
    },
    "active": {"id": 4, "name": "Calder Vale Training Ltd", "level": "Company"},
    "organisations": [
        {
            "id": 4,
            "name": "Calder Vale Training Ltd",
            "level": "Company",
            "icon": "building",
            "current": True,
        },
        {
            "id": 5,
            "name": "Halifax Office",
            "level": "Office",
            "icon": "building-store",
            "current": False,
        },
    ],
    "tabs": [
        {"label": "Dashboard", "href": "/", "current": False, "entries": []},
        {
            "label": "Apprenticeships",
            "href": None,
            "current": True,
            "entries": [
                {
                    "label": "Requiring attention",
                    "href": "/registrations",
                    "icon": "flag",
                    "count": 41,
                },
                {"label": "In progress", "href": "/progress", "icon": "progress", "count": None},
            ],
        },
    ],
    "body": {
        "name": "Wrenfield Awards",
        "short": "Wrenfield",
        "jurisdiction": "England and Wales",
        "tel": "01632 960 145",
        "email": "support@wrenfield.example",
        "web": "https://wrenfield.example",
    },
    "version": "1.0.0",
    "switch_url": "/switch",
    "logout_url": "/logout",
    "help_url": None,
    "request_id": "8F2C-41D7",
}


def a_row(key: int, name: str, *, ready: bool = True) -> dict[str, object]:
    return {
        "key": key,
        "name": name,
        "href": f"/registrations/{key}",
        "cells": [
            {"kind": "number", "text": str(key)},
            {"kind": "lead", "text": name, "sub": "Brightwater Electrical Ltd"},
            {"kind": "mark", "ok": ready, "yes": "Photo", "no": "Missing"},
            {"kind": "date", "text": "08/09/2026"},
            {"kind": "money", "text": "£117.00"},
            {"kind": "badge", "tone": "todo", "icon": "flag", "label": "Awaiting finalisation"},
            {
                "kind": "stages",
                "now": "1",
                "next": [{"number": 2, "action_url": "/move/2", "label": "Move to stage 2"}],
            },
            Markup("<em>plain</em>"),
        ],
        "actions": [
            {
                "icon": "pencil",
                "label": "Edit",
                "href": "/edit",
                "method": "get",
                "stop": False,
                "dialog": None,
            },
            {
                "icon": "trash",
                "label": "Delete",
                "href": "/delete",
                "method": "post",
                "stop": True,
                "dialog": "The registration is deleted for good.",
            },
        ],
        "expand": {"url": f"/registrations/{key}/open"},
    }


def a_list(rows: int = 3) -> dict[str, object]:
    names = ["Callum Braithwaite", "Niamh <Gallagher>", "Siân Llewellyn"]
    plain = {"sort": None, "href": None, "right": False, "cls": ""}
    labels = ("Photo", "Start Date", "Fee", "Status", "Stage", "Note")
    return {
        "title": "Registrations requiring attention",
        "text": "Started and waiting to be finalised.",
        "crumbs": [("Dashboard", "/"), ("Requiring attention", None)],
        "actions": [{"label": "New", "href": "/new", "icon": "user-plus", "primary": True}],
        "tabs": [
            {"label": "Requiring attention", "href": "?", "count": "41", "current": True},
            {"label": "All", "href": "?all", "count": None, "current": False},
        ],
        "q": "call",
        "search_hint": "Name or number",
        "hidden": [("sort", "name")],
        "filters": [
            {
                "name": "pathway",
                "label": "Pathway",
                "kind": "select",
                "value": "2",
                "options": [("1", "Fitter"), ("2", "Installer")],
                "error": None,
            },
            {
                "name": "from",
                "label": "Start from",
                "kind": "date",
                "value": "99/99/2026",
                "options": [],
                "error": "99/99/2026 is no date.",
            },
            {
                "name": "photo",
                "label": "Photo",
                "kind": "yesno",
                "value": None,
                "options": [],
                "error": None,
            },
        ],
        "saved": {
            "hidden": [("tab", "ready")],
            "new_href": "/filters/new",
            "menu_url": "/filters/menu",
            "save_url": "/filters/save",
            "remove_url": "/filters/remove",
        },
        "chips": [{"label": "Pathway: Installer", "remove_href": "?without"}],
        "clear_href": "?",
        "views": [{"label": "September intake", "href": "?view=1", "current": False}],
        "columns": [
            {"label": "Reg#", "sort": "none", "href": "?s=n", "right": False, "cls": ""},
            {"label": "Applicant", "sort": "ascending", "href": "?s=a", "right": False, "cls": ""},
            *({"label": label, **plain} for label in labels),
        ],
        "rows": [a_row(34118 + n, names[n % 3], ready=n % 2 == 0) for n in range(rows)],
        "selectable": True,
        "bulk": [
            {
                "label": "FINALISE",
                "icon": "flag",
                "href": "/finalise",
                "name": "move",
                "primary": True,
            }
        ],
        "matching": {"count": 41, "text": "41"},
        "pager": {
            "text": "1 – 25 of 41",
            "start": None,
            "before": None,
            "after": "?after=x",
            "end": "?before=end",
        },
        "empty": {
            "icon": "inbox",
            "title": "No registrations yet",
            "text": "Those you start will stand here.",
            "actions": [{"label": "New", "href": "/new", "icon": "user-plus"}],
        },
        "exports": [{"label": "Excel, 41 rows", "href": "/x", "icon": "file-spreadsheet"}],
        "below": None,
    }


def a_form() -> dict[str, object]:
    def field(name: str, label: str, kind: str, **more: object) -> dict[str, object]:
        return {"id": f"f-{name}", "name": name, "label": label, "kind": kind, **more}

    yes_or_no = [("f", "Full time"), ("p", "Part time")]
    return {
        "title": "New Apprentice Registration",
        "text": "Both get an email.",
        "crumbs": [("Dashboard", "/"), ("New", None)],
        "errors": [{"id": "f-born", "text": "Date of birth must be in the past."}],
        "groups": [
            {
                "legend": "Apprentice",
                "fields": [
                    field(
                        "surname",
                        "Surname",
                        "text",
                        value="O'Neill",
                        required=True,
                        hint="As on ID.",
                    ),
                    field(
                        "born",
                        "Date of birth",
                        "date",
                        value=("14", "06", "2027"),
                        required=True,
                        error="Date of birth must be in the past.",
                    ),
                    field("email", "Email", "email", autocomplete="email", value=None),
                    field("hours", "Hours", "radios", options=yes_or_no, value="p"),
                    field("hs", "Has H&S?", "yesno", value=True, required=True),
                    field("agree", "I agree", "checkbox"),
                    field("note", "Note", "textarea", value="<b>"),
                    field(
                        "title",
                        "Title",
                        "select",
                        options=[(1, "Mr"), (2, "Ms")],
                        value=2,
                        width="10",
                    ),
                    field(
                        "units",
                        "Units",
                        "select",
                        multiple=True,
                        options=[(1, "A"), (2, "B")],
                        value=[2],
                    ),
                    field(
                        "employer", "Employer", "lookup", url="/employers", options=[], value=None
                    ),
                    field(
                        "photo", "Photo", "upload", accept="image/jpeg", preview_url="/img/p.jpg"
                    ),
                    field("token", "", "hidden", value="abc"),
                ],
            }
        ],
        "submit": "SAVE",
        "cancel": "/registrations",
        "hidden": [("version", "3")],
    }


def a_record() -> dict[str, object]:
    state = {"tone": "work", "icon": "progress", "label": "In progress"}
    return {
        "title": "Rhiannon Askew",
        "text": "Registration 29873",
        "badge": state,
        "crumbs": [("Dashboard", "/"), ("29873", None)],
        "actions": [
            {"label": "Edit", "href": "/edit", "icon": "pencil", "method": "get"},
            {
                "label": "Withdraw",
                "href": "/withdraw",
                "icon": "user-off",
                "method": "post",
                "stop": True,
                "confirm": "Rhiannon Askew is withdrawn.",
            },
        ],
        "next_step": {
            "tone": "todo",
            "icon": "hand-stop",
            "title": "An assessment is needed",
            "who": "you",
            "text": "It expires soon.",
        },
        "groups": [{"title": "Facts", "pairs": [("Employer", "Northmoor"), ("Card", None)]}],
        "stages": [
            {"state": "done", "number": 1, "name": "Stage one", "when": "01/09/2024"},
            {"state": "now", "number": 2, "name": "Stage two", "when": None},
        ],
        "timeline": [
            {
                "what": "Finalised",
                "detail": None,
                "who": "Tasha",
                "when": "5 January 2024",
                "iso": "2024-01-05",
                "tone": "ok",
                "icon": "flag",
            }
        ],
        "related": [
            {
                "title": "Cards",
                "rows": [
                    {"href": "/c", "icon": "id", "label": "2298107", "note": None, "state": state}
                ],
                "href": "/cards",
                "more": "All cards",
            }
        ],
    }


def a_confirmation() -> dict[str, object]:
    fix = {"label": "Add photo", "icon": "camera", "href": "/photo"}
    return {
        "title": "Finalise 2 registrations?",
        "text": None,
        "crumbs": [],
        "happens": ["they move to Registrations ready for ordering"],
        "groups": [
            {
                "tone": "ok",
                "title": "1 will be finalised",
                "rows": [{"name": "Callum", "marks": [{"ok": True, "yes": "Photo", "no": "None"}]}],
            },
            {
                "tone": "todo",
                "title": "1 cannot be finalised yet",
                "rows": [{"name": "Leila", "missing": ["Photo: none"], "fix": fix}],
            },
        ],
        "hidden": [("chosen", "34118"), ("token", "abc")],
        "submit": "MARK AS FINALISED",
        "cancel": {"label": "CANCEL", "href": "/registrations"},
    }
