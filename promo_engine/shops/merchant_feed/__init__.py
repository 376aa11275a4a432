"""The Google Merchant feed, which nearly every shop system can write."""
