// What this screen shows, stored in the browser: its station, the ages that matter, and whether it makes a sound.

import { useSyncExternalStore } from "react";

export type Place = "kitchen" | "bar" | "all";
export const PLACES: readonly Place[] = ["kitchen", "bar", "all"];

export interface Settings {
  place: Place;
  /** Minutes after which a ticket waits long, and too long. */
  waitMinutes: number;
  lateMinutes: number;
  sound: boolean;
}

const KEY = "gerai.kitchen.settings";
export const MOST_MINUTES = 240;
const INITIAL: Settings = { place: "all", waitMinutes: 8, lateMinutes: 15, sound: true };

/** Settings from any stored text: what cannot be read is as in a new browser. */
export function parse(text: string | null): Settings {
  let found: Partial<Record<keyof Settings, unknown>> = {};
  try {
    found = Object(JSON.parse(text ?? "{}"));
  } catch {
    // As in a new browser.
  }
  const minutes = (value: unknown, otherwise: number) =>
    Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST_MINUTES
      ? (value as number)
      : otherwise;
  const waitMinutes = minutes(found.waitMinutes, INITIAL.waitMinutes);
  return {
    place: PLACES.find((place) => place === found.place) ?? INITIAL.place,
    waitMinutes,
    lateMinutes: Math.max(minutes(found.lateMinutes, INITIAL.lateMinutes), waitMinutes),
    sound: typeof found.sound === "boolean" ? found.sound : INITIAL.sound,
  };
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

let current: Settings | null = null;
const listeners = new Set<() => void>();

const get = (): Settings => {
  current ??= parse(stored());
  return current;
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether somebody has chosen the station of this screen. */
export const isPlaced = (): boolean => stored() !== null;

export function changeSettings(change: Partial<Settings>): void {
  current = parse(JSON.stringify({ ...get(), ...change }));
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // A browser without storage forgets it; the board works all the same.
  }
  for (const listener of listeners) listener();
}

export function useSettings(): Settings {
  return useSyncExternalStore(subscribe, get);
}
