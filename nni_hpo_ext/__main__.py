"""`python -m nni_hpo_ext` is the command `nni-hpo`."""

from __future__ import annotations

from nni_hpo_ext.cli import main

if __name__ == "__main__":
    main()
