"""Sends the lines of a file with Datadog's API client."""

import sys
from pathlib import Path

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.model.content_encoding import ContentEncoding
from datadog_api_client.v2.model.http_log import HTTPLog
from datadog_api_client.v2.model.http_log_item import HTTPLogItem

url, log = sys.argv[1:]
configuration = Configuration(host=url, enable_retry=True, max_retries=5)
configuration.api_key["apiKeyAuth"] = "none"
configuration.server_index = None
items = [
    HTTPLogItem(ddsource="vllm", service="vllm", hostname="gpu-07", message=line)
    for line in Path(log).read_text().splitlines()
]
with ApiClient(configuration) as client:
    LogsApi(client).submit_log(HTTPLog(items), content_encoding=ContentEncoding.GZIP)
