"""`python -m tui_assist` is `tui-assist`."""

import sys

from tui_assist.cli import main

sys.exit(main())
