"""What a change of an order needs beside the order: which items, which options, how it is paid, where it goes."""
