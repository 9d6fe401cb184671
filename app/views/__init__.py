"""Pages: each view parses, calls one verb, answers."""
