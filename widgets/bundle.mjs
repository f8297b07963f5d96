// In charge of calling esbuild for build.py: its options as JSON, and what its command line cannot do.
import { build } from "esbuild";

const { lean, mangled, ...options } = JSON.parse(process.argv[2]);

/** Parts of the official Socket.IO client that browsers of today, and our desk, have no use for. */
const LEFT_OUT = {
  // WebTransport, which our desk does not speak: websocket and long-polling remain.
  "transports/index.js": `import { XHR } from "./polling-xhr.js"; import { WS } from "./websocket.js";
    export const transports = { websocket: WS, polling: XHR };`,
  // "We could also have used the built-in URL object, but it isn't supported on all platforms", says the original.
  "contrib/parseuri.js": `export function parse(text) {
    const { protocol, hostname, port, pathname, search } = new URL(text, location.href);
    return { protocol: protocol.slice(0, -1), host: hostname.replace(/[[\\]]/g, ""), port, path: pathname, query: search.slice(1) };
  }`,
  // Binary packets: the chat's words are JSON, and its files go by plain HTTP.
  "esm/encodePacket.browser.js": `import { PACKET_TYPES } from "./commons.js";
    export const encodePacket = ({ type, data }, _, done) => done(PACKET_TYPES[type] + (data || ""));
    export const encodePacketToBinary = () => undefined;`,
  "esm/decodePacket.browser.js": `import { ERROR_PACKET, PACKET_TYPES_REVERSE } from "./commons.js";
    export const decodePacket = (packet) => {
      const type = PACKET_TYPES_REVERSE[packet[0]];
      return type ? { type, data: packet.slice(1) || undefined } : ERROR_PACKET;
    };`,
  "esm/binary.js": `export const deconstructPacket = (packet) => ({ packet, buffers: [] });
    export const reconstructPacket = (packet) => packet;`,
  "esm/is-binary.js": `export const isBinary = () => false; export const hasBinary = isBinary;`,
};
const leaner = {
  name: "leaner",
  setup({ onLoad }) {
    onLoad({ filter: /(engine|socket)\.io-\w+[\\/]build[\\/]esm[\\/](transports[\\/]index|contrib[\\/]parseuri|(en|de)codePacket\.browser|(is-)?binary)\.js$/ }, ({ path }) => ({
      contents: LEFT_OUT[path.split(/[\\/]/).slice(-2).join("/")],
    }));
  },
};

const smaller = {
  // Private members of the libraries, by their own convention; `_placeholder` is a word of the wire.
  mangleProps: /^_[a-zA-Z]/,
  mangleQuoted: true,
  reserveProps: /^_placeholder$/,
};

try {
  const { metafile } = await build({ ...options, ...(lean ? { plugins: [leaner] } : {}), ...(mangled ? smaller : {}) });
  process.stdout.write(JSON.stringify(metafile.outputs));
} catch {
  process.exit(1);
}
