"""Awards, the documents that prove them, and what happens to those: issued, notified, verified."""
