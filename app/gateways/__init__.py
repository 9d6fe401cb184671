"""Card payment: one interface, and the adapters of the gateways behind it."""
