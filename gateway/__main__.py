"""`python -m gateway` serves until it is told to stop."""

from __future__ import annotations

import logging
import sys

from aiohttp import web

from common.errors import StartError
from common.log_setup import set_up_logging
from gateway.app import create_app
from gateway.settings import read_settings

SHUTDOWN_S = 5.0


def main() -> int:
    """Serve. Returns 1 with one line on stderr if the start fails."""
    set_up_logging()
    try:
        settings = read_settings()
        app = create_app(settings)
        web.run_app(
            app,
            host=settings.gateway_host,
            port=settings.gateway_port,
            access_log=None,  # addresses of shoppers are personal data; the metrics count, the log of record remembers
            shutdown_timeout=SHUTDOWN_S,
            print=lambda _line: logging.getLogger("gateway").info(
                "The gateway listens on http://%s:%d", settings.gateway_host, settings.gateway_port
            ),
        )
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"The gateway cannot listen on {settings.gateway_host}:{settings.gateway_port}: {error.strerror}. "
            "PROMOBOT_GATEWAY_PORT names another port.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
