// Sends the lines of a file with OpenTelemetry's SDK.
const { readFileSync } = require("node:fs");
const { LoggerProvider, BatchLogRecordProcessor } = require("@opentelemetry/sdk-logs");
const { OTLPLogExporter } = require("@opentelemetry/exporter-logs-otlp-http");

const [url, log] = process.argv.slice(2);
const exporter = new OTLPLogExporter({ url: `${url}/v1/logs`, compression: "gzip" });
const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
const logger = provider.getLogger("vllm");
for (const body of readFileSync(log, "utf8").trimEnd().split("\n")) {
  logger.emit({ body, severityNumber: 9, severityText: "INFO" });
}
provider.shutdown();
