"""Run a command of promobot on a demo shop's databases and models.

    python -m tools.demo admin create ada              the first admin of Trail & Tarn's console
    python -m tools.demo --shop larder promotions list

A variable that is set already wins, as it does in `make demo`.
"""

from __future__ import annotations

import argparse
import os
import sys

from tools.demo_shops import DEMO_SHOPS, add_shop_option
from tools.once import ROOT
from tools.stack import StackError, read_secrets


def main() -> int:
    """Hand the process over to promobot; 1 with one line where setup has not run."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.demo",
        description="Run a command of promobot on a demo shop's databases and models.",
        epilog="example: python -m tools.demo admin create ada",
    )
    add_shop_option(parser)
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND ...", help="as after `promobot`")
    arguments = parser.parse_args()
    if not arguments.words:
        parser.error("a command of promobot is needed, such as: admin create ada")
    shop = DEMO_SHOPS[arguments.shop]
    try:
        defaults = {**read_secrets(), **shop.settings(), **shop.databases(shop.folder)}
    except StackError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    os.environ.update({name: value for name, value in defaults.items() if name not in os.environ})
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "promo_engine.cli", *arguments.words])


if __name__ == "__main__":
    raise SystemExit(main())
