import createClient, { type Client, type Middleware } from "openapi-fetch";
import { ApiError, type ErrorBody } from "./errors";
import type { paths as HubPaths } from "./generated/hub";
import type { paths as OutletPaths } from "./generated/outlet";

/** How long a request may take, unless it waits on purpose. */
const TIME_OUT_MS = 15_000;

let language = "id";

/** Sets the language that the server answers in. */
export function setApiLanguage(next: string): void {
  language = next;
}

/** Throws an {@link ApiError} for every answer that is not a success, so that a result always has data. */
const manners: Middleware = {
  onRequest({ request }) {
    request.headers.set("accept-language", language);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return response;
    const requestId = response.headers.get("x-request-id");
    const body = (await response.json().catch(() => null)) as ErrorBody | null;
    throw new ApiError(
      body?.error ?? "unknown",
      body?.message ?? response.statusText,
      response.status,
      requestId,
      body,
    );
  },
  onError({ error }) {
    if (error instanceof ApiError) return error;
    return new ApiError("unreachable", error instanceof Error ? error.message : String(error), 0);
  },
};

function withTimeOut(request: Request): Promise<Response> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(TIME_OUT_MS)]);
  return fetch(new Request(request, { signal }));
}

function client<Paths extends object>(): Client<Paths> {
  const made = createClient<Paths>({
    baseUrl: globalThis.location?.origin ?? "",
    credentials: "same-origin",
    fetch: withTimeOut,
  });
  made.use(manners);
  return made;
}

/** The API of the outlet. */
export const outlet = client<OutletPaths>();
/** The API of the hub. */
export const hub = client<HubPaths>();

/** The content of a successful answer. */
export async function data<T>(answer: Promise<{ data?: { data?: T } }>): Promise<T> {
  const { data } = await answer;
  if (data?.data === undefined) throw new ApiError("unknown", "The answer has no data.", 200);
  return data.data;
}

/** The whole body of a successful answer, for lists. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) throw new ApiError("unknown", "The answer has no body.", 200);
  return data;
}
