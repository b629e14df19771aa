import { Button, Group, Select, Text } from "@mantine/core";
import { body, outlet } from "@shared/api/client";
import { usePages } from "@shared/api/pages";
import { rupiah } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { SearchInput } from "@shared/parts/fields";
import { List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { PageHead } from "@shared/parts/page-head";
import { StateBadge } from "@shared/parts/state-badge";
import { IconCircleOff, IconPackage, IconPlus } from "@tabler/icons-react";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Product } from "../api/types";
import { useText } from "../text";
import { AvailabilityButtons, PriceChange, type Subject } from "./bulk";
import { productImage } from "./image";
import classes from "./products.module.css";
import { useCategories } from "./use-categories";

/** All products: search, filter and sort; prices and availability of many at once. */
export function ProductsPage() {
  const t = useText();
  const router = useRouter();
  const search = useSearch({ from: "/products" });
  const navigate = useNavigate({ from: "/products" });
  const categories = useCategories();
  const [selected, setSelected] = useState<Product[]>([]);
  const [pricing, setPricing] = useState<Subject | null>(null);
  const filter = {
    ...(search.q !== undefined && { q: search.q }),
    ...(search.category !== undefined && { category_id: search.category }),
    ...(search.available !== undefined && { available: search.available === "yes" }),
    sort: search.sort ?? ("name" as const),
    limit: 50,
  };
  const pages = usePages<Product>(["catalog", "products", filter], (cursor, signal) =>
    body(outlet.GET("/api/v1/products", { params: { query: { ...filter, ...(cursor && { cursor }) } }, signal })),
  );
  const change = (next: Partial<typeof search>) => {
    setSelected([]);
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  };
  const filtered = search.q !== undefined || search.category !== undefined || search.available !== undefined;
  const category = categories.data?.find((one) => one.id === search.category);
  const categoryName = (id: string | null | undefined) =>
    categories.data?.find((one) => one.id === id)?.name ?? t("products.no_category");
  const create = (
    <Button
      leftSection={<IconPlus size={20} aria-hidden />}
      onClick={() => void router.navigate({ to: "/products/new" })}
    >
      {t("products.new")}
    </Button>
  );
  const pictured = pages.rows?.some((product) => product.image) ?? false;
  const clear = () => change({ q: undefined, category: undefined, available: undefined });
  return (
    <>
      <PageHead
        title={t("place.products")}
        actions={
          <>
            {category !== undefined && (
              <Button
                variant="outline"
                onClick={() => setPricing({ kind: "category", id: category.id, name: category.name })}
              >
                {t("products.price_category")}
              </Button>
            )}
            {(filtered || pages.rows?.length !== 0) && create}
          </>
        }
      />
      <Group gap="xs" mb="md">
        <SearchInput
          label={t("products.search")}
          value={search.q ?? ""}
          onChange={(q) => change({ q: q || undefined })}
        />
        <Select
          aria-label={t("field.category")}
          className={classes.filter ?? ""}
          placeholder={t("products.all_categories")}
          clearable
          searchable
          data={(categories.data ?? []).map((one) => ({ value: one.id, label: one.name }))}
          value={search.category ?? null}
          onChange={(id) => change({ category: id ?? undefined })}
          nothingFoundMessage={t("products.no_such_category")}
          clearButtonProps={{ "aria-label": t("products.all_categories") }}
        />
        <Select
          aria-label={t("field.available")}
          className={classes.filter ?? ""}
          data={[
            { value: "", label: t("products.any") },
            { value: "yes", label: t("products.available") },
            { value: "no", label: t("products.sold_out") },
          ]}
          value={search.available ?? ""}
          allowDeselect={false}
          onChange={(value) => change({ available: value === "yes" || value === "no" ? value : undefined })}
        />
      </Group>
      {selected.length > 0 && (
        <div className={classes.selection}>
          <Text fw={600}>{t("products.selected", { count: selected.length })}</Text>
          <Group gap="xs">
            <Button
              variant="outline"
              onClick={() => setPricing({ kind: "products", ids: selected.map((product) => product.id) })}
            >
              {t("products.change_prices")}
            </Button>
            <AvailabilityButtons ids={selected.map((product) => product.id)} done={() => setSelected([])} />
          </Group>
        </div>
      )}
      <List
        label={t("place.products")}
        pages={pages}
        rowId={(product) => product.id}
        rowName={(product) => product.name}
        href={(product) => `/admin/products/${product.id}`}
        open={(product) => void router.navigate({ to: "/products/$id", params: { id: product.id } })}
        sort={search.sort ?? "name"}
        onSort={(sort) =>
          change({ sort: sort === "name" ? undefined : (sort as Exclude<typeof search.sort, undefined>) })
        }
        selected={selected}
        onSelect={setSelected}
        empty={
          filtered ? (
            <Empty title={t("products.none_found")} icon={<IconPackage size={32} aria-hidden />}>
              <Button variant="outline" onClick={clear}>
                {t("products.clear")}
              </Button>
            </Empty>
          ) : (
            <Empty title={t("products.empty")} icon={<IconPackage size={32} aria-hidden />}>
              {create}
            </Empty>
          )
        }
        columns={[
          {
            id: "name",
            title: t("field.name"),
            sort: "name",
            render: (product) => (
              <span className={classes.product}>
                {pictured && <Thumbnail product={product} />}
                <span className="name">{product.name}</span>
              </span>
            ),
          },
          { id: "code", title: t("field.code"), minor: true, render: (product) => product.code ?? "" },
          {
            id: "category",
            title: t("field.category"),
            plain: true,
            render: (product) => categoryName(product.category_id),
          },
          {
            id: "price",
            title: t("field.price"),
            plain: true,
            sort: "price",
            figure: true,
            render: (product) => <Price product={product} />,
          },
          {
            id: "available",
            title: t("column.state"),
            plain: true,
            width: 140,
            render: (product) =>
              product.available ? (
                <StateBadge tone="ok">{t("products.available")}</StateBadge>
              ) : (
                <StateBadge tone="neutral" icon={IconCircleOff}>
                  {t("products.sold_out")}
                </StateBadge>
              ),
          },
        ]}
      />
      {pricing !== null && (
        <PriceChange
          subject={pricing}
          close={() => setPricing(null)}
          done={() => {
            setPricing(null);
            setSelected([]);
          }}
        />
      )}
    </>
  );
}

function Thumbnail({ product }: { product: Product }) {
  const source = productImage(product);
  if (source === null) return <span className={classes.noImage} aria-hidden />;
  return <img className={classes.image} src={source} alt="" loading="lazy" width={40} height={40} />;
}

function Price({ product }: { product: Product }) {
  const t = useText();
  if (product.price === product.chain_price) return <Money amount={product.price} />;
  return (
    <>
      <Money amount={product.price} />
      <Text size="xs" c="dimmed">
        {t("products.chain_price", { amount: rupiah(product.chain_price) })}
      </Text>
    </>
  );
}
