// Sends the lines of a file with splunk-logging.
const { readFileSync } = require("node:fs");
const { Logger } = require("splunk-logging");

const [url, log] = process.argv.slice(2);
const logger = new Logger({ token: "none", url, maxRetries: 5, maxBatchCount: 0, batchInterval: 0 });
for (const message of readFileSync(log, "utf8").trimEnd().split("\n")) {
  logger.send({ message, metadata: { source: "vllm", host: "gpu-07" } });
}
logger.flush((error) => process.exit(error ? 1 : 0));
