"""Measures the portal beside its peers; `python -m bench` runs it."""
