import { grouped, rupiah } from "@shared/money";
import { IconCheck, IconMinus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { type Choices, type Choosable, choose, chosenIn, hasRoom, unchoose } from "../state/choice";
import { useText } from "../text";
import classes from "./choice-list.module.css";

interface Props {
  product: Choosable;
  choices: Choices;
  change: (choices: Choices) => void;
}

type Group = Choosable["modifier_groups"][number];

/** What a product asks: its variants, then its modifier groups with how many of each may be chosen. */
export function ChoiceList({ product, choices, change }: Props) {
  const t = useText();
  const rule = ({ min_selections: least, max_selections: most }: Group) => {
    if (least === 0) return t("choose.up_to", { most });
    return least === most ? t("choose.exactly", { least }) : t("choose.between", { least, most });
  };
  return (
    <>
      {product.variants.length > 0 && (
        <Section title={t("variant")} rule={t("choose.exactly", { least: 1 })} done={choices.variantId !== null}>
          {product.variants.map((variant) => (
            <Option
              key={variant.id}
              name={variant.name}
              price={rupiah(variant.price)}
              count={choices.variantId === variant.id ? 1 : 0}
              single
              soldOut={variant.available === false}
              disabled={variant.available === false}
              choose={() => change({ ...choices, variantId: variant.id })}
            />
          ))}
        </Section>
      )}
      {product.modifier_groups.map((group) => (
        <Section
          key={group.id}
          title={group.name}
          rule={rule(group)}
          done={chosenIn(group, choices) >= group.min_selections}
        >
          {group.options.map((option) => {
            const count = choices.options[option.id] ?? 0;
            return (
              <Option
                key={option.id}
                name={option.name}
                price={delta(option.price_delta)}
                count={count}
                single={group.max_selections === 1}
                soldOut={option.available === false}
                disabled={option.available === false || (!hasRoom(group, choices) && count === 0)}
                choose={() => change(choose(group, choices, option.id))}
                unchoose={() => change(unchoose(choices, option.id))}
              />
            );
          })}
        </Section>
      ))}
    </>
  );
}

function delta(price: number): string {
  if (price === 0) return "";
  return price > 0 ? `+${grouped(price)}` : grouped(price);
}

interface SectionProps {
  title: string;
  rule: string;
  /** Enough is chosen. */
  done: boolean;
  children: ReactNode;
}

function Section({ title, rule, done, children }: SectionProps) {
  return (
    <fieldset className={classes.section}>
      <legend>
        <span className="name">{title}</span> <span data-missing={!done}>{rule}</span>
      </legend>
      <div className={classes.options}>{children}</div>
    </fieldset>
  );
}

interface OptionProps {
  name: string;
  price: string;
  count: number;
  /** At most one of its group. */
  single: boolean;
  soldOut: boolean;
  disabled: boolean;
  choose: () => void;
  unchoose?: () => void;
}

function Option({ name, price, count, single, soldOut, disabled, choose, unchoose }: OptionProps) {
  const t = useText();
  return (
    <div className={classes.option} data-chosen={count > 0} data-single={single} data-sold-out={soldOut}>
      <button type="button" className={classes.choose} aria-pressed={count > 0} disabled={disabled} onClick={choose}>
        <span className={classes.mark}>
          {count > 0 && (single ? <IconCheck size={20} aria-hidden /> : <span>{count}×</span>)}
        </span>
        <span className={classes.name}>{name}</span>
        <span className={classes.price}>{soldOut ? t("product.sold_out") : price}</span>
      </button>
      {count > 0 && !single && unchoose !== undefined && (
        <button type="button" className={classes.less} aria-label={t("choose.less", { name })} onClick={unchoose}>
          <IconMinus size={20} aria-hidden />
        </button>
      )}
    </div>
  );
}
