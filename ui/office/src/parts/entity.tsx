import { Text } from "@mantine/core";
import { data, hub } from "@shared/api/client";
import { useQuery } from "@tanstack/react-query";
import { useText } from "../text";
import { PageLink } from "./link";

const TYPES = [
  "user",
  "category",
  "product",
  "charge",
  "tender",
  "menu",
  "price",
  "customer",
  "setting",
  "outlet_product",
  "outlet_menu",
  "outlet_price",
  "announcement",
  "conflict",
  "table",
  "drawer",
  "printer",
  "refund",
  "shift",
  "order",
  "resolution",
  "decision",
] as const;

/** The word for an entity's type; an unknown type as it is. */
export function useEntityWord(): (type: string | null | undefined) => string {
  const t = useText();
  return (type) => {
    const known = TYPES.find((each) => each === type);
    return known === undefined ? (type ?? "–") : t(`entity.${known}`);
  };
}

/** The name of an entity that has one; undefined while it is read, or if it is gone. */
function useEntityName(type: string | null | undefined, id: string | null | undefined): string | undefined {
  const named = id != null && NAMED.some((each) => each === type);
  const query = useQuery({
    queryKey: ["catalog", "name", type, id],
    queryFn: () => readName(type as Named, id as string).catch(() => null),
    enabled: named,
  });
  return query.data ?? undefined;
}

const NAMED = ["product", "category", "charge", "tender", "customer"] as const;
type Named = (typeof NAMED)[number];

async function readName(type: Named, id: string): Promise<string> {
  const path = { params: { path: { id } } };
  switch (type) {
    case "product":
      return (await data(hub.GET("/v1/hq/products/{id}", path))).name;
    case "category":
      return (await data(hub.GET("/v1/hq/categories/{id}", path))).name;
    case "charge":
      return (await data(hub.GET("/v1/hq/charges/{id}", path))).name;
    case "tender":
      return (await data(hub.GET("/v1/hq/tenders/{id}", path))).name;
    case "customer":
      return (await data(hub.GET("/v1/hq/customers/{id}", path))).name;
  }
}

const PAGES: Partial<Record<string, string>> = { product: "/products", order: "/orders", shift: "/shifts" };

/** What an entity is, by its name if it has one, with a link if it has a page. */
export function Entity({ type, id }: { type: string | null | undefined; id: string | null | undefined }) {
  const word = useEntityWord();
  const name = useEntityName(type, id);
  const page = PAGES[type ?? ""];
  const shown = <span className="name">{name ?? word(type)}</span>;
  return (
    <>
      {page !== undefined && id != null ? <PageLink href={`${page}/${id}`}>{shown}</PageLink> : shown}
      {name === undefined && <Id id={id} />}
    </>
  );
}

/** The end of an id distinguishes rows, and is short enough. */
function Id({ id }: { id: string | null | undefined }) {
  if (id == null) return null;
  return (
    <Text component="span" size="xs" c="dimmed" ml={6} title={id}>
      …{id.slice(-6)}
    </Text>
  );
}
