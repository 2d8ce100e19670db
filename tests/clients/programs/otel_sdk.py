"""Sends the lines of a file with OpenTelemetry's SDK, as a program logs with it."""

import sys
from pathlib import Path

from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

url, log = sys.argv[1:]
provider = LoggerProvider(resource=Resource({"service.name": "vllm", "host.name": "gpu-07"}))
exporter = OTLPLogExporter(endpoint=f"{url}/v1/logs", compression=Compression.Gzip)
provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
logger = provider.get_logger("vllm")
for line in Path(log).read_text().splitlines():
    logger.emit(body=line, severity_number=SeverityNumber.INFO)
provider.shutdown()
