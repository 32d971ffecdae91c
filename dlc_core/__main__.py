"""`python -m dlc_core` is the command `dlc`."""

import sys

from dlc_core.cli import main

sys.exit(main())
