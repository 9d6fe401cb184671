"""People: one row per human being, however many organisations know them."""
