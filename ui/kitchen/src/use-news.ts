import { useEffect, useState } from "react";
import type { Ticket } from "./api";
import { newsOf, unseen } from "./news";
import { play } from "./sound";

const REPEAT_MS = 5_000;

/**
 * The tickets with news. A sound says so at once and every five seconds, until somebody touches the screen or a key: that one has
 * seen what is there. What was there at the start is seen.
 */
export function useNews(board: Ticket[] | undefined, sound: boolean): Ticket[] {
  const [seen, setSeen] = useState<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (board === undefined) return;
    if (seen === null) setSeen(new Set(board.map(newsOf)));
    const look = () => setSeen(new Set(board.map(newsOf)));
    window.addEventListener("pointerdown", look);
    window.addEventListener("keydown", look);
    return () => {
      window.removeEventListener("pointerdown", look);
      window.removeEventListener("keydown", look);
    };
  }, [board, seen]);
  const news = board === undefined || seen === null ? [] : unseen(board, seen);
  // Each piece of news has a sound of its own, and silence ends with the last.
  const what = news.map(newsOf).join();
  useEffect(() => {
    if (what === "" || !sound) return;
    play();
    const timer = setInterval(play, REPEAT_MS);
    return () => clearInterval(timer);
  }, [what, sound]);
  return news;
}
