"""Runs the test gateway: `python -m test_gateway [--switches]`."""

import argparse
import logging
import os
import signal
from types import FrameType

from test_gateway.server import create_app, make_server, stop
from test_gateway.settings import read_port, read_settings, refuse_production

log = logging.getLogger("test_gateway")


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m test_gateway", description=__doc__)
    parser.add_argument(
        "--switches", action="store_true", help="let tests make the gateway misbehave"
    )
    options = parser.parse_args()
    refuse_production()
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    settings = read_settings(allow_switches=options.switches)
    signal.signal(signal.SIGTERM, _stop)
    app = create_app(settings)
    host = os.environ.get("GATEWAY_HOST", "127.0.0.1")
    server = make_server(app, host=host, port=read_port(settings.url))
    log.info("ready at %s; no money moves", settings.url)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        log.info("stopped")
    finally:
        server.server_close()
        stop(app)


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
