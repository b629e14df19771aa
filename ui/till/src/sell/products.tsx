import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { memo, type RefObject, useDeferredValue, useMemo, useState } from "react";
import { useSince } from "../parts/hooks";
import { search as find, type Product } from "../state/catalog";
import { usePart } from "../state/store";
import { useText } from "../text";
import { Categories } from "./categories";
import { Grid } from "./grid";
import classes from "./products.module.css";
import type { SaleCatalog } from "./sale-catalog";
import { SearchField } from "./search-field";
import { useLayout, view } from "./view";

interface Props {
  catalog: SaleCatalog;
  search: RefObject<HTMLInputElement | null>;
  pick: (product: Product) => void;
}

/** Search, categories, and what they leave. */
export const Products = memo(function Products({ catalog, search, pick }: Props) {
  const t = useText();
  const [query, setQuery] = useState("");
  const [category, setCategory] = useState<string | null>(null);
  const wanted = useDeferredValue(query);
  const layout = useLayout();
  const chosenView = usePart(view, (now) => now);
  const found = useMemo(
    () => (catalog.data === undefined ? [] : find(catalog.data, wanted, category)),
    [catalog.data, wanted, category],
  );
  const slow = useSince(catalog.data === undefined && catalog.error === null, 300);
  const choose = (product: Product) => {
    pick(product);
    if (query !== "") setQuery("");
  };
  return (
    <>
      <div className={classes.tools}>
        <SearchField
          field={search}
          query={query}
          change={setQuery}
          // Enter takes the only product, or the first.
          enter={() => {
            const [first] = catalog.data === undefined ? [] : find(catalog.data, query, category);
            if (first !== undefined && query !== "") choose(first);
          }}
        />
        <Categories
          categories={catalog.data?.categories ?? []}
          chosen={query === "" ? category : null}
          choose={(id) => {
            setQuery("");
            setCategory(id);
          }}
        />
      </div>
      {catalog.data === undefined && catalog.error !== null && (
        <div className={classes.words}>
          <ErrorNote error={catalog.error} retry={() => void catalog.refetch()} />
        </div>
      )}
      {slow && <Skeletons />}
      {catalog.data !== undefined && found.length === 0 && (
        <Empty title={query === "" ? t("products.none") : t("products.not_found", { query })}>
          {query === "" ? t("products.none.next") : t("products.not_found.next")}
        </Empty>
      )}
      {catalog.data !== undefined && found.length > 0 && (
        <Grid
          subject={`${category} ${wanted}`}
          products={found}
          categories={catalog.data.categories}
          hasImages={catalog.data.hasImages}
          view={chosenView ?? layout}
          pick={choose}
        />
      )}
    </>
  );
});

function Skeletons() {
  return (
    <div className={classes.skeletons} aria-hidden>
      {Array.from({ length: 12 }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={at} className={classes.skeleton} />
      ))}
    </div>
  );
}
