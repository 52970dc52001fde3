"""``python -m litesmith``."""

from __future__ import annotations

import sys

from litesmith.cli import main

sys.exit(main())
