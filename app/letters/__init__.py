"""Letters: which there are, how one is written from its context, and how it is delivered."""
