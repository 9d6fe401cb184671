"""The demo world: seeded, invented, and built by calling the services as users would."""
