"""Words for people, written in English where they arise and translated where they are shown.

Translators' tools find them with the keywords `N_`, `noun`, `say` and `say_many:1,2`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self

Gettext = Callable[..., str]
NGettext = Callable[..., str]
"""They look a template up and fill it with the parts they are given, as those of Flask-Babel do."""


def N_(text: str) -> str:  # noqa: N802  # the name that the tools of gettext look for
    """Mark a text for translation and give it back unchanged."""
    return text


class Sentence(str):
    """A finished English text that remembers the template it came from.

    It behaves as the plain text everywhere, so that it can be stored, compared and raised; only
    `translated()` looks at the template.
    """

    __slots__ = ("number", "params", "plural", "template")

    template: str
    plural: str | None
    number: int
    params: Mapping[str, object]

    @classmethod
    def made(
        cls, template: str, params: Mapping[str, object], *, plural: str | None, number: int
    ) -> Self:
        """Fill the English template and keep what it was made of."""
        chosen = template if plural is None or number == 1 else plural
        sentence = cls(chosen % params if params else chosen)
        sentence.template, sentence.plural = template, plural
        sentence.params, sentence.number = params, number
        return sentence

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Pickle as the plain text: a template is of use only within one request."""
        return str, (str(self),)

    def in_language(self, gettext: Gettext, ngettext: NGettext) -> str:
        """Look the template up in the catalogue and fill it with the same parts."""
        parts = {
            name: translated(part, gettext, ngettext) if isinstance(part, Sentence) else part
            for name, part in self.params.items()
        }
        if self.plural is None:
            return gettext(self.template, **parts)
        return ngettext(self.template, self.plural, self.number, **parts)


class Noun(Sentence):
    """A label used in the middle of a sentence, where its first letter is small."""

    __slots__ = ()

    def in_language(self, gettext: Gettext, ngettext: NGettext) -> str:
        """Translate the label as it stands on the form, then fit it into the sentence."""
        return _lowered(gettext(self.template))


def say(template: str, /, **params: object) -> Sentence:
    """Fill a sentence such as `say("%(found)s has no check digit.", found=text)`."""
    return Sentence.made(template, params, plural=None, number=0)


def say_many(singular: str, plural: str, /, *, n: int, **params: object) -> Sentence:
    """Fill the sentence that fits the number `n`, which both may use as `%(n)s`."""
    return Sentence.made(singular, {"n": n, **params}, plural=plural, number=n)


def noun(label: str) -> Noun:
    """Give a label for use inside a sentence: `Date of birth` becomes `date of birth`."""
    inner = Noun(_lowered(label))
    inner.template, inner.plural, inner.params, inner.number = label, None, {}, 0
    return inner


def translated(text: str, gettext: Gettext, ngettext: NGettext) -> str:
    """Show a text in the reader's language, whether it is a plain one or a `Sentence`."""
    if isinstance(text, Sentence):
        return text.in_language(gettext, ngettext)
    return gettext(text) if text else text


def _lowered(label: str) -> str:
    """Leave abbreviations and names such as `ULN` or `P.O. number` as they are."""
    first = label.split(" ", 1)[0]
    if len(first) > 1 and first[1:].islower():
        return label[0].lower() + label[1:]
    return label
