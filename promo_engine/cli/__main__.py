"""`python -m promo_engine.cli`: the `promobot` command."""

from promo_engine.cli.main import main

if __name__ == "__main__":
    main()
