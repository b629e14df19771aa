// HTTPS of `--tls auto`: a browser refuses it until its owner trusts the server's authority.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium, type LaunchOptions } from "@playwright/test";
import { expect, startOutlet, test } from "./fixtures";
import { Folder, type Server } from "./process";

/** The address of HTTPS that the server has printed. */
async function httpsOf(server: Server): Promise<string> {
  const found = () => server.printed.map((line) => /^HTTPS at (https:\/\/[^;]+)/.exec(line)?.[1]).find(Boolean);
  await expect.poll(found).toBeTruthy();
  return found() as string;
}

/** A home whose browser trusts this certificate, as a person installs it from /trust. */
async function trust(home: string, server: Server): Promise<void> {
  const database = join(home, ".pki/nssdb");
  mkdirSync(database, { recursive: true });
  const authority = join(home, "gerai.crt");
  writeFileSync(authority, Buffer.from(await (await fetch(`${server.url}/trust/gerai.crt`)).arrayBuffer()));
  for (const args of [
    ["-N", "--empty-password"],
    ["-A", "-n", "gerai", "-t", "C,,", "-i", authority],
  ]) {
    const done = spawnSync("certutil", ["-d", `sql:${database}`, ...args], { encoding: "utf8" });
    if (done.status !== 0) throw new Error(`certutil: ${done.error?.message ?? done.stderr}`);
  }
}

test("HTTPS works where the server's authority is trusted, and is refused elsewhere", async ({ launchOptions }) => {
  using folder = new Folder();
  const server = await startOutlet(folder, "--tls", "auto", "--tls-listen", "127.0.0.1:0");
  const opened = async (home: string) => {
    const env = { ...process.env, HOME: home } as Record<string, string>;
    return chromium.launch({ ...(launchOptions as LaunchOptions), env });
  };
  try {
    const address = await httpsOf(server);
    const stranger = await opened(folder.file("stranger"));
    const page = await stranger.newPage();
    await expect(page.goto(`${address}/admin/`)).rejects.toThrow("ERR_CERT_AUTHORITY_INVALID");
    await stranger.close();

    await trust(folder.file("owner"), server);
    const owner = await opened(folder.file("owner"));
    const trusted = await owner.newPage();
    await trusted.goto(`${address}/`);
    await expect(trusted.getByRole("link").first()).toBeVisible();
    expect(await trusted.evaluate(() => isSecureContext)).toBe(true);
    const protocol = () => performance.getEntriesByType("navigation")[0]?.toJSON().nextHopProtocol as string;
    expect(await trusted.evaluate(protocol)).toBe("h2");
    const status = await trusted.evaluate(
      async (body) => {
        const headers = { "content-type": "application/json" };
        return (await fetch("/api/v1/auth/login", { method: "POST", headers, body })).status;
      },
      JSON.stringify({ username: "admin", password: "1234", cookie: true }),
    );
    expect(status).toBe(200);
    const cookies = await trusted.context().cookies();
    expect(cookies.map(({ secure, httpOnly, sameSite }) => [secure, httpOnly, sameSite])).toEqual([
      [true, true, "Strict"],
    ]);
    await owner.close();
  } finally {
    await server.kill();
  }
});
