"""The user model beside its rivals."""
