import { data, outlet } from "@shared/api/client";
import { asBody, ImageField } from "@shared/parts/image-field";
import { useQueryClient } from "@tanstack/react-query";
import type { Product } from "../api/types";
import { useText } from "../text";

/** The address of a product's photo, if it has one; the hash makes it cacheable for ever. */
export function productImage(product: Product): string | null {
  return product.image ? `/api/v1/products/${product.id}/image?v=${product.image}` : null;
}

interface Props {
  product: Product;
  /** The product's new version, for the form around the photo. */
  changed: (product: Product) => void;
}

/** The photo of a product. */
export function ProductImage({ product, changed }: Props) {
  const t = useText();
  const queries = useQueryClient();
  const params = { path: { id: product.id } };
  const reread = async () => {
    changed(await data(outlet.GET("/api/v1/products/{id}", { params })));
    await queries.invalidateQueries({ queryKey: ["catalog"] });
  };
  return (
    <ImageField
      t={t}
      name={product.name}
      source={productImage(product)}
      put={(image) => outlet.PUT("/api/v1/products/{id}/image", { params, ...asBody(image) }).then(reread)}
      remove={() => outlet.DELETE("/api/v1/products/{id}/image", { params }).then(reread)}
    />
  );
}
