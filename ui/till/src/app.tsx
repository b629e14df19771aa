import { useEvents } from "@shared/api/events";
import { ErrorNote } from "@shared/parts/error-note";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { Redirect, Route, Router, Switch, useLocation } from "wouter";
import { usePrefetchedCatalog } from "./api/catalog";
import { useHeartbeat } from "./api/device";
import { useOnline, usePulse } from "./api/reach";
import { useRepeats } from "./api/sale";
import {
  type Device,
  lock,
  locked,
  type Me,
  useDevice,
  useLogOutWhenLocked,
  useMe,
  useSessionWatch,
} from "./api/session";
import { followed } from "./display/followed";
import { HereProvider } from "./me";
import { OrdersPage, preloadOrders } from "./orders/sheets";
import { Boundary } from "./parts/boundary";
import { Elsewhere, useHasCart } from "./parts/elsewhere";
import { Frame } from "./parts/frame";
import { useIdle } from "./parts/idle";
import { CartPayPage } from "./pay/cart-pay";
import { OrderPayPage } from "./pay/order-pay";
import { preloadPaySheets } from "./pay/sheets";
import { SellPage } from "./sell/page";
import { preloadShiftPages, ShiftPages } from "./shift/lazy";
import { SignInPage } from "./sign-in/page";
import { useStore } from "./state/store";
import { preloadTables, TablesPage } from "./tables/lazy";
import { useText, useWord } from "./text";

/** A browser becomes a device once. */
const PairPage = lazy(() => import("./pair/page"));

/** Only for tills with a customer display. */
const Publisher = lazy(() => import("./display/publisher"));

/** Pages of the devices that do not sell. */
const ELSEWHERE: Partial<Record<string, string>> = { kitchen: "/kitchen/", display: "/display/" };

const TOPICS = ["orders", "catalog", "tables", "kitchen"] as const;

export function App() {
  return (
    <Router base="/till">
      <Boundary>
        <Gate />
      </Boundary>
    </Router>
  );
}

/** Pairing, then the choice of a user, then the till. The cart is stored outside of them, so the next user finds it. */
function Gate() {
  useSessionWatch();
  usePulse();
  usePrefetchedCatalog();
  const device = useDevice();
  const me = useMe();
  const isLocked = useStore(locked);
  const hasCart = useHasCart();
  // Kitchen screens and customer displays are paired here too.
  const elsewhere = ELSEWHERE[device.data?.kind ?? ""];
  useEffect(() => {
    if (elsewhere !== undefined) location.replace(elsewhere);
  }, [elsewhere]);
  const [code, setCode] = useState(() => new URLSearchParams(location.search).get("pair"));
  useHeartbeat(Boolean(device.data));
  // Also while it is locked: the session lasts until everything is sent.
  useRepeats(Boolean(me.data));
  useLogOutWhenLocked();
  if (code !== null) {
    return (
      <Suspense>
        <PairPage
          code={code}
          done={() => {
            // The code works once: it leaves the address.
            history.replaceState(null, "", location.pathname);
            setCode(null);
          }}
        />
      </Suspense>
    );
  }
  if (!hasCart) return <Elsewhere />;
  if (me.data === undefined || device.data === undefined) {
    const error = me.error ?? device.error;
    if (error === null) return null;
    return (
      <main style={{ maxWidth: 640, margin: "auto", padding: 16 }}>
        <ErrorNote
          error={error}
          retry={() => {
            void me.refetch();
            void device.refetch();
          }}
        />
      </main>
    );
  }
  if (me.data === null || isLocked) return <SignInPage isLocked={isLocked} openPairing={() => setCode("")} />;
  return <Till me={me.data} device={device.data} />;
}

function Till({ me, device }: { me: Me; device: Device | null }) {
  const t = useText();
  const word = useWord();
  const queries = useQueryClient();
  const online = useOnline();
  const isFollowed = useStore(followed);
  const [path, navigate] = useLocation();
  useEvents("/api/v1/events", TOPICS, true, ({ topic }) => {
    // The tables are part of the catalog.
    if (topic === "tables") void queries.invalidateQueries({ queryKey: ["catalog"] });
  });
  useIdle(device?.lock_after_minutes ?? 0, lock);
  // Back again: everything is read anew.
  const wasOnline = useRef(online);
  useEffect(() => {
    if (online && !wasOnline.current) void queries.invalidateQueries();
    wasOnline.current = online;
  }, [online, queries]);
  useEffect(preloadOrders, []);
  useEffect(preloadTables, []);
  useEffect(preloadPaySheets, []);
  useEffect(preloadShiftPages, []);
  const began = useRef(false);
  useEffect(() => {
    if (began.current) return;
    began.current = true;
    if (path === "/" && device?.default_view === "tables") navigate("/tables", { replace: true });
  }, [device, path, navigate]);
  return (
    <HereProvider me={me} device={device}>
      {isFollowed && (
        <Suspense>
          <Publisher />
        </Suspense>
      )}
      <Frame>
        {me.rights.includes("sell") ? (
          <Switch>
            <Route path="/" component={SellPage} />
            <Route path="/pay" component={CartPayPage} />
            <Route path="/orders">
              <Suspense>
                <OrdersPage id={null} />
              </Suspense>
            </Route>
            <Route path="/orders/:id">
              {({ id }) => (
                <Suspense>
                  <OrdersPage id={id} />
                </Suspense>
              )}
            </Route>
            <Route path="/orders/:id/pay">{({ id }) => <OrderPayPage id={id} />}</Route>
            <Route path="/tables">
              <Suspense>
                <TablesPage />
              </Suspense>
            </Route>
            <Route path="/shift/:id?/:part?">
              {({ id, part }) => (
                <Suspense>
                  <ShiftPages id={id ?? null} part={part === "close" || part === "handover" ? part : null} />
                </Suspense>
              )}
            </Route>
            <Route>
              <Redirect to="/" replace />
            </Route>
          </Switch>
        ) : (
          <main style={{ padding: 24 }}>{t("no_right", { role: word(`role.${me.user.role}`) })}</main>
        )}
      </Frame>
    </HereProvider>
  );
}
