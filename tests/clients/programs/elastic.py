"""Sends the lines of a file with Elasticsearch's own client."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

url, log = sys.argv[1:]
lines = Path(log).read_text().splitlines()
moment = datetime.now(UTC).isoformat
actions = [{"_op_type": "create", "_index": "vllm", "@timestamp": moment(), "message": line} for line in lines]
bulk(Elasticsearch(url, http_compress=True, max_retries=5), actions, chunk_size=50)
