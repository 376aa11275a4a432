"""What every test shares, in both environments."""

from hypothesis import settings

# A busy machine is no failure, and the same examples every time: what fails once fails again.
settings.register_profile("promobot", deadline=None, derandomize=True)
settings.load_profile("promobot")
