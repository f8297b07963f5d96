// In charge of being somebody else's client: the official socket.io-client, following docs/realtime.md and nothing else.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [base, modules] = process.argv.slice(2);
const { io } = createRequire(modules + "/")("socket.io-client");

const messages = new Map();
let token, socket;
const tell = (what, more = {}) => process.stdout.write(JSON.stringify({ what, ...more }) + "\n");

function keep(found) {
  for (const message of found) messages.set(message.seq, message);
  tell("shows", { texts: [...messages.values()].filter(({ line }) => !line).sort((a, b) => a.seq - b.seq).map(({ text }) => text) });
}

function connect(transports) {
  socket = io(base + "/widget", { path: "/chat/socket.io", transports, reconnectionDelay: 50, reconnectionDelayMax: 200 });
  socket.on("messages", ({ messages: found }) => keep(found));
  socket.on("connect", () => {
    const since = messages.size ? Math.max(...messages.keys()) : undefined;
    socket.emit("hello", { v: 1, site: "shop", token, since, language: "ja" }, (answer) => {
      if (answer.error) return tell("refused", answer.error);
      token = answer.token;
      keep(answer.messages);
      tell("here", { transport: socket.io.engine.transport.name, ticket: answer.ticket });
      for (const waiting of queue.values()) send(waiting);
    });
  });
  socket.on("disconnect", (reason) => tell("gone", { reason }));
}

const queue = new Map();
function send(message) {
  queue.set(message.id, message);
  if (!socket.connected) return;
  socket.timeout(60000).emit("send", message, (error, answer) => {
    if (error || answer.error) return;
    queue.delete(message.id);
    tell("acked", { id: message.id, ...answer });
  });
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const [verb, ...rest] = JSON.parse(line);
  if (verb === "connect") connect(rest[0]);
  if (verb === "send") send({ id: rest[0], text: rest[1] });
  if (verb === "drop") socket.io.engine.close();
  if (verb === "end") { socket.disconnect(); process.exit(0); }
});
tell("ready");
