"""Combinations of objects, such as three jets of a top: all of each row, and the best of them by boosted trees."""
