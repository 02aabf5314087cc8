// Opsgenie's own SDK for Node, unchanged but for its host: an alert's life, and a heartbeat's.
// node opsgenie.js <base URL> <API key> <folder with node_modules>
const { createRequire } = require("module");
const [host, api_key, folder] = process.argv.slice(2);
const opsgenie = createRequire(folder + "/")("opsgenie-sdk");
opsgenie.configure({ api_key, host });

const call = (of, verb, ...args) =>
  new Promise((done, fail) => of[verb](...args, (error, answer) => (error ? fail(error) : done(answer))));
const until = async (look) => {
  for (let tries = 0; tries < 50; tries++) {
    try {
      return await look();
    } catch (_) {
      await new Promise((later) => setTimeout(later, 100));
    }
  }
  return look();
};

(async () => {
  const alert = { identifier: "disk db-1", identifierType: "alias" };
  const created = await call(opsgenie.alertV2, "create", { message: "Disk full", alias: "disk db-1", priority: "P2" });
  const status = await until(() => call(opsgenie.alertV2, "getRequestStatus", created.requestId));
  const found = await call(opsgenie.alertV2, "get", alert);
  await call(opsgenie.alertV2, "acknowledge", alert, { user: "kim", note: "I look" });
  await call(opsgenie.alertV2, "addNote", alert, { user: "kim", note: "nearly done" });
  await call(opsgenie.alertV2, "close", alert, { user: "kim" });
  const beat = await call(opsgenie.heartbeat, "create", { name: "backup", interval: 10, intervalUnit: "minutes", enabled: true });
  const pong = await call(opsgenie.heartbeat, "ping", { identifier: "backup" });
  console.log(JSON.stringify({ status, found, beat, pong }));
})().catch((wrong) => {
  console.error(wrong);
  process.exit(1);
});
