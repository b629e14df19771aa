import { Button, FileButton, Group, Text } from "@mantine/core";
import { IconPhoto, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useDialogs } from "./dialogs";
import { ErrorNote } from "./error-note";
import classes from "./image-field.module.css";
import { SaveButton } from "./save-button";

/** Longest side of a stored photo, in pixels. */
const SIDE = 512;
/** What the server accepts at most. */
const MAX_BYTES = 256 * 1024;

/** Texts of the apps that show photos; the till would carry them for nothing. */
type ImageText =
  | "field.image"
  | "image.choose"
  | "image.delete"
  | "image.delete_title"
  | "image.hint"
  | "image.of"
  | "image.replace"
  | "image.unreadable";

interface Props {
  t: (id: ImageText, values?: Record<string, string>) => string;
  /** The product's name. */
  name: string;
  /** The address of the photo; null: there is none. */
  source: string | null;
  put: (image: Blob) => Promise<unknown>;
  remove: () => Promise<unknown>;
}

/** The photo of a product. It is made small here, before it is sent. */
export function ImageField({ t, name, source, put, remove }: Props) {
  const { ask } = useDialogs();
  const putting = useMutation({ mutationFn: async (file: File) => put(await small(file)) });
  const has = source !== null;
  return (
    <div className={classes.field}>
      {has ? (
        <img className={classes.photo} src={source} alt={t("image.of", { name })} />
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
                  title: t("image.delete_title", { name }),
                  verb: t("image.delete"),
                  danger: true,
                  act: async () => {
                    await remove();
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
export const asBody = (image: Blob) => ({
  body: image as unknown as string,
  bodySerializer: (sent: string) => sent,
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
