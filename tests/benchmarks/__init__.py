"""Speed as ratios to bare twins measured in the same run: ``make bench``. No part of ``make test``."""
