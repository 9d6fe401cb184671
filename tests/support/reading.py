"""Reads pages as people do: the words, without the tags."""

import re


def spaced(html: str) -> str:
    """Return the text of a page with one blank between words."""
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()
    return re.sub(r" (?=[:,.;])", "", text)
