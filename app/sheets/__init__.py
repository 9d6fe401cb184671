"""Spreadsheets: what the portal writes for people to open."""
