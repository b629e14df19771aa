import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

/** A change that the server reports. Without ids everything of the topic may have changed. */
export interface Change {
  topic: string;
  entity_type?: string;
  ids: string[] | null;
}

/**
 * Listens to the server's events while the page is visible, and rereads the queries whose key begins with the topic. A hidden page
 * closes its stream: browsers allow six connections per server over plain HTTP. When it is shown again, it asks for what it missed.
 */
export function useEvents(
  path: string,
  topics: readonly string[],
  enabled = true,
  onChange?: (change: Change) => void,
): void {
  const queries = useQueryClient();
  const handler = useRef(onChange);
  handler.current = onChange;
  const wanted = topics.join(",");
  useEffect(() => {
    if (!enabled) return;
    let source: EventSource | null = null;
    let lastId = "";
    const names = wanted.split(",");
    const reread = (topic: string) => void queries.invalidateQueries({ queryKey: [topic] });
    const open = () => {
      if (source !== null || document.hidden) return;
      const since = lastId === "" ? "" : `&last_event_id=${encodeURIComponent(lastId)}`;
      source = new EventSource(`${path}?topics=${wanted}${since}`);
      for (const name of names) {
        source.addEventListener(name, (event) => {
          lastId = event.lastEventId || lastId;
          reread(name);
          handler.current?.(JSON.parse(event.data) as Change);
        });
      }
      source.addEventListener("reset", (event) => {
        lastId = event.lastEventId || lastId;
        for (const name of names) {
          reread(name);
          handler.current?.({ topic: name, ids: null });
        }
      });
    };
    const close = () => {
      source?.close();
      source = null;
    };
    const changed = () => (document.hidden ? close() : open());
    open();
    document.addEventListener("visibilitychange", changed);
    return () => {
      document.removeEventListener("visibilitychange", changed);
      close();
    };
  }, [path, wanted, enabled, queries]);
}
