"""`python -m bertsum_tf` is `bertsum`."""

import sys

from bertsum_tf.cli import main

if __name__ == "__main__":
    sys.exit(main())
