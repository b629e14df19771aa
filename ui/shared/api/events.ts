import { type Query, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

/** A change that the server reports. Without ids everything of the topic may have changed. */
export interface Change {
  topic: string;
  entity_type?: string;
  ids: string[] | null;
}

/** A busy shop reports many changes a second: each topic is reread at once, and then at most once in this time, unless set. */
const REST_MS = 1_000;

/**
 * Listens to the server's events while the page is visible, and rereads the queries whose key begins with the topic. A hidden page
 * closes its stream: browsers allow six connections per server over plain HTTP. When it is shown again, it asks for what it missed.
 */
export function useEvents(
  path: string,
  topics: readonly string[],
  enabled = true,
  onChange?: (change: Change) => void,
  restMs = REST_MS,
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
    const timers = new Map<string, ReturnType<typeof setTimeout>>();
    const outdated = new Set<string>();
    const reread = (topic: string) => {
      if (timers.has(topic)) {
        outdated.add(topic);
        return;
      }
      // The answer to a read that is under way is already outdated. The other reads do not wait for it.
      if (queries.isFetching({ queryKey: [topic] }) > 0) outdated.add(topic);
      const isIdle = ({ state }: Query) => state.fetchStatus !== "fetching";
      void queries.invalidateQueries({ queryKey: [topic], predicate: isIdle });
      timers.set(
        topic,
        setTimeout(() => {
          timers.delete(topic);
          if (outdated.delete(topic)) reread(topic);
        }, restMs),
      );
    };
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
      // The position at the start: a page that is hidden before its first change asks for what followed. What was read before is
      // read again, because it may have changed before the stream was open.
      source.addEventListener("hello", (event) => {
        const isFirst = lastId === "";
        lastId = event.lastEventId || lastId;
        if (!isFirst) return;
        for (const name of names) {
          // The first change after this is not one of many, and does not wait.
          if (queries.isFetching({ queryKey: [name] }) > 0) reread(name);
          else void queries.invalidateQueries({ queryKey: [name] });
        }
      });
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
      for (const timer of timers.values()) clearTimeout(timer);
    };
  }, [path, wanted, enabled, restMs, queries]);
}
