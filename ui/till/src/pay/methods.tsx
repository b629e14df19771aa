import { IconBuildingBank, IconCash, IconCreditCard, IconDots, IconQrcode, IconWallet } from "@tabler/icons-react";
import { METHODS, type Means, type Method } from "../state/tender";
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
  ways: readonly Means[];
  chosen: Means;
  choose: (means: Means) => void;
  disabled: boolean;
}

export function Methods({ ways, chosen, choose, disabled }: Props) {
  const t = useText();
  return (
    <fieldset className={classes.methods} data-many={ways.length > METHODS.length} aria-label={t("methods")}>
      {ways.map((means) => {
        const Icon = ICONS[means.method];
        return (
          <button
            key={means.key}
            type="button"
            aria-pressed={means.key === chosen.key}
            data-named={means.tender !== null}
            disabled={disabled}
            onClick={() => choose(means)}
          >
            <Icon size={22} aria-hidden />
            <span>{means.tender?.name ?? t(`method.${means.method}`)}</span>
          </button>
        );
      })}
    </fieldset>
  );
}
