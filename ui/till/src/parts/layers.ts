// Sheets and dialogs over a page. Each is an entry of the browser's history, so that "back" on Android and a swipe on iOS close the
// top one and nothing else.

import { useCallback, useEffect, useId, useRef } from "react";
import { useLocation } from "wouter";
import { Store, useStore } from "../state/store";

interface Layer {
  id: string;
  close: () => void;
}

const layers = new Store<readonly Layer[]>([]);

function topOfHistory(): string | null {
  return (history.state as { layer?: string } | null)?.layer ?? null;
}

globalThis.addEventListener?.("popstate", () => {
  const top = layers.get().at(-1);
  if (top === undefined || topOfHistory() === top.id) return;
  layers.update((list) => list.slice(0, -1));
  top.close();
});

globalThis.addEventListener?.(
  "keydown",
  (event) => {
    const top = layers.get().at(-1);
    if (event.key !== "Escape" || top === undefined || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    top.close();
  },
  { capture: true },
);

/** Makes "back" and Escape close this layer while it is open. The focus returns to where it was. */
export function useLayer(opened: boolean, close: () => void): void {
  const id = useId();
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    if (!opened) return;
    const focused = document.activeElement;
    layers.update((list) => [...list, { id, close: () => latest.current() }]);
    const top = topOfHistory();
    // A layer that replaces another one takes over its entry: one "back" for what is one layer on the screen.
    const isFree = top !== null && !layers.get().some((layer) => layer.id === top);
    if (isFree) history.replaceState({ layer: id }, "");
    else if (top !== id) history.pushState({ layer: id }, "");
    return () => {
      layers.update((list) => list.filter((layer) => layer.id !== id));
      // Later, because the same layer may open again at once, and because the page may have moved on.
      setTimeout(() => {
        const reopened = layers.get().some((layer) => layer.id === id);
        if (!reopened && document.activeElement === document.body && focused instanceof HTMLElement) {
          focused.focus({ preventScroll: true });
        }
        if (!reopened && topOfHistory() === id) history.back();
      });
    };
  }, [opened, id]);
}

/** Whether a sheet or dialog covers the page. */
export function useCovered(): boolean {
  return useStore(layers).length > 0;
}

/** Goes to another page. An open layer's entry of the history becomes that page, so that "back" does not stop at it. */
export function useGo(): (path: string, replace?: boolean) => void {
  const [, navigate] = useLocation();
  return useCallback(
    (path, replace = false) => navigate(path, { replace: replace || topOfHistory() !== null }),
    [navigate],
  );
}
