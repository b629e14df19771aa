import { PinForm } from "@shared/parts/pin-form";
import { Sheet } from "../parts/sheet";
import { useText } from "../text";

/** Changes the PIN of the person at this till. */
export default function PinSheet({ close }: { close: () => void }) {
  const t = useText();
  return (
    <Sheet opened close={close} title={t("pin.change")}>
      <PinForm />
    </Sheet>
  );
}
