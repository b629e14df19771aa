import { IconCircleCheck, IconCircleMinus, IconCirclePlus } from "@tabler/icons-react";
import { rupiah } from "../money";
import { difference } from "../shift";
import { useText } from "../text/provider";
import { StateBadge } from "./state-badge";

interface Props {
  expected: number | null | undefined;
  counted: number | null | undefined;
}

/** How far a count is off, in plain words: "Pas", "Kurang Rp 1.300". */
export function useDifferenceText(): (expected: Props["expected"], counted: Props["counted"]) => string | null {
  const t = useText();
  return (expected, counted) => {
    const found = difference(expected, counted);
    return found === null ? null : t(`difference.${found.word}`, { amount: rupiah(found.amount) });
  };
}

/** The same as a badge; a dash while it is not known. */
export function DifferenceBadge({ expected, counted }: Props) {
  const text = useDifferenceText()(expected, counted);
  if (text === null) return "–";
  const icon =
    expected === counted ? IconCircleCheck : (counted ?? 0) < (expected ?? 0) ? IconCircleMinus : IconCirclePlus;
  return (
    <StateBadge tone={expected === counted ? "ok" : "wait"} icon={icon}>
      {text}
    </StateBadge>
  );
}
