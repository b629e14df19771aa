import { Stack, Text } from "@mantine/core";
import { ErrorNote } from "@shared/parts/error-note";
import { usePinForm } from "@shared/parts/pin-form";
import { SaveButton } from "@shared/parts/save-button";
import { useId } from "react";
import { Sheet } from "../parts/sheet";
import { useText } from "../text";

/** Changes the PIN of the person at this till. */
export default function PinSheet({ close }: { close: () => void }) {
  const t = useText();
  const form = usePinForm();
  const id = useId();
  return (
    <Sheet
      opened
      close={close}
      title={t("pin.change")}
      foot={
        !form.isDone && (
          <SaveButton form={id} pending={form.pending} size="lg" fullWidth>
            {t("pin.change")}
          </SaveButton>
        )
      }
    >
      {form.isDone ? (
        <Text role="status">{t("pin.changed")}</Text>
      ) : (
        <form id={id} noValidate onSubmit={form.submit}>
          <Stack gap="md">
            {form.fields}
            {form.error !== null && <ErrorNote error={form.error} safe={t("pin.safe")} />}
          </Stack>
        </form>
      )}
    </Sheet>
  );
}
