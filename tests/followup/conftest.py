from __future__ import annotations

from followup_files import finished as finished  # a fixture
