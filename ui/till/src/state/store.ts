// A value that components subscribe to, stored in the browser if it has a name. Each change is written at once, so that a reload or
// a crash loses nothing, and other tabs of the till see it.

import { useSyncExternalStore } from "react";

export class Store<T> {
  private readonly listeners = new Set<() => void>();

  constructor(private value: T) {}

  readonly get = (): T => this.value;

  set(next: T): void {
    if (Object.is(next, this.value)) return;
    this.value = next;
    for (const listener of this.listeners) listener();
  }

  update(change: (now: T) => T): void {
    this.set(change(this.value));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

function read<T>(name: string, text: string | null, initial: T, isValid: (value: unknown) => value is T): T {
  if (text === null) return initial;
  try {
    const value: unknown = JSON.parse(text);
    if (isValid(value)) return value;
  } catch {
    // Falls through: the text is set aside.
  }
  // Unreadable: set aside for a person, and the till starts.
  attempt(() => localStorage.setItem(`${name}.unreadable`, text));
  return initial;
}

function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** Whether the last write to the browser's storage failed: a reload would lose the cart. */
export const storageFailed = new Store(false);

/** A store under a name in the browser. */
export function stored<T>(name: string, initial: T, isValid: (value: unknown) => value is T): Store<T> {
  let text: string | null = null;
  attempt(() => {
    text = localStorage.getItem(name);
  });
  const store = new Store(read(name, text, initial, isValid));
  let fromOtherTab = false;
  store.subscribe(() => {
    if (fromOtherTab) return;
    storageFailed.set(!attempt(() => localStorage.setItem(name, JSON.stringify(store.get()))));
  });
  const take = (changed: string | null) => {
    fromOtherTab = true;
    store.set(read(name, changed, initial, isValid));
    fromOtherTab = false;
  };
  globalThis.addEventListener?.("storage", (event) => {
    if (event.key === name) take(event.newValue);
  });
  // A page that Back brings to life again has missed what other tabs have changed meanwhile.
  globalThis.addEventListener?.("pageshow", (event) => {
    if (event.persisted && !storageFailed.get()) attempt(() => take(localStorage.getItem(name)));
  });
  return store;
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** A part of a store. `select` returns a primitive or a part of the value, not a new object. */
export function usePart<T, Part>(store: Store<T>, select: (value: T) => Part): Part {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
