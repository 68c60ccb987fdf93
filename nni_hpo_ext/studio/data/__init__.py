"""Image sets: unpack, inspect, find duplicates, split."""

from __future__ import annotations

from nni_hpo_ext.studio.data._duplicates import NEAR, duplicate_groups, near_pairs
from nni_hpo_ext.studio.data._examples import example_folder, examples
from nni_hpo_ext.studio.data._findings import (
    Description,
    describe,
    leave_out_duplicates,
    use_all,
)
from nni_hpo_ext.studio.data._layout import PARTS, find_images
from nni_hpo_ext.studio.data._pictures import Picture
from nni_hpo_ext.studio.data._set import SET_FILE, ImageSet, read_set, scan
from nni_hpo_ext.studio.data._split import SHARES, grouped_split
from nni_hpo_ext.studio.data._unpack import ArchiveLimits, Unpacked, unpack

__all__ = [
    "NEAR",
    "PARTS",
    "SET_FILE",
    "SHARES",
    "ArchiveLimits",
    "Description",
    "ImageSet",
    "Picture",
    "Unpacked",
    "describe",
    "duplicate_groups",
    "example_folder",
    "examples",
    "find_images",
    "grouped_split",
    "leave_out_duplicates",
    "near_pairs",
    "read_set",
    "scan",
    "unpack",
    "use_all",
]
