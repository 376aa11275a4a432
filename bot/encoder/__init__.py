"""BERT: the encoder, its cache, its fine-tuning, and the components of Rasa's pipeline that use it."""
