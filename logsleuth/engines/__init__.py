"""Reads units on other machines. In: the units of a listing. Out: their parts, in the order of the units."""
