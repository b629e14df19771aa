import { Group, Text } from "@mantine/core";
import { asApiError } from "@shared/api/errors";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { PageHead } from "@shared/parts/page-head";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge } from "@shared/parts/state-badge";
import { useTime } from "@shared/time";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useProduct } from "../api/queries";
import { PRODUCT_TABS } from "../filters";
import { useBack } from "../parts/link";
import { PageTabs } from "../parts/tabs";
import { useText } from "../text";
import { ProductDelivery } from "./product/delivery";
import { ProductForm } from "./product/form";
import { ProductPrices } from "./product/prices";

const route = getRouteApi("/products/$id");

/** One product: its data, its prices at the outlets, and which outlets have its latest change. */
export function ProductPage() {
  const { id } = route.useParams();
  return id === "new" ? <NewProduct /> : <StoredProduct id={id} />;
}

function NewProduct() {
  const t = useText();
  const router = useRouter();
  const back = useBack(t("nav.products"), "/products");
  return (
    <>
      <PageHead title={t("product.add")} lead={t("product.add.lead")} back={back} />
      <ProductForm
        product={null}
        saved={(product) => void router.navigate({ to: "/products/$id", params: { id: product.id }, replace: true })}
      />
    </>
  );
}

function StoredProduct({ id }: { id: string }) {
  const t = useText();
  const time = useTime();
  const navigate = route.useNavigate();
  const { tab } = route.useSearch();
  const back = useBack(t("nav.products"), "/products");
  const product = useProduct(id);
  if (product.data === undefined) {
    return (
      <>
        <PageHead title={t("product.one")} back={back} />
        {product.error === null ? (
          <Skeletons />
        ) : asApiError(product.error).status === 404 ? (
          <Empty title={t("product.gone")} />
        ) : (
          <ErrorNote error={product.error} retry={() => void product.refetch()} />
        )}
      </>
    );
  }
  const found = product.data;
  return (
    <>
      <PageHead
        title={found.name}
        lead={
          <Group component="span" gap="xs">
            {!found.available && <StateBadge tone="wait">{t("product.sold_out")}</StateBadge>}
            <Text span>{t("product.changed", { at: time.moment(found.changed_at) })}</Text>
          </Group>
        }
        back={back}
      />
      <PageTabs
        value={tab ?? "data"}
        onChange={(next) => void navigate({ search: next === "data" ? {} : { tab: next }, replace: true })}
        tabs={(["data", ...PRODUCT_TABS] as const).map((value) => ({ value, label: t(`product.tab.${value}`) }))}
      >
        {tab === undefined && <ProductForm key={found.id} product={found} saved={() => void product.refetch()} />}
        {tab === "prices" && <ProductPrices product={found} />}
        {tab === "delivery" && <ProductDelivery product={found} />}
      </PageTabs>
    </>
  );
}
