"""Unpacks the data of a page: its figures and trials."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any

import pytest


def page_data(page: str) -> Any:
    """Return the data of a page as plain JSON values; fails on NaN and infinities."""
    packed = re.search(r'<script type="text/plain" id="data">(.*?)</script>', page, re.DOTALL)
    assert packed is not None
    text = gzip.decompress(base64.b85decode(packed[1].strip().replace(",", "<"))).decode()
    return json.loads(text, parse_constant=pytest.fail)
