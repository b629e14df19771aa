import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { waiting } from "../api/orders";
import { repeatAll } from "../api/sale";
import { lock } from "../api/session";
import { useHere } from "../me";
import { Store, usePart, useStore } from "../state/store";
import { useText } from "../text";
import { Sheet } from "./sheet";

const refused = new Store(false);

/** Locks the device for the next user, unless sales wait that are to be sent in the name of this one. */
export function askToLock(): void {
  if (waiting.get().length === 0) lock();
  else refused.set(true);
}

/** Why the device is not locked: how many sales wait. It closes when all of them are answered. */
export function LockRefusal() {
  const t = useText();
  const queries = useQueryClient();
  const { me } = useHere();
  const count = usePart(waiting, (list) => list.length);
  const opened = useStore(refused) && count > 0;
  const close = () => refused.set(false);
  return (
    <Sheet
      opened={opened}
      close={close}
      title={t("unsent", { count })}
      foot={
        <>
          <Button variant="default" size="lg" onClick={close}>
            {t("back")}
          </Button>
          <Button size="lg" flex={1} onClick={() => void repeatAll(queries)}>
            {t("action.retry")}
          </Button>
        </>
      }
    >
      {t("unsent.lock", { name: me.user.name })}
    </Sheet>
  );
}
