// The service: requests, the pauses between attempts, and what went wrong.

const PAUSES = 3;
const LONGEST_PAUSE = 60; // seconds; a longer wait is shown
const PATIENCE = 90_000; // milliseconds for one attempt

const KINDS = { 401: "key", 403: "key", 429: "busy", 502: "unready", 503: "unready", 504: "unready" };
const PASSING = new Set(["busy", "unready"]);

/** Why a request has no answer: kind is a phrase, detail what the service says of it. */
export class ApiError extends Error {
  constructor(kind, detail = "", field = "") {
    super(kind);
    Object.assign(this, { kind, detail, field });
  }
}

/**
 * Send JSON and return the JSON of the answer. A service that is busy or not ready is asked again,
 * after the pause that it wishes.
 *
 * @param {string} path relative to the API, such as "predict"
 * @param {object} body
 * @param {{key?: string, signal?: AbortSignal, onPause?: (kind: string, seconds: number) => void}} options
 * @throws {ApiError} also where the signal stopped it
 */
export async function post(path, body, { key, signal, onPause = () => {} } = {}) {
  const headers = { "Content-Type": "application/json", ...(key && { "x-functions-key": key }) };
  const request = { method: "POST", headers, body: JSON.stringify(body) };
  for (let attempt = 0; ; attempt++) {
    const response = await send(path, request, signal);
    if (response.ok) return read(response);
    const error = await failure(response);
    const seconds = wishedPause(response, attempt);
    if (!PASSING.has(error.kind) || attempt === PAUSES || seconds > LONGEST_PAUSE) throw error;
    onPause(error.kind, seconds);
    await pause(seconds, signal);
  }
}

/** Return the version of the model that is ready. */
export async function readiness() {
  const response = await send("health/ready", {});
  if (!response.ok) throw await failure(response);
  return (await read(response)).model.version;
}

/** Wait; a signal ends it with an ApiError. */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new ApiError("stopped"));
    });
  });
}

async function send(path, request, signal) {
  const limits = [AbortSignal.timeout(PATIENCE), ...(signal ? [signal] : [])];
  try {
    return await fetch(path, { ...request, cache: "no-store", signal: AbortSignal.any(limits) });
  } catch (error) {
    if (signal?.aborted) throw new ApiError("stopped");
    if (error.name === "TimeoutError") throw new ApiError("slow");
    throw new ApiError(navigator.onLine ? "unreachable" : "offline");
  }
}

async function read(response) {
  try {
    return await response.json();
  } catch {
    throw new ApiError("failed");
  }
}

async function failure(response) {
  const kind = KINDS[response.status] ?? (response.status < 500 ? "refused" : "failed");
  const problem = await response.json().catch(() => null);
  return new ApiError(kind, String(problem?.detail ?? ""), String(problem?.field ?? ""));
}

function wishedPause(response, attempt) {
  const wish = response.headers.get("Retry-After");
  const seconds = /^\d+$/.test(wish ?? "") ? Number(wish) : (Date.parse(wish) - Date.now()) / 1000;
  // Without a wish: 1, 2, 4 seconds, and a little more or less, so that clients do not return at once.
  return Number.isFinite(seconds) ? Math.max(seconds, 0) : 2 ** attempt * (0.75 + Math.random() / 2);
}
