"""``python -m bot`` is ``vmdump``."""

import sys

from bot.cli import main

sys.exit(main())
