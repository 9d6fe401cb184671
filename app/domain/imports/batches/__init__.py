"""Batches on screen: candidates gathered for one standard and package, then saved together."""
