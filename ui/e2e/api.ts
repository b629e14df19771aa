// The API as a script uses it, to prepare data and to check results.

import { randomUUID } from "node:crypto";

export type Json = Record<string, unknown>;

/** A logged-in client. */
export class Api {
  private constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  static async outlet(url: string, username = "admin", password = "1234"): Promise<Api> {
    return Api.logIn(url, "/api/v1/auth/login", username, password);
  }

  static async hub(url: string, username: string, password: string): Promise<Api> {
    return Api.logIn(url, "/v1/hq/auth/login", username, password);
  }

  private static async logIn(url: string, path: string, username: string, password: string): Promise<Api> {
    const answer = await new Api(url, "").call<{ token: string }>("POST", path, { username, password });
    return new Api(url, answer.token);
  }

  /** The data of an answer; anything but success fails the test. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers: Record<string, string> = { "idempotency-key": randomUUID() };
    if (this.token !== "") headers.authorization = `Bearer ${this.token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const init: RequestInit = { method, headers };
    if (body !== undefined) init.body = JSON.stringify(body);
    const answer = await fetch(this.url + path, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (JSON.parse(text) as { data: T }).data;
  }

  get<T>(path: string): Promise<T> {
    return this.call("GET", path);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.call("POST", path, body);
  }
}

/** Waits until `check` is true: for effects that reach the other server later. */
export async function eventually(what: string, check: () => Promise<boolean>, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((next) => setTimeout(next, 50));
  }
}
