// Sends the lines of a file with Elasticsearch's own client.
const { readFileSync } = require("node:fs");
const { Client } = require("@elastic/elasticsearch");

const [node, log] = process.argv.slice(2);
const lines = readFileSync(log, "utf8").trimEnd().split("\n");
const datasource = lines.map((message) => ({ "@timestamp": new Date().toISOString(), message }));
const client = new Client({ node, compression: true, maxRetries: 5 });
client.helpers.bulk({ datasource, onDocument: () => ({ create: { _index: "vllm" } }) }).then((done) => {
  process.exit(done.successful === lines.length ? 0 : 1);
});
