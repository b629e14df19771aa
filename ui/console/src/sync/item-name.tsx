import { Text } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import { Numbered } from "@shared/parts/numbered";
import { useQuery } from "@tanstack/react-query";
import { useWords } from "../words";

/** What an entity is called: its type and, where the outlet can tell, its name or number. */
export function ItemName({ type, id }: { type: string; id: string }) {
  const words = useWords();
  const name = useEntityName(type, id);
  return (
    <span>
      <span className="name">
        <Numbered>{name ?? words.entity(type)}</Numbered>
      </span>
      <Text component="span" c="dimmed" size="xs" display="block" title={id}>
        {name === undefined ? `…${id.slice(-8)}` : words.entity(type)}
      </Text>
    </span>
  );
}

/** The name of an entity; undefined while it is read, or if it has none. */
export function useEntityName(type: string, id: string): string | undefined {
  return (
    useQuery({
      queryKey: ["entity", type, id],
      queryFn: ({ signal }) => readName(type, id, signal).catch(() => null),
      staleTime: 300_000,
    }).data ?? undefined
  );
}

async function readName(type: string, id: string, signal: AbortSignal): Promise<string | null> {
  const path = { params: { path: { id } }, signal };
  switch (type) {
    case "product":
      return (await data(outlet.GET("/api/v1/products/{id}", path))).name;
    case "category":
      return (await data(outlet.GET("/api/v1/categories/{id}", path))).name;
    case "charge":
      return (await data(outlet.GET("/api/v1/charges/{id}", path))).name;
    case "tender":
      return (await data(outlet.GET("/api/v1/tenders/{id}", path))).name;
    case "customer":
      return (await data(outlet.GET("/api/v1/customers/{id}", path))).name;
    case "table":
      return (await data(outlet.GET("/api/v1/tables/{id}", path))).name;
    case "drawer":
      return (await data(outlet.GET("/api/v1/drawers/{id}", path))).name;
    case "printer":
      return (await data(outlet.GET("/api/v1/printers/{id}", path))).name;
    case "order":
      return (await data(outlet.GET("/api/v1/orders/{id}", path))).order_number;
    default:
      return null;
  }
}
