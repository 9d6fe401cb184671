"""A test client that looks at every page it is given."""

import re
from collections import Counter
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.watch import Watch

TABLE_PARTS = {"tr": "tbody", "td": "tr", "th": "tr", "tbody": "table", "thead": "table"}


def page_faults(html: str) -> list[str]:
    """Return what is wrong with a page, or with a fragment that htmx puts into one."""
    whole = "<html" in html[:2000].lower()
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    if whole:
        root = parser.parse(html)
    else:
        first = re.search(r"<([a-z0-9]+)", html)
        container = TABLE_PARTS.get(first[1] if first else "", "div")
        root = parser.parseFragment(html, container=container)
    faults = [
        f"invalid HTML, line {line}: {code} {details or ''}"
        for (line, _column), code, details in parser.errors
    ]
    faults += _form_faults(root) + _id_faults(root) + _picture_faults(root)
    return faults + (_whole_page_faults(root) if whole else [])


def _whole_page_faults(root: Element) -> list[str]:
    faults = []
    titles = [(found.text or "").strip() for found in root.findall("./head/title")]
    if len(titles) != 1 or not titles[0]:
        faults.append(f"the page needs one title, not {titles}")
    headings = sum(1 for _ in root.iter("h1"))
    if headings != 1:
        faults.append(f"the page needs one h1, not {headings}")
    if not root.get("lang"):
        faults.append("the page does not say its language")
    return faults


def _id_faults(root: Element) -> list[str]:
    ids = Counter(found.get("id") for found in root.iter() if found.get("id") is not None)
    return [f'{times} elements have the id "{name}"' for name, times in ids.items() if times > 1]


def _picture_faults(root: Element) -> list[str]:
    return [f"no alt: {found.get('src')}" for found in root.iter("img") if found.get("alt") is None]


WITHOUT_TOKEN = "/verify/"
"""Forms of the public pages lead there: no cookie reaches them, so none is sent in a name."""


def _form_faults(root: Element) -> list[str]:
    faults = []
    for form in root.iter("form"):
        if (form.get("method") or "get").lower() != "post":
            continue
        if (form.get("action") or "").startswith(WITHOUT_TOKEN):
            continue
        token = [found for found in form.iter("input") if found.get("name") == "csrf_token"]
        if not token or not token[0].get("value"):
            faults.append(f"the form to {form.get('action')!r} has no CSRF token")
    return faults


class CheckedClient(FlaskClient):
    """Fails a test when a page is faulty, a GET saves, or changes are left unsaved."""

    watch: Watch

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        faults = self.watch.take()
        if response.mimetype == "text/html" and response.status_code not in range(300, 400):
            faults += page_faults(response.get_data(as_text=True))
        assert not faults, f"{response.request.path}:\n" + "\n".join(faults)
        return response

    def csrf_token(self, path: str) -> str:
        """Return the token of the first form on the page at ``path``."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path).text)
        assert found, f"{path} shows no form"
        return found[1]
