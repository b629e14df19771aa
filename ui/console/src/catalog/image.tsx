import { Button, FileButton, Group, Text } from "@mantine/core";
import { outlet } from "@shared/api/client";
import { useDialogs } from "@shared/parts/dialogs";
import { ErrorNote } from "@shared/parts/error-note";
import { SaveButton } from "@shared/parts/save-button";
import { IconPhoto, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Product } from "../api/types";
import { useText } from "../text";
import classes from "./image.module.css";

/** Longest side of a stored photo, in pixels. */
const SIDE = 512;
/** What the server accepts at most. */
const MAX_BYTES = 256 * 1024;

/** The address of a product's photo; the hash makes it cacheable for ever. */
export function productImage(product: Product): string {
  return `/api/v1/products/${product.id}/image?v=${product.image}`;
}

/** The photo of a product. It is made small here, before it is sent. */
export function ImageField({ product }: { product: Product }) {
  const t = useText();
  const queries = useQueryClient();
  const { ask } = useDialogs();
  const reread = () => queries.invalidateQueries({ queryKey: ["catalog"] });
  const putting = useMutation({
    mutationFn: async (file: File) => putImage(product.id, await small(file)),
    onSuccess: reread,
  });
  const has = product.image !== null && product.image !== undefined;
  return (
    <div className={classes.field}>
      {has ? (
        <img className={classes.photo} src={productImage(product)} alt={t("image.of", { name: product.name })} />
      ) : (
        <span className={classes.none}>
          <IconPhoto size={32} aria-hidden />
        </span>
      )}
      <div>
        <Text fw={600}>{t("field.image")}</Text>
        <Text c="dimmed" size="xs" mb="xs">
          {t("image.hint")}
        </Text>
        <Group gap="xs">
          <FileButton
            accept="image/png,image/jpeg,image/webp"
            onChange={(file) => {
              if (file !== null) putting.mutate(file);
            }}
          >
            {({ onClick }) => (
              <SaveButton type="button" variant="outline" pending={putting.isPending} onClick={onClick}>
                {has ? t("image.replace") : t("image.choose")}
              </SaveButton>
            )}
          </FileButton>
          {has && (
            <Button
              variant="subtle"
              color="bad"
              leftSection={<IconTrash size={20} aria-hidden />}
              onClick={() =>
                ask({
                  title: t("image.delete_title", { name: product.name }),
                  verb: t("image.delete"),
                  danger: true,
                  act: async () => {
                    await outlet.DELETE("/api/v1/products/{id}/image", { params: { path: { id: product.id } } });
                    await reread();
                  },
                })
              }
            >
              {t("image.delete")}
            </Button>
          )}
        </Group>
        {putting.isError && (
          <div className={classes.error}>
            {putting.error instanceof UnreadableImage ? (
              <Text c="bad">{t("image.unreadable")}</Text>
            ) : (
              <ErrorNote error={putting.error} />
            )}
          </div>
        )}
      </div>
    </div>
  );
}

/** The description knows a picture as text; the client sends the bytes as they are. */
const putImage = (id: string, image: Blob) =>
  outlet.PUT("/api/v1/products/{id}/image", {
    params: { path: { id } },
    body: image as unknown as string,
    bodySerializer: (sent) => sent,
    headers: { "content-type": image.type },
  });

class UnreadableImage extends Error {}

/** The picture with at most {@link SIDE} pixels a side, as WebP or, where the browser cannot write it, JPEG. */
async function small(file: File): Promise<Blob> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new UnreadableImage();
  });
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  for (const [type, quality] of [
    ["image/webp", 0.82],
    ["image/jpeg", 0.82],
    ["image/jpeg", 0.5],
  ] as const) {
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, type, quality));
    if (blob !== null && blob.type === type && blob.size <= MAX_BYTES) return blob;
  }
  throw new UnreadableImage();
}
