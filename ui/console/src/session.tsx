import { Modal } from "@mantine/core";
import { body, data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import type { components } from "@shared/api/generated/outlet";
import { ErrorNote } from "@shared/parts/error-note";
import { LoginForm } from "@shared/parts/login-form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { Centered } from "./parts/centered";
import { useText } from "./text";

/** A right of `access::permission`. */
type Right = "sell" | "take_payment" | "edit_catalog" | "manage_staff" | "manage_sync" | "view_reports";
type Me = components["schemas"]["Me"];

interface Session {
  user: Me["user"];
  may: (right: Right) => boolean;
  logOut: () => Promise<void>;
  logOutEverywhere: () => Promise<void>;
}

const SessionContext = createContext<Session | null>(null);

const ME = ["me"];

/** The user of the page, for everything inside of {@link SessionGate}. */
export function useSession(): Session {
  const found = useContext(SessionContext);
  if (found === null) throw new Error("SessionGate is missing");
  return found;
}

/**
 * Asks for a log-in unless there is a session. If the session ends later, it asks in a layer over the page, so that nothing typed
 * is lost.
 */
export function SessionGate({ children }: { children: ReactNode }) {
  const t = useText();
  const queries = useQueryClient();
  const [ended, setEnded] = useState(false);
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

  useEffect(() => {
    const watch = (error: unknown) => {
      if (error !== null && error !== undefined && asApiError(error).isSignedOut) setEnded(true);
    };
    const stopQueries = queries.getQueryCache().subscribe((event) => {
      if (event.type === "updated" && event.action.type === "error") watch(event.action.error);
    });
    const stopMutations = queries.getMutationCache().subscribe((event) => {
      if (event.type === "updated" && event.action.type === "error") watch(event.action.error);
    });
    return () => {
      stopQueries();
      stopMutations();
    };
  }, [queries]);

  const user = me.data?.user;
  const rights = me.data?.rights;
  const session = useMemo<Session | null>(() => {
    if (user === undefined || rights === undefined) return null;
    const leave = () => {
      queries.clear();
      queries.setQueryData(ME, null);
    };
    return {
      user,
      may: (right) => rights.includes(right),
      logOut: async () => {
        await body(outlet.POST("/api/v1/auth/logout"));
        leave();
      },
      logOutEverywhere: async () => {
        await body(outlet.POST("/api/v1/auth/logout-everywhere"));
        leave();
      },
    };
  }, [user, rights, queries]);

  if (me.isPending) return null;
  // A later failed read changes nothing: the banner says that the server is away.
  if (me.data === undefined) {
    return (
      <Centered>
        <ErrorNote error={me.error} retry={() => void me.refetch()} />
      </Centered>
    );
  }
  const enter = async (username: string, pin: string) => {
    await body(outlet.POST("/api/v1/auth/login", { body: { username, password: pin, cookie: true } }));
    setEnded(false);
    await queries.invalidateQueries();
  };
  if (session === null) {
    return <LoginForm title={t("app")} secret="pin" logIn={enter} help={t("login.help")} />;
  }
  return (
    <SessionContext.Provider value={session}>
      <div key={session.user.id}>{children}</div>
      <Modal opened={ended} onClose={() => {}} withCloseButton={false} fullScreen padding={0} zIndex={400}>
        <LoginForm title={t("app")} secret="pin" logIn={enter} note={t("login.ended")} />
      </Modal>
    </SessionContext.Provider>
  );
}
