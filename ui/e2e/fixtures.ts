// Servers and logged-in pages for the tests. Every test has servers of its own.

import { test as base, type Page } from "@playwright/test";
import { Api } from "./api";
import { type Cafe, fill } from "./cafe";
import { Folder, Server } from "./process";
import { words } from "./texts";
import { openTill } from "./till";

const till = words("till");

/** An outlet with the sample café. */
export interface Outlet {
  server: Server;
  folder: Folder;
  api: Api;
  cafe: Cafe;
  /** Starts it again on the same port, after a kill. */
  restart: () => Promise<void>;
}

/** A hub. */
export interface Hub {
  server: Server;
  folder: Folder;
  api: Api;
  /** Starts it again on the same port, after a kill. */
  restart: () => Promise<void>;
}

/** The user of head office. */
export const HEAD_OFFICE = { username: "ayu", password: "kantor-pusat-senja" };

interface Fixtures {
  outlet: Outlet;
  hub: Hub;
  /** A hub, and an outlet with the sample café that is linked to it. */
  linked: { hub: Hub; outlet: Outlet };
  /** A paired till, at its PIN pad. */
  till: Page;
  /** A till where Sari, a cashier, has logged in. */
  selling: Page;
}

interface Shared {
  /** A folder with the sample café, from which the outlet of each test begins. */
  filled: { folder: Folder; cafe: Cafe };
}

export async function startOutlet(folder: Folder, ...args: string[]): Promise<Server> {
  return Server.start(folder, "outlet.log", "outlet", "--port", "0", ...args);
}

const startHub = (folder: Folder, port: string): Promise<Server> =>
  Server.start(folder, "hub.log", "hub", "--listen", `127.0.0.1:${port}`);

/** Pairs a new browser with the outlet and opens its PIN pad. */
export async function pair(page: Page, outlet: Outlet, name = "Kasir 1"): Promise<void> {
  const made = await outlet.api.post<{ code: string }>("/api/v1/devices/pairing-codes", { name });
  await page.goto(`${outlet.server.url}/till/?pair=${made.code}`);
  await page.getByRole("button", { name: till("pair.action"), exact: true }).click();
}

export const test = base.extend<Fixtures, Shared>({
  filled: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern.
    async ({}, use) => {
      using folder = new Folder();
      const server = await startOutlet(folder);
      const cafe = await fill(await Api.outlet(server.url));
      await server.kill();
      await use({ folder, cafe });
    },
    { scope: "worker" },
  ],
  outlet: async ({ filled }, use) => {
    using folder = filled.folder.copy();
    const outlet = { folder, cafe: filled.cafe } as Outlet;
    outlet.server = await startOutlet(folder);
    try {
      outlet.api = await Api.outlet(outlet.server.url);
      outlet.restart = async () => {
        outlet.server = await Server.start(folder, "outlet.log", "outlet", "--port", outlet.server.port);
      };
      await use(outlet);
    } finally {
      await outlet.server.kill();
    }
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  hub: async ({}, use) => {
    using folder = new Folder();
    const { username, password } = HEAD_OFFICE;
    folder.runWithInput(password, "hub", "user", "add", "--username", username, "--role", "admin", "--password-stdin");
    const server = await startHub(folder, "0");
    const running = [() => server.kill()];
    try {
      const hub: Hub = { server, folder, api: await Api.hub(server.url, username, password), restart: async () => {} };
      hub.restart = async () => {
        hub.server = await startHub(folder, hub.server.port);
      };
      running.push(() => hub.server.kill());
      await use(hub);
    } finally {
      for (const end of running) await end();
    }
  },
  linked: async ({ hub, outlet }, use) => {
    const added = hub.folder.run("hub", "outlet", "add", "--code", "JKT-001", "--name", "Kedai Kemang", "--json");
    const { enroll_code } = JSON.parse(added) as { enroll_code: string };
    await outlet.server.kill();
    outlet.folder.run("enroll", "--hub", `${hub.server.url}/v1`, "--code", enroll_code, "--db", "pos.db");
    await outlet.restart();
    await use({ hub, outlet });
  },
  till: async ({ page, outlet }, use) => {
    await pair(page, outlet);
    await use(page);
  },
  selling: async ({ page, outlet }, use) => {
    await openTill(page, outlet);
    await use(page);
  },
});

export { expect } from "@playwright/test";
