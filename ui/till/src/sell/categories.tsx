import type { Category } from "../state/catalog";
import { useText } from "../text";
import classes from "./categories.module.css";

interface Props {
  categories: Category[];
  chosen: string | null;
  choose: (id: string | null) => void;
}

/** The color of a category, one of eight muted hues, or none. */
export function hue(category: Category | undefined): string {
  return category?.color ? `var(--${category.color})` : "transparent";
}

export function Categories({ categories, chosen, choose }: Props) {
  const t = useText();
  return (
    <nav className={classes.row} aria-label={t("categories")}>
      <button type="button" className={classes.one} aria-pressed={chosen === null} onClick={() => choose(null)}>
        {t("categories.all")}
      </button>
      {categories.map((category) => (
        <button
          key={category.id}
          type="button"
          className={classes.one}
          aria-pressed={chosen === category.id}
          onClick={() => choose(category.id)}
        >
          {category.color && <span className={classes.dot} style={{ background: hue(category) }} />}
          <span className={classes.name}>{category.name}</span>
        </button>
      ))}
    </nav>
  );
}
