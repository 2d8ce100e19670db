"""Opens the store in a folder that is not there."""

import os
import sys

for name in sorted(os.listdir(sys.argv[1] + "/kv")):
    print(name)
