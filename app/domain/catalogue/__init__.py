"""What the awarding body offers: schemes, pathways, stages, products and prices."""
