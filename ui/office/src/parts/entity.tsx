import { Anchor, Text } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { useProduct } from "../api/queries";
import { useText } from "../text";

const TYPES = [
  "user",
  "category",
  "product",
  "charge",
  "customer",
  "setting",
  "outlet_product",
  "announcement",
  "conflict",
  "table",
  "drawer",
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

/** What an entity is, with a link if it has a page. */
export function Entity({ type, id }: { type: string | null | undefined; id: string | null | undefined }) {
  const word = useEntityWord();
  if (type === "product" && id != null) return <ProductLink id={id} word={word(type)} />;
  if (type === "order" && id != null) return <PageLink href={`/orders/${id}`} words={word(type)} id={id} />;
  return (
    <>
      {word(type)}
      <Id id={id} />
    </>
  );
}

function ProductLink({ id, word }: { id: string; word: string }) {
  const product = useProduct(id);
  return (
    <PageLink href={`/products/${id}`} words={product.data?.name ?? word} id={product.data === undefined ? id : null} />
  );
}

function PageLink({ href, words, id }: { href: string; words: string; id: string | null }) {
  const router = useRouter();
  return (
    <>
      <Anchor
        href={href}
        className="name"
        onClick={(event) => {
          event.preventDefault();
          event.stopPropagation();
          void router.navigate({ to: href });
        }}
      >
        {words}
      </Anchor>
      <Id id={id} />
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
