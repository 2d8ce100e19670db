"""Sends the lines of a file with splunk-handler."""

import logging
import sys
from pathlib import Path
from urllib.parse import urlsplit

from splunk_handler import SplunkHandler

url, log = sys.argv[1:]
address = urlsplit(url)
handler = SplunkHandler(
    host=address.hostname,
    port=address.port,
    protocol="http",
    token="none",
    index="main",
    source="vllm",
    flush_interval=0.2,
    retry_backoff=0.2,
)
logger = logging.getLogger("vllm")
logger.setLevel(logging.INFO)
logger.addHandler(handler)
for line in Path(log).read_text().splitlines():
    logger.info("%s", line)
handler.shutdown()
