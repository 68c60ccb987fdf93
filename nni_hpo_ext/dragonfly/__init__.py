"""Everything that touches dragonfly-opt; importing this package alone does not import it."""
