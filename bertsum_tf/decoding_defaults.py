"""How summaries are written unless somebody says otherwise.

Nothing is imported here, so that `--help` can tell.
"""

from __future__ import annotations

# The paper, section 4.2: beams of 5. PreSumm's README gives alpha 0.95; the paper tunes it between
# 0.6 and 1 on validation data.
BEAM_SIZE = 5
LENGTH_PENALTY = 0.95

# PreSumm's README, for CNN/DailyMail.
MIN_TOKENS = 50
MAX_TOKENS = 200

# Documents whose summaries are written together.
DOCUMENTS_AT_ONCE = 16
