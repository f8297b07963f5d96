/** In charge of the host page's side of things: the port is taken once, and from our parent only. */
import { GREETING, type ToHost, type ToPanel } from "../port";

let port: MessagePort | undefined;

/** Say something to the host page. Without a host (the panel opened by itself) nobody hears. */
export function tell(...said: ToHost): void {
  port?.postMessage(said);
}

/** Wait for the host page's greeting, then hear its commands. Who may be our parent is `frame-ancestors`' affair. */
export function listen(hear: (said: ToPanel) => void): void {
  addEventListener("message", (event) => {
    if (event.source !== parent || event.data !== GREETING || port) return;
    port = event.ports[0];
    if (!port) return;
    port.onmessage = ({ data }: MessageEvent<ToPanel>) => hear(data);
    tell("here");
  });
}
