import { Text } from "@mantine/core";
import { usePinForm } from "@shared/parts/pin-form";
import { SheetForm } from "@shared/parts/sheet";
import { useText } from "../text";

/** Changes the PIN of the person who is logged in. */
export function OwnPin({ close }: { close: () => void }) {
  const t = useText();
  const { submit, pending, error, isDone, fields } = usePinForm();
  if (isDone) return <Text role="status">{t("pin.changed")}</Text>;
  return (
    <SheetForm
      submit={submit}
      pending={pending}
      error={error}
      safe={t("pin.safe")}
      close={close}
      verb={t("pin.change")}
    >
      {fields}
    </SheetForm>
  );
}
