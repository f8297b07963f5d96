// In charge of calling esbuild for build.py: its options as JSON, and what its command line cannot do.
import { build } from "esbuild";

const { lean, ...options } = JSON.parse(process.argv[2]);

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
};
const leaner = {
  name: "leaner",
  setup({ onLoad }) {
    onLoad({ filter: /engine\.io-client[\\/]build[\\/]esm[\\/](transports[\\/]index|contrib[\\/]parseuri)\.js$/ }, ({ path }) => ({
      contents: LEFT_OUT[path.split(/[\\/]/).slice(-2).join("/")],
    }));
  },
};

const smaller = {
  plugins: [leaner],
  // Private members of the libraries, by their own convention; `_placeholder` is a word of the wire.
  mangleProps: /^_[a-zA-Z]/,
  mangleQuoted: true,
  reserveProps: /^_placeholder$/,
};

try {
  const { metafile } = await build({ ...options, ...(lean ? smaller : {}) });
  process.stdout.write(JSON.stringify(metafile.outputs));
} catch {
  process.exit(1);
}
