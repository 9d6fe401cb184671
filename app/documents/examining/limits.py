"""How much of an uploaded file is examined at most."""

FILE_BYTES = 200 * 2**20
PIECE = 2**20
HEAD = 4096
"""A PDF may begin with some other bytes; programs look for it in the first 1,024."""

MEMORY = 768 * 2**20
"""Bytes of address space of one child."""
CPU_SECONDS = 15
WAIT = 30
"""Seconds that one child may take altogether, when the machine is busy."""
ANSWER_BYTES = 16 * 2**20
"""What a child may say: far more than the bounds inside it let it say."""

DRAWING_WAIT = 20
"""Seconds for the pictures of one document of ours."""
DRAWING_CPU_SECONDS = 3600
"""A kept child that has worked so long ends, and another takes its place."""

AT_ONCE = 2
"""Files that one process of the portal has examined at the same time."""
PATIENCE = 20
"""Seconds that an upload waits for its turn."""
