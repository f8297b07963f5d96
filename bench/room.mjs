// The peer of `fanout`: Node's own socket.io server, which tells everybody what one of them says. `node room.mjs PORT`
import { createServer } from "node:http";
import { createRequire } from "node:module";

const { Server } = createRequire(new URL("../widgets/package.json", import.meta.url))("socket.io");
const http = createServer();
const room = new Server(http, { serveClient: false, httpCompression: false, perMessageDeflate: false }).of("/agent");
const at = "2026-04-01T10:00:00.123456Z";
const change = { seq: 1, at, kind: "message.received", by: "customer:1", ticket: 1, data: { message: 1, seq: 1 } };

room.on("connection", (socket) => socket.on("say", () => room.emit("changes", [change])));
http.listen(Number(process.argv[2]), "127.0.0.1", 4096);
process.on("SIGTERM", () => process.exit(0));
