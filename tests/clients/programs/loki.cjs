// Sends the lines of a file with winston and its transport for Loki: snappy and protobuf.
const { readFileSync } = require("node:fs");
const winston = require("winston");
const LokiTransport = require("winston-loki");

const [host, log] = process.argv.slice(2);
const transport = new LokiTransport({
  host,
  json: false,
  labels: { job: "vllm" },
  batching: true,
  interval: 1,
  format: winston.format.printf((info) => info.message),
});
const logger = winston.createLogger({ transports: [transport] });
for (const message of readFileSync(log, "utf8").trimEnd().split("\n")) {
  logger.info({ message });
}
// after a failure it waits a minute, unless it is closed: that sends what is left
setTimeout(() => transport.close(() => process.exit(0)), 3000);
