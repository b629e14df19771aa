import { Button, CopyButton, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useText } from "../text";

interface Props {
  title: string;
  words: string;
  /** The secret; null closes the dialog. */
  secret: string | null;
  close: () => void;
}

/** Shows a secret once, to be copied. A click beside the dialog does not close it. */
export function SecretDialog({ title, words, secret, close }: Props) {
  const t = useText();
  return (
    <Modal opened={secret !== null} onClose={close} title={title} closeOnClickOutside={false} withCloseButton={false}>
      <Stack gap="md">
        <Text>{words}</Text>
        <TextInput
          aria-label={title}
          readOnly
          value={secret ?? ""}
          onFocus={(event) => event.currentTarget.select()}
          data-autofocus
        />
        <Group justify="flex-end" gap="xs">
          <CopyButton value={secret ?? ""}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? t("action.copied") : t("secret.copy")}
              </Button>
            )}
          </CopyButton>
          <Button onClick={close}>{t("secret.done")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
