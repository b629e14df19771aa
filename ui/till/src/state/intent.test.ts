import { expect, test, vi } from "vitest";
import { type Intent, type IntentStorage, Intents, isIntent } from "./intent";

class Lost extends Error {}
class Refused extends Error {}

function memory(): IntentStorage & { list: Intent[] } {
  return {
    list: [],
    read() {
      return this.list;
    },
    write(intents) {
      this.list = intents;
    },
  };
}

let made = 0;
const make = (): Omit<Intent, "subject"> => {
  made += 1;
  return { kind: "order", orderId: `order-${made}`, key: `key-${made}`, body: `{"n":${made}}`, madeAt: made };
};

function till(send: (intent: Intent, signal: AbortSignal) => Promise<string>, storage = memory()) {
  return { storage, intents: new Intents({ storage, send, isUnanswered: (error) => error instanceof Lost }) };
}

test("U1 four taps send one command", async () => {
  let answer: (text: string) => void = () => {};
  const send = vi.fn(() => new Promise<string>((resolve) => (answer = resolve)));
  const { intents, storage } = till(send);
  const taps = [1, 2, 3, 4].map(() => intents.run("cart", make));
  expect(intents.isRunning("cart")).toBe(true);
  answer("done");
  expect(await Promise.all(taps)).toEqual(["done", "done", "done", "done"]);
  expect(send).toHaveBeenCalledTimes(1);
  expect(storage.list).toEqual([]);
});

test("U1 the intent is stored before it is sent", async () => {
  const storage = memory();
  const { intents } = till(async () => String(storage.list.length), storage);
  expect(await intents.run("cart", make)).toBe("1");
});

test("U3 after a lost answer the same id, key and bytes are sent", async () => {
  const sent: Intent[] = [];
  const { intents } = till(async (intent) => {
    sent.push(intent);
    if (sent.length === 1) throw new Lost();
    return "done";
  });
  await expect(intents.run("cart", make)).rejects.toThrow(Lost);
  expect(intents.find("cart")).toEqual(sent[0]);
  expect(await intents.run("cart", make)).toBe("done");
  expect(sent[1]).toEqual(sent[0]);
});

test("U3 a reload between the two sends the same bytes too", async () => {
  const storage = memory();
  const sent: Intent[] = [];
  const lost = till(async (intent) => {
    sent.push(intent);
    throw new Lost();
  }, storage);
  await expect(lost.intents.run("cart", make)).rejects.toThrow(Lost);
  storage.list = JSON.parse(JSON.stringify(storage.list)).filter(isIntent);
  const reloaded = till(async (intent) => {
    sent.push(intent);
    return "done";
  }, storage);
  expect(await reloaded.intents.run("cart", make)).toBe("done");
  expect(sent[1]).toEqual(sent[0]);
});

test("U2 after a refusal the next command is a new one", async () => {
  const sent: string[] = [];
  const { intents } = till(async (intent) => {
    sent.push(intent.key);
    throw new Refused();
  });
  await expect(intents.run("cart", make)).rejects.toThrow(Refused);
  expect(intents.waiting()).toEqual([]);
  await expect(intents.run("cart", make)).rejects.toThrow(Refused);
  expect(sent[0]).not.toBe(sent[1]);
});

test("a command that a person stops waiting for is stored, and sent later with the same bytes", async () => {
  const sent: Intent[] = [];
  const { intents } = till((intent, signal) => {
    sent.push(intent);
    if (sent.length > 1) return Promise.resolve("done");
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Lost())));
  });
  const first = intents.run("cart", make);
  intents.stop("cart");
  await expect(first).rejects.toThrow(Lost);
  expect(await intents.run("cart", make)).toBe("done");
  expect(sent[1]).toEqual(sent[0]);
});

test("intents about different orders do not wait for each other", async () => {
  const { intents } = till(async (intent) => {
    if (intent.subject === "a") throw new Lost();
    return intent.subject;
  });
  await expect(intents.run("a", make)).rejects.toThrow(Lost);
  expect(await intents.run("b", make)).toBe("b");
  expect(intents.waiting().map(({ subject }) => subject)).toEqual(["a"]);
});
