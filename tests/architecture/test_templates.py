"""Templates carry structure only: no style, script or handler of their own, nothing remote."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "app").rglob("templates/**/*.*ml"))
# Mail programs know no style sheets, and read letters away from the portal.
PAGES = [file for file in TEMPLATES if "letters" not in file.parts]
NAMES = [str(file.relative_to(ROOT)) for file in PAGES]
BANNED = {
    "inline style": re.compile(r"<style\b|\sstyle\s*=", re.I),
    "inline script": re.compile(r'<script\b(?![^>]*(\bsrc\s*=|type="application/json"))', re.I),
    "handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.I),
    "htmx that needs eval": re.compile(r"""\bhx-on\b|=\s*["']js:|hx-trigger\s*=\s*"[^"]*\["""),
    "javascript address": re.compile(r"javascript:", re.I),
    "network address": re.compile(r"\b(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", re.I),
}
ENVIRONMENT = Environment(
    autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"]
)


@pytest.mark.parametrize("file", PAGES, ids=NAMES)
def test_template_is_plain(file):
    text = re.sub(r"\{#.*?#\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = [name for name, pattern in BANNED.items() if pattern.search(text)]
    assert not found


@pytest.mark.parametrize("file", TEMPLATES, ids=[str(f.relative_to(ROOT)) for f in TEMPLATES])
def test_template_uses_what_it_imports(file):
    tree = ENVIRONMENT.parse(file.read_text(encoding="utf-8"))
    imported = {found.target for found in tree.find_all(nodes.Import)}
    for found in tree.find_all(nodes.FromImport):
        imported |= {name if isinstance(name, str) else name[1] for name in found.names}
    used = {found.name for found in tree.find_all(nodes.Name) if found.ctx == "load"}
    assert not imported - used
