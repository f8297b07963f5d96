// In charge of calling esbuild for build.py: its options as JSON, and one thing that its command line cannot do.
import { build } from "esbuild";

const { lean, ...options } = JSON.parse(process.argv[2]);

/** The official Socket.IO client with websocket and long-polling, the two transports that our desk speaks. */
const withoutWebTransport = {
  name: "without-webtransport",
  setup({ onLoad }) {
    onLoad({ filter: /engine\.io-client[\\/]build[\\/]esm[\\/]transports[\\/]index\.js$/ }, () => ({
      contents: `import { XHR } from "./polling-xhr.js"; import { WS } from "./websocket.js";
        export const transports = { websocket: WS, polling: XHR };`,
    }));
  },
};

const smaller = {
  plugins: [withoutWebTransport],
  // Private members of the libraries, by their own convention; `_placeholder` is a word of the wire.
  mangleProps: /^_[a-zA-Z]/,
  reserveProps: /^_placeholder$/,
};

try {
  const { metafile } = await build({ ...options, ...(lean ? smaller : {}) });
  process.stdout.write(JSON.stringify(metafile.outputs));
} catch {
  process.exit(1);
}
