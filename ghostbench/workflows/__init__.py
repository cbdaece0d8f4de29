"""Whole jobs, as the commands and the notebooks call them."""
