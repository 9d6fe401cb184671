"""Web forms, drawn from the subjects that the domain declares."""
