import { Button, TextInput } from "@mantine/core";
import { ErrorNote } from "@shared/parts/error-note";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { waiting } from "../api/orders";
import { pair } from "../api/session";
import { useSince } from "../parts/hooks";
import { usePart } from "../state/store";
import { useText } from "../text";
import classes from "./page.module.css";

interface Props {
  /** The code of the address that the QR code has opened. */
  code: string;
  done: () => void;
}

/** Makes this browser one of the shop's devices, with a code from the outlet's console. */
export default function PairPage({ code: given, done }: Props) {
  const t = useText();
  const queries = useQueryClient();
  const [code, setCode] = useState(given);
  const command = useMutation({
    mutationFn: () => pair(queries, code.replace(/[\s-]/g, "").toUpperCase()),
    onSuccess: done,
  });
  const slow = useSince(command.isPending, 400);
  const unsent = usePart(waiting, (list) => list.length);
  if (unsent > 0) {
    return (
      <main className={classes.page}>
        <div className={classes.form}>
          <h1>{t("unsent", { count: unsent })}</h1>
          <p>{t("unsent.pair")}</p>
          <Button className={classes.action ?? ""} fullWidth onClick={done}>
            {t("back")}
          </Button>
        </div>
      </main>
    );
  }
  return (
    <main className={classes.page}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!command.isPending) command.mutate();
        }}
      >
        <h1>{t("pair.title")}</h1>
        <p>{t("pair.text")}</p>
        <p className={classes.address}>{t("pair.address", { address: location.host })}</p>
        {!window.isSecureContext && <p className={classes.address}>{t("pair.http")}</p>}
        <TextInput
          label={t("pair.code")}
          description={t("pair.code.example", { code: "K7MQ2XPA" })}
          className={classes.code ?? ""}
          value={code}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={12}
          onChange={(event) => setCode(event.currentTarget.value.toUpperCase())}
        />
        {command.error !== null && <ErrorNote error={command.error} />}
        <Button
          type="submit"
          className={classes.action ?? ""}
          fullWidth
          disabled={code.trim().length < 4 || command.isPending}
        >
          {slow ? t("saving") : t("pair.action")}
        </Button>
        <Button variant="subtle" size="lg" onClick={done}>
          {t("pair.skip")}
        </Button>
      </form>
    </main>
  );
}
