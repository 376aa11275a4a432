"""`python -m promo_engine.cli`: the `promobot` command."""

import sys

from promo_engine.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
