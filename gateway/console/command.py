"""`promobot admin` under its earlier name."""

from gateway.admin.admin_command import main

if __name__ == "__main__":
    main()
