"""Train one model on an image set: the trial program of `nni-hpo studio`."""

from __future__ import annotations

from nni_hpo_ext.studio.trial import main

if __name__ == "__main__":
    main()
