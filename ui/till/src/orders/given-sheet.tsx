import { rupiah } from "@shared/money";
import { Facts } from "@shared/parts/facts";
import { useTime } from "@shared/time";
import { type Changes, type OrderDiscount, takeDiscountBack } from "../api/commands";
import { usePeople } from "../api/names";
import { Act, Problem } from "../parts/act";
import { Sheet } from "../parts/sheet";
import { useText } from "../text";
import { useDiscountName } from "./order-lines";

interface Props {
  discount: OrderDiscount;
  changes: Changes;
  close: () => void;
}

/** A discount that was given: by whom and why, and the way to take it back. */
export function GivenSheet({ discount, changes, close }: Props) {
  const t = useText();
  const time = useTime();
  const people = usePeople();
  const nameOf = useDiscountName();
  const person = (id: string | null | undefined) => (id ? people.get(id)?.name : undefined);
  const facts = [
    [t("discount.comes_to"), rupiah(-discount.amount)],
    [t("grant.reason"), discount.reason],
    [t("given_by"), person(discount.given_by)],
    [t("approved_by"), person(discount.approved_by)],
    [t("at"), time.moment(discount.created_at)],
  ].flatMap(([label, value]) => (label && value ? [[label, value] as const] : []));
  const act = async () => {
    if ((await changes.run(takeDiscountBack(discount))) !== null) close();
  };
  return (
    <Sheet
      opened
      close={close}
      title={nameOf(discount)}
      foot={
        <Act changes={changes} act={() => void act()} danger>
          {t("discount.take_back", { amount: rupiah(-discount.amount) })}
        </Act>
      }
    >
      <Problem error={changes.error} safe={t("order.safe")} />
      <Facts facts={facts} />
    </Sheet>
  );
}
