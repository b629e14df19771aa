import { Button, CopyButton, Group, Text, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconCloudOff } from "@tabler/icons-react";
import { asApiError } from "../api/errors";
import { useText } from "../text/provider";
import classes from "./error-note.module.css";

interface Props {
  error: unknown;
  /** What is safe in spite of the error, such as "The cart is still here". */
  safe?: string;
  retry?: () => void;
}

/** An error beside its cause: what happened, what is safe, what to do, and the number of the request for support. */
export function ErrorNote({ error, safe, retry }: Props) {
  const t = useText();
  const found = asApiError(error);
  const away = found.isUnreachable;
  // The message of the whole answer names fields as programs know them.
  const fields = found.body?.fields?.filter((field) => field.path !== "") ?? [];
  // None is left if a form shows all of them beside its fields.
  const isMarked = fields.length > 0 || found.body?.fields?.length === 0;
  return (
    <div className={classes.note} data-away={away} role={away ? "status" : "alert"}>
      {away ? <IconCloudOff aria-hidden /> : <IconAlertTriangle aria-hidden />}
      <div className={classes.words}>
        <Text fw={600}>{away ? t("error.unreachable") : isMarked ? t("form.marked") : found.message}</Text>
        {fields.map((field) => (
          <Text key={field.path}>{field.message}</Text>
        ))}
        {safe !== undefined && <Text>{safe}</Text>}
        {away && <Text>{t("error.unreachable.next")}</Text>}
        <Group gap="xs" mt={retry === undefined ? 0 : "xs"}>
          {retry !== undefined && (
            <Button variant="outline" size="sm" onClick={retry}>
              {t("action.retry")}
            </Button>
          )}
          {found.requestId !== null && <RequestId id={found.requestId} />}
        </Group>
      </div>
    </div>
  );
}

function RequestId({ id }: { id: string }) {
  const t = useText();
  return (
    <CopyButton value={id}>
      {({ copied, copy }) => (
        <UnstyledButton className={classes.request} onClick={copy}>
          {copied ? t("action.copied") : t("error.request", { id })}
        </UnstyledButton>
      )}
    </CopyButton>
  );
}
