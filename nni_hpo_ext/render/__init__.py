"""Format numbers, figures, tables and pages, for all commands.

This package knows nothing about trials or experiments. `render.figures` imports plotly.
"""
