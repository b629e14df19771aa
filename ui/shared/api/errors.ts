import type { components } from "./generated/outlet";

export type ErrorBody = components["schemas"]["ErrorBody"];

/** A refusal or a fault of the server, or no answer at all. */
export class ApiError extends Error {
  constructor(
    /** Stable code of docs/errors.md; `unreachable` if the server did not answer. */
    readonly code: string,
    message: string,
    /** HTTP status; 0 if the server did not answer. */
    readonly status: number,
    readonly requestId: string | null = null,
    readonly body: ErrorBody | null = null,
  ) {
    super(message);
  }

  /** The server did not answer: the same request, with the same key, may be sent again. */
  get isUnreachable(): boolean {
    return this.status === 0;
  }

  /** The session has ended, or there is none. A wrong PIN or code is 401 too, and ends no session. */
  get isSignedOut(): boolean {
    return this.code === "unauthorized";
  }

  /** The message of a field of the request, for a form. */
  field(name: string): string | null {
    return this.body?.fields?.find((field) => field.path === name)?.message ?? null;
  }
}

/** The error of any thrown value. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError("unreachable", thrown instanceof Error ? thrown.message : String(thrown), 0);
}
