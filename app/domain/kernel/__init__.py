"""Small machines that turn declarations into behaviour."""
