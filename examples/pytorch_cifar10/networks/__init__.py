"""The ten networks, defined for images of 32 x 32 pixels."""
