import { data, hub } from "@shared/api/client";
import { asBody, ImageField } from "@shared/parts/image-field";
import { useQueryClient } from "@tanstack/react-query";
import type { Product } from "../../api/queries";
import { useText } from "../../text";

interface Props {
  product: Product;
  /** The product's new version, for the form around the photo. */
  changed: (product: Product) => void;
}

/** The photo of a product, at all outlets. */
export function ProductImage({ product, changed }: Props) {
  const t = useText();
  const queries = useQueryClient();
  const params = { path: { id: product.id } };
  const reread = async () => {
    changed(await data(hub.GET("/v1/hq/products/{id}", { params })));
    await queries.invalidateQueries({ queryKey: ["catalog"] });
  };
  return (
    <ImageField
      t={t}
      name={product.name}
      source={product.image === null ? null : `/v1/hq/products/${product.id}/image?v=${product.image}`}
      put={(image) => hub.PUT("/v1/hq/products/{id}/image", { params, ...asBody(image) }).then(reread)}
      remove={() => hub.DELETE("/v1/hq/products/{id}/image", { params }).then(reread)}
    />
  );
}
