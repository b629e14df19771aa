import fc from "fast-check";
import { expect, test } from "vitest";
import { type Burst, feed, type Input, NO_BURST, tick } from "./scanner";

/** Types keys at times; the clock ticks every 5 ms as the page's timer would. */
function type(keys: [string, number][], until: number): Input[] {
  let burst: Burst = NO_BURST;
  const inputs: Input[] = [];
  for (let at = 0; at <= until; at += 1) {
    for (const [key, when] of keys) {
      if (when !== at) continue;
      const next = feed(burst, key, at);
      burst = next.burst;
      inputs.push(...next.inputs);
    }
    if (at % 5 === 0) {
      const next = tick(burst, at);
      burst = next.burst;
      inputs.push(...next.inputs);
    }
  }
  return inputs;
}

const scan = (code: string, from: number, gap = 8): [string, number][] =>
  [...code].map((key, at) => [key, from + at * gap]);

test("U13 a burst with Enter is a scan and nothing else", () => {
  const keys: [string, number][] = [...scan("8991234567890", 1), ["Enter", 110]];
  expect(type(keys, 300)).toEqual([{ kind: "scan", code: "8991234567890" }]);
});

test("a burst without Enter is a scan after a short silence", () => {
  expect(type(scan("8991234567890", 1), 300)).toEqual([{ kind: "scan", code: "8991234567890" }]);
});

test("U15 keys of a person arrive, whatever they are", () => {
  const keys: [string, number][] = [
    ["~", 1],
    ["]", 121],
    ["C", 261],
    ["1", 400],
    ["Enter", 560],
  ];
  expect(type(keys, 700).map((input) => (input.kind === "key" ? input.key : input.code))).toEqual([
    "~",
    "]",
    "C",
    "1",
    "Enter",
  ]);
});

test("a key that is held down repeats fast, and is no scan", () => {
  let burst: Burst = NO_BURST;
  const inputs: Input[] = [];
  for (let at = 0; at < 10; at++) {
    const next = feed(burst, "0", at * 30, at > 0);
    burst = next.burst;
    inputs.push(...next.inputs);
  }
  expect(inputs).toEqual(Array.from({ length: 9 }, () => ({ kind: "key", key: "0" })));
});

test("U16 two scans 80 ms apart are two scans in their order", () => {
  const first = scan("8990001", 1);
  const second = scan("8990002", (first.at(-1)?.[1] ?? 0) + 80);
  expect(type([...first, ...second], 600)).toEqual([
    { kind: "scan", code: "8990001" },
    { kind: "scan", code: "8990002" },
  ]);
});

test("a short burst is not a scan: two keys at once, then Enter", () => {
  const keys: [string, number][] = [
    ["1", 1],
    ["2", 10],
    ["Enter", 20],
  ];
  expect(type(keys, 200).every((input) => input.kind === "key")).toBe(true);
});

test("no key of a person is lost or repeated", () => {
  const slow = fc.array(
    fc.tuple(fc.constantFrom("1", "2", "a", "Enter", "Backspace"), fc.integer({ min: 40, max: 200 })),
  );
  fc.assert(
    fc.property(slow, (list) => {
      let at = 1;
      const keys = list.map(([key, gap]): [string, number] => {
        at += gap;
        return [key, at];
      });
      const arrived = type(keys, at + 100).map((input) => (input.kind === "key" ? input.key : "scan"));
      expect(arrived).toEqual(list.map(([key]) => key));
    }),
    { numRuns: 50 },
  );
});
