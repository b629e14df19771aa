import { Button } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import { useAwake } from "@shared/awake";
import { ErrorNote } from "@shared/parts/error-note";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import classes from "./app.module.css";
import { useFollowed } from "./follow";
import { Screen } from "./screen";
import { useText } from "./text";

const CHOSEN = "display.till";

/** The till to follow, then what it shows its guest. */
export function App() {
  const t = useText();
  const tills = useQuery({
    queryKey: ["tills"],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/display/tills", { signal })),
    refetchInterval: ({ state }) => (state.error === null ? false : 5_000),
  });
  const [chosen, setChosen] = useState(() => localStorage.getItem(CHOSEN));
  const list = tills.data ?? [];
  const own = list.find(({ is_own }) => is_own);
  // A second window of a till follows that till; a shop with one till has no choice to make.
  const till =
    own?.id ?? list.find(({ id }) => id === chosen)?.id ?? (list.length === 1 ? list[0]?.id : undefined) ?? null;
  const followed = useFollowed(till);
  useAwake(till !== null);
  if (tills.error !== null && asApiError(tills.error).code === "not_paired") {
    return (
      <main className={classes.middle}>
        <h1>{t("pair.title")}</h1>
        <p>{t("pair.text")}</p>
        <Button component="a" href="/till/" size="lg">
          {t("pair.open")}
        </Button>
      </main>
    );
  }
  if (tills.data === undefined) {
    return (
      <main className={classes.middle}>
        {tills.error !== null && <ErrorNote error={tills.error} retry={() => void tills.refetch()} />}
      </main>
    );
  }
  if (till === null) {
    return (
      <main className={classes.middle}>
        <h1>{t("choose.title")}</h1>
        <p>{list.length === 0 ? t("choose.none") : t("choose.text")}</p>
        {list.map(({ id, name }) => (
          <Button
            key={id}
            size="lg"
            variant="default"
            onClick={() => {
              localStorage.setItem(CHOSEN, id);
              setChosen(id);
            }}
          >
            {name}
          </Button>
        ))}
      </main>
    );
  }
  return <Screen followed={followed} />;
}
