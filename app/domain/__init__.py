"""What the awarding body does: eight areas, each using only those before it."""
