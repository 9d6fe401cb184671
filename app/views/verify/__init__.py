"""Verify: the public pages on which anyone checks a document. They know nobody who asks."""

NAME = "verify"
"""The blueprint of these pages."""
