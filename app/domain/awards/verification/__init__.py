"""Verification: what anyone may learn of a document, from its number, its code or its file."""
