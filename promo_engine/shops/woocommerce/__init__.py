"""WooCommerce: its product export, the bodies of its webhooks."""
