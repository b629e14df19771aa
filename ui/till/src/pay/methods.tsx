import { IconBuildingBank, IconCash, IconCreditCard, IconDots, IconQrcode, IconWallet } from "@tabler/icons-react";
import { METHODS, type Method } from "../state/tender";
import { useText } from "../text";
import classes from "./methods.module.css";

const ICONS = {
  cash: IconCash,
  qris: IconQrcode,
  card: IconCreditCard,
  transfer: IconBuildingBank,
  ewallet: IconWallet,
  other: IconDots,
} satisfies Record<Method, unknown>;

interface Props {
  chosen: Method;
  choose: (method: Method) => void;
  disabled: boolean;
}

export function Methods({ chosen, choose, disabled }: Props) {
  const t = useText();
  return (
    <fieldset className={classes.methods} aria-label={t("methods")}>
      {METHODS.map((method) => {
        const Icon = ICONS[method];
        return (
          <button
            key={method}
            type="button"
            aria-pressed={method === chosen}
            disabled={disabled}
            onClick={() => choose(method)}
          >
            <Icon size={22} aria-hidden />
            <span>{t(`method.${method}`)}</span>
          </button>
        );
      })}
    </fieldset>
  );
}
