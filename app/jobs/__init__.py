"""Background work: the queue that hosts it, the handlers, the sweep."""
