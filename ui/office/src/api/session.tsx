import { body, data, hub } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import type { components } from "@shared/api/generated/hub";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect } from "react";

export type Me = components["schemas"]["Me"];

const SESSION = ["session"] as const;

/** The session is in a cookie, which pages cannot read. */
const logIn = (username: string, password: string) =>
  data(hub.POST("/v1/hq/auth/login", { body: { username, password, cookie: true } }));

const endSession = () => body(hub.POST("/v1/hq/auth/logout"));
const endAllSessions = () => body(hub.POST("/v1/hq/auth/logout-everywhere"));

/** Changes the caller's password. All other sessions of the user end. */
export const changePassword = (change: { current: string; new: string }) =>
  data(hub.POST("/v1/hq/auth/password", { body: change }));

/** Who is logged in on this browser. An answer 401 means nobody. */
export function useMe() {
  return useQuery({ queryKey: SESSION, queryFn: () => data(hub.GET("/v1/hq/auth/me")), staleTime: 60_000 });
}

/** Reads the session again as soon as any answer says that it has ended, so that the log-in form appears. */
export function useEndOfSession(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const look = (thrown: unknown) => {
      if (thrown !== null && asApiError(thrown).isSignedOut) void queries.invalidateQueries({ queryKey: SESSION });
    };
    const reads = queries.getQueryCache().subscribe((event) => {
      if (event.type === "updated" && event.action.type === "error" && event.query.queryKey[0] !== SESSION[0]) {
        look(event.action.error);
      }
    });
    const commands = queries.getMutationCache().subscribe((event) => {
      if (event.type === "updated" && event.action.type === "error") look(event.action.error);
    });
    return () => {
      reads();
      commands();
    };
  }, [queries]);
}

/** Begins a session on this browser. */
export function useLogIn() {
  const queries = useQueryClient();
  return async (username: string, password: string) => {
    await logIn(username, password);
    await queries.invalidateQueries({ queryKey: SESSION });
  };
}

/** Ends this session, or all sessions of the user, and forgets what this browser has read. */
export function useLogOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (everywhere: boolean) => (everywhere ? endAllSessions() : endSession()),
    onSuccess: async () => {
      queries.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION[0] });
      await queries.resetQueries({ queryKey: SESSION });
    },
  });
}

const SessionContext = createContext<Me | null>(null);

export const SessionProvider = SessionContext.Provider;

/** The logged-in user. */
export function useSession(): Me {
  const me = useContext(SessionContext);
  if (me === null) throw new Error("no session around this page");
  return me;
}

/** Whether the user may change anything; viewers only read. */
export function useIsAdmin(): boolean {
  return useSession().user.role === "admin";
}
