import { body, data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import { useEvents } from "@shared/api/events";
import type { components } from "@shared/api/generated/outlet";
import { useAwake } from "@shared/awake";
import { ErrorNote } from "@shared/parts/error-note";
import { LoginForm } from "@shared/parts/login-form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Board } from "./board";
import { useReach } from "./reach";
import { unlockSound } from "./sound";
import { Start } from "./start";
import { useText } from "./text";

export type Me = components["schemas"]["Me"];

const ME = ["me"];
const TOPICS = ["kitchen", "catalog"] as const;
/** The kitchen sees a ticket at once, also while twenty tills send. */
const REST_MS = 100;

/** A user, then the start, then the board. */
export function App() {
  const t = useText();
  const queries = useQueryClient();
  const [started, setStarted] = useState(false);
  const me = useQuery({
    queryKey: ME,
    queryFn: async ({ signal }) => {
      try {
        return await data(outlet.GET("/api/v1/auth/me", { signal }));
      } catch (thrown) {
        if (asApiError(thrown).isSignedOut) return null;
        throw thrown;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  // Only a paired device may know them; elsewhere the user name is typed.
  const names = useQuery({
    queryKey: ["names"],
    queryFn: async ({ signal }) => (await body(outlet.GET("/api/v1/auth/names", { signal }))).data,
    enabled: me.data === null,
    retry: false,
  });
  // A session that ends in the middle of work.
  useEffect(() => {
    return queries.getQueryCache().subscribe((event) => {
      if (event.type !== "updated" || event.action.type !== "error") return;
      if (asApiError(event.action.error).isSignedOut) queries.setQueryData(ME, null);
    });
  }, [queries]);
  if (me.data === undefined) {
    return me.error === null ? null : (
      <main style={{ maxWidth: 640, margin: "auto", padding: 16 }}>
        <ErrorNote error={me.error} retry={() => void me.refetch()} />
      </main>
    );
  }
  if (me.data === null) {
    const logIn = async (username: string, pin: string) => {
      await body(outlet.POST("/api/v1/auth/login", { body: { username, password: pin, cookie: true } }));
      await queries.invalidateQueries();
    };
    return <LoginForm title={t("app")} secret="pin" logIn={logIn} names={names.data ?? []} />;
  }
  if (!started) {
    return (
      <Start
        me={me.data}
        start={() => {
          unlockSound();
          setStarted(true);
        }}
      />
    );
  }
  return <Running me={me.data} />;
}

function Running({ me }: { me: Me }) {
  const queries = useQueryClient();
  const { online, alarms } = useReach();
  useAwake(true);
  useEvents("/api/v1/events", TOPICS, true, undefined, REST_MS);
  // Back again: everything that was missed is read.
  const was = useRef(true);
  useEffect(() => {
    if (online && !was.current) void queries.invalidateQueries();
    was.current = online;
  }, [online, queries]);
  const logOut = async () => {
    await body(outlet.POST("/api/v1/auth/logout"));
    queries.clear();
    queries.setQueryData(ME, null);
  };
  return <Board me={me} online={online} alarms={alarms} logOut={() => void logOut()} />;
}
