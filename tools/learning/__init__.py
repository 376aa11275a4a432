"""Trains the bot with what was accepted in the console, and checks the new model beside the one that serves."""
