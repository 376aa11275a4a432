"""What runs inside Rasa's process: BERT features and the loopback channel. Imports nothing of the other packages."""
