"""Definitions of the ten networks for images of 32 x 32 pixels."""
