import { Button } from "@mantine/core";
import { Empty } from "@shared/parts/empty";
import { IconDevices } from "@tabler/icons-react";
import { useEffect } from "react";
import { v7 } from "uuid";
import { stored, useStore } from "../state/store";
import { useText } from "../text";

const THIS_TAB = v7();
const isText = (value: unknown): value is string => typeof value === "string";

/** The tab that was shown last: only it shows the cart. Asking whether others still live is not needed, so a closed tab blocks nobody. */
const holder = stored("gerai.till.tab", "", isText);

const take = () => holder.set(THIS_TAB);

function takeIfShown(): void {
  if (!document.hidden) take();
}

// The page has been opened.
takeIfShown();

/** Whether the cart is in this tab. A tab takes it when it is opened or shown. */
export function useHasCart(): boolean {
  useEffect(() => {
    document.addEventListener("visibilitychange", takeIfShown);
    return () => document.removeEventListener("visibilitychange", takeIfShown);
  }, []);
  return useStore(holder) === THIS_TAB;
}

/** In place of the till, while another tab or window has the cart. */
export function Elsewhere() {
  const t = useText();
  return (
    <main>
      <Empty title={t("elsewhere")} icon={<IconDevices size={48} aria-hidden />}>
        {t("elsewhere.text")}
        <Button size="lg" mt="md" onClick={take}>
          {t("elsewhere.take")}
        </Button>
      </Empty>
    </main>
  );
}
