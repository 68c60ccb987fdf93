"""Integration of dragonfly-opt. Importing this package does not import dragonfly-opt."""
