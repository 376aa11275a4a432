"""What a connected shop can be asked over its own interface: orders, changes of them."""
