/** In charge of requests to the JSON API: one shape of failure, keys against doubles, and uploads that tell how far
 *  they are. */
import { t } from "../../shared/words";
import type { Attachment } from "./messages";

const ROOT = "/api/v1";

/** A refusal in the server's words (problem+json, RFC 9457), or no answer at all (`status` 0). */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    words: string,
    readonly fields: Record<string, string> = {},
    readonly current: unknown = undefined,
    readonly after = 0,
  ) {
    super(words);
  }

  get offline(): boolean {
    return this.status === 0;
  }
}

type Query = Record<string, string | number | boolean | null | undefined>;

export function query(values: Query): string {
  const made = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") made.set(name, String(value));
  }
  const text = made.toString();
  return text && `?${text}`;
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function refusal(status: number, body: unknown, after: string | null): Refusal {
  const problem = object(body);
  const words = [problem["detail"], problem["title"]].find((text) => typeof text === "string" && text !== "");
  const fields = object(problem["fields"] ?? problem["errors"]);
  const said: Record<string, string> = {};
  for (const [name, text] of Object.entries(fields)) said[name] = String(text);
  return new Refusal(
    status,
    typeof words === "string" ? words : t("The server answered {status}.", { status }),
    said,
    problem["current"],
    Number(after ?? 0),
  );
}

interface Ask {
  method?: string;
  body?: unknown;
  /** A body that is no JSON, under its own type. */
  bytes?: Blob;
  key?: string;
  signal?: AbortSignal;
  keepalive?: boolean;
}

/** One request. Raises `Refusal`. Every POST carries a key, so that asking twice does once. */
async function ask<Answer>(path: string, { method = "GET", body, bytes, key, signal, keepalive }: Ask = {}): Promise<Answer> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (bytes) headers["Content-Type"] = bytes.type || "application/octet-stream";
  if (method === "POST") headers["Idempotency-Key"] = key ?? crypto.randomUUID();
  let response: Response;
  try {
    response = await fetch(ROOT + path, {
      method,
      headers,
      credentials: "same-origin",
      ...(bytes ? { body: bytes } : body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
      ...(keepalive ? { keepalive } : {}),
    });
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === "AbortError") throw failure;
    throw new Refusal(0, t("No connection to the server."));
  }
  if (response.status === 401) signedOut();
  const text = response.status === 204 ? "" : await response.text();
  let answer: unknown = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    if (response.ok) throw new Refusal(response.status, t("The server's answer could not be read."));
  }
  if (!response.ok) throw refusal(response.status, answer, response.headers.get("Retry-After"));
  return answer as Answer;
}

export const get = <Answer>(path: string, signal?: AbortSignal) => ask<Answer>(path, signal ? { signal } : {});
export const post = <Answer>(path: string, body: unknown = {}, key?: string) =>
  ask<Answer>(path, { method: "POST", body, ...(key ? { key } : {}) });
export const patch = <Answer>(path: string, body: unknown) => ask<Answer>(path, { method: "PATCH", body });
export const put = <Answer>(path: string, body: unknown = {}, keepalive = false) =>
  ask<Answer>(path, { method: "PUT", body, keepalive });
export const putBytes = <Answer>(path: string, bytes: Blob) => ask<Answer>(path, { method: "PUT", bytes });
export const remove = <Answer>(path: string) => ask<Answer>(path, { method: "DELETE" });

/** The session is over: sign in again, and come back here. */
function signedOut(): void {
  const back = location.pathname + location.hash;
  location.assign(`/sign-in?next=${encodeURIComponent(back)}`);
}

export interface Upload {
  done: Promise<Attachment>;
  stop(): void;
}

/** Send a file's bytes; `progress` hears a share from 0 to 1. Only XMLHttpRequest tells how far an upload is. */
export function upload(file: File, progress: (share: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<Attachment>((resolve, reject) => {
    request.open("POST", `${ROOT}/files${query({ filename: file.name })}`);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Idempotency-Key", crypto.randomUUID());
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = () => reject(new Refusal(0, t("No connection to the server.")));
    request.onabort = () => reject(new Refusal(0, t("Stopped.")));
    request.onload = () => {
      let answer: unknown = null;
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        // The status tells enough.
      }
      if (request.status >= 200 && request.status < 300) resolve(answer as Attachment);
      else reject(refusal(request.status, answer, null));
    };
    request.send(file);
  });
  return { done, stop: () => request.abort() };
}
