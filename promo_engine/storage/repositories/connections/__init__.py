"""Connected shops in SQL."""
