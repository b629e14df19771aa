import { Container } from "@mantine/core";
import { asApiError } from "@shared/api/errors";
import { ErrorNote } from "@shared/parts/error-note";
import { useLate } from "@shared/parts/late";
import { LoginForm } from "@shared/parts/login-form";
import { Skeletons } from "@shared/parts/skeletons";
import { RouterProvider } from "@tanstack/react-router";
import { SessionProvider, useEndOfSession, useLogIn, useMe } from "./api/session";
import { router } from "./router";
import { useText } from "./text";

/** Asks for user name and password, then shows the pages. The address stays, so that a new log-in leads back to the same page. */
export function App() {
  const t = useText();
  const me = useMe();
  const logIn = useLogIn();
  useEndOfSession();
  const signedOut = me.error !== null && asApiError(me.error).isSignedOut;
  const late = useLate(me.isPending);
  if (signedOut) {
    return <LoginForm title={t("app")} secret="password" logIn={logIn} help={t("login.help")} />;
  }
  if (me.data !== undefined) {
    return (
      <SessionProvider value={me.data}>
        <RouterProvider router={router} />
      </SessionProvider>
    );
  }
  return (
    <Container size={640} py={48}>
      {me.error !== null && <ErrorNote error={me.error} retry={() => void me.refetch()} />}
      {late && <Skeletons rows={4} />}
    </Container>
  );
}
