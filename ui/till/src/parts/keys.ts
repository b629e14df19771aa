// Distinguishes keys of a keyboard from codes of a scanner. A scan never changes the field that has the focus, and never presses a button.

import { useEffect, useRef } from "react";
import { flushSync } from "react-dom";
import { BURST_MS, type Burst, feed, type Input, isScanning, NO_BURST, SILENCE_MS, tick } from "../state/scanner";

/** Takes a key; true if it did something with it. */
type KeyHandler = (key: string) => boolean;
type ScanHandler = (code: string) => void;
type Field = HTMLInputElement | HTMLTextAreaElement;

const keyHandlers: { current: KeyHandler }[] = [];
const scanHandlers: { current: ScanHandler }[] = [];

let burst: Burst = NO_BURST;
/** The field that the burst types into, with its text before. */
let field: { element: Field; text: string } | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

function fieldOf(target: EventTarget | null): Field | null {
  if (target instanceof HTMLTextAreaElement) return target;
  return target instanceof HTMLInputElement && target.type !== "radio" && target.type !== "checkbox" ? target : null;
}

function restore(): void {
  if (field === null || field.element.value === field.text) return;
  const { element, text } = field;
  const prototype = element instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
  // Through the prototype, so that React notices.
  Object.getOwnPropertyDescriptor(prototype, "value")?.set?.call(element, text);
  element.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Gives a key to the top handler that wants it, and renders: the next key, at once behind a busy page, sees what it has changed. */
function press(key: string): boolean {
  return flushSync(() => [...keyHandlers].reverse().some((handler) => handler.current(key)));
}

function deliver(input: Input, typing: boolean): void {
  if (input.kind === "scan") {
    restore();
    scanHandlers.at(-1)?.current(input.code);
  } else if (!typing) press(input.key);
}

/** Silence, unless keys wait behind a busy page: they are taken first. */
function passed(): void {
  timer = setTimeout(silent, 0);
}

function silent(): void {
  const typing = field !== null;
  const next = tick(burst, performance.now());
  burst = next.burst;
  for (const input of next.inputs) deliver(input, typing);
  schedule();
}

function schedule(): void {
  clearTimeout(timer);
  if (burst.keys === "") field = null;
  else timer = setTimeout(passed, (isScanning(burst) ? SILENCE_MS : BURST_MS) + 1);
}

function isPressable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("button, a, [role=button], [role=radio], select") !== null;
}

function onKeyDown(event: KeyboardEvent): void {
  const { key } = event;
  // Another listener has used the key: Escape has closed a sheet.
  if (event.defaultPrevented) return;
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || key === "Shift") return;
  const element = fieldOf(event.target);
  if (/^F\d+$/.test(key)) {
    if (press(key)) event.preventDefault();
    return;
  }
  if (scanHandlers.length === 0) {
    if (element === null && !(key === "Enter" && isPressable(event.target)) && press(key)) event.preventDefault();
    return;
  }
  const before = burst.keys;
  const wasTyping = field !== null;
  // When the key was pressed, not when a busy page got to it.
  const next = feed(burst, key, event.timeStamp, event.repeat);
  burst = next.burst;
  const scanned = next.inputs.some((input) => input.kind === "scan");
  const inputs = next.inputs.filter(
    // The button that has the focus takes Enter and space itself.
    (input) => input.kind === "scan" || !(["Enter", " "].includes(input.key) && isPressable(event.target)),
  );
  // The rest of a scan stays out of the field, and its Enter presses no button and searches nothing.
  if ((scanned && key === "Enter") || (before !== "" && isScanning(burst))) {
    event.preventDefault();
    event.stopPropagation();
  } else if (element === null && (key === "/" || key === "'")) event.preventDefault();
  // Keys that waited until now went where the focus was then, which a tap may have moved.
  const isNew = (input: Input) => burst.keys === "" && input.kind === "key" && input === next.inputs.at(-1);
  for (const input of inputs) deliver(input, isNew(input) ? element !== null : wasTyping);
  if (burst.keys.length === 1) field = element === null ? null : { element, text: element.value };
  schedule();
}

globalThis.addEventListener?.("keydown", onKeyDown, { capture: true });

function useHandler<T>(list: { current: T }[], handler: T, enabled: boolean): void {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => {
    if (!enabled) return;
    list.push(latest);
    return () => {
      list.splice(list.indexOf(latest), 1);
    };
  }, [list, enabled]);
}

/** Takes keys that no field takes. The handler that was added last is asked first. */
export function useKeys(handler: KeyHandler, enabled = true): void {
  useHandler(keyHandlers, handler, enabled);
}

/** Takes scanned codes. Without such a handler every key is a person's. */
export function useScans(handler: ScanHandler, enabled = true): void {
  useHandler(scanHandlers, handler, enabled);
}
