import { type TextId, useText } from "../text";
import classes from "./key-list.module.css";

const KEYS: [string, TextId][] = [
  ["/", "keys.search"],
  ["F2", "keys.pay"],
  ["F4", "keys.hold"],
  ["F8", "keys.exact"],
  ["Enter", "keys.enter"],
  ["Esc", "keys.back"],
];

/** The keys of a keyboard; not shown where there is none. */
export function KeyList() {
  const t = useText();
  return (
    <section className={classes.keys}>
      <h3>{t("keys")}</h3>
      <dl>
        {KEYS.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
