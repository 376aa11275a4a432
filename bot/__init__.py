"""What runs inside Rasa's process. Imports nothing of the project's other packages.

encoder     sentences into BERT vectors, fine-tuning, the featurizer
intents     which intent a message has
entities    what a message names beside its intent
sentiment   angry, neutral or pleased; an apology to the angry
help        the passage of the help articles that answers a message

The channel, one turn, and the tracker store stand beside them.
"""
