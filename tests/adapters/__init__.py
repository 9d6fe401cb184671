"""Tests of what stands between the portal and the world: files, documents, letters."""
