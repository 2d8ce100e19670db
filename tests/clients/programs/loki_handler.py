"""Sends the lines of a file with python-logging-loki, one request for each."""

import logging
import sys
from pathlib import Path

from logging_loki import LokiHandler

url, log = sys.argv[1:]
logger = logging.getLogger("vllm")
logger.setLevel(logging.INFO)
logger.addHandler(LokiHandler(url=f"{url}/loki/api/v1/push", tags={"job": "vllm"}, version="1"))
for line in Path(log).read_text().splitlines():
    logger.info("%s", line)
