"""How results are shown: numbers, figures, tables and pages, for every command alike.

Nothing here knows of trials or experiments. `render.figures` and `render.curves` import plotly.
"""
