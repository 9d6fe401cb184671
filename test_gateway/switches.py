"""What a test can make go wrong: messages twice, late, swapped or lost, and no answers."""

import threading
from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True)
class Faults:
    """The faults that are switched on; by default there are none."""

    duplicate: bool = False  # send each message twice
    reorder: bool = False  # hold a message until the next has overtaken it
    drop: bool = False  # lose messages
    delay: float = 0.0  # seconds before a message is sent
    create: str = "ok"  # ok · hang · hang_after (made, but no answer) · fail (500)
    read: str = "ok"  # ok · hang · fail

    def __post_init__(self) -> None:
        for name, allowed in (
            ("create", ("ok", "hang", "hang_after", "fail")),
            ("read", ("ok", "hang", "fail")),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} is one of {', '.join(allowed)}.")
        for field in fields(self):
            value = getattr(self, field.name)
            wanted = (int, float) if field.type is float else field.type
            if not isinstance(value, wanted):  # type: ignore[arg-type]
                raise ValueError(f"{field.name} is a {field.type.__name__}.")  # type: ignore[union-attr]


class Switches:
    """The faults in force, for all threads of the gateway."""

    longest_hang = 60.0

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults = Faults()
        self._released = threading.Event()

    @property
    def faults(self) -> Faults:
        """Return the faults in force."""
        return self._faults

    def set(self, values: dict[str, Any]) -> Faults:
        """Replace the faults by those named; whoever hangs is let go."""
        unknown = set(values) - {field.name for field in fields(Faults)}
        if unknown:
            raise ValueError(f"There is no switch {', '.join(sorted(unknown))}.")
        faults = replace(Faults(), **values)
        with self._lock:
            self._faults = faults
            self._released.set()
            self._released = threading.Event()
        return faults

    def hang(self) -> None:
        """Keep the caller waiting until the switches are set again."""
        self._released.wait(self.longest_hang)
