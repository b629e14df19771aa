import { Button } from "@mantine/core";
import { IconCloudQuestion } from "@tabler/icons-react";
import { useSince } from "../parts/hooks";
import { useText } from "../text";
import classes from "./waiting.module.css";

interface Props {
  sale: { isSending: boolean; repeat: () => Promise<void>; stop: () => void };
}

/** A command without an answer: it may have been recorded. Sending it again is safe, taking the money again is not. */
export function Waiting({ sale }: Props) {
  const t = useText();
  const slow = useSince(sale.isSending, 400);
  const long = useSince(sale.isSending, 2_000);
  return (
    <section className={classes.waiting} role="alert">
      <IconCloudQuestion size={28} aria-hidden />
      <div>
        <h3>{sale.isSending ? t("waiting.now") : t("waiting")}</h3>
        <p>{t("waiting.text")}</p>
        <Button size="lg" fullWidth disabled={sale.isSending} onClick={() => void sale.repeat()}>
          {slow ? t("saving") : t("action.retry")}
        </Button>
        {long && (
          <Button variant="subtle" color="wait" fullWidth onClick={sale.stop}>
            {t("waiting.stop")}
          </Button>
        )}
      </div>
    </section>
  );
}
