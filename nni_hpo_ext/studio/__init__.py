"""From a folder of labelled images to the best model; see `nni-hpo studio`.

`data` reads image sets, `models` builds, scores and packs models, `jobs` runs studies.
"""

from __future__ import annotations

__all__: list[str] = []
