"""Organisations, their levels, and who works in the portal for them."""
