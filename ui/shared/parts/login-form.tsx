import { Chip, Group, Input, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useText } from "../text/provider";
import { ErrorNote } from "./error-note";
import classes from "./login-form.module.css";
import { Preferences } from "./preferences";
import { SaveButton } from "./save-button";

interface Props {
  title: string;
  /** What the secret is called and how it is typed. */
  secret: "pin" | "password";
  logIn: (username: string, secret: string) => Promise<void>;
  /** Who may be chosen, on a paired device; elsewhere the user name is typed. */
  names?: readonly { username: string; name: string }[];
  /** Why the page asks again, such as an ended session. */
  note?: ReactNode;
  /** What to do when somebody has forgotten the secret. */
  help?: ReactNode;
}

/** The page that asks for user name and PIN or password. */
export function LoginForm({ title, secret, logIn, names = [], note, help }: Props) {
  const t = useText();
  const [username, setUsername] = useState("");
  const [typed, setTyped] = useState("");
  const entering = useMutation({ mutationFn: () => logIn(username.trim(), typed), onError: () => setTyped("") });
  return (
    <main className={classes.page}>
      <form
        className={classes.card}
        onSubmit={(event) => {
          event.preventDefault();
          if (!entering.isPending) entering.mutate();
        }}
      >
        <Stack gap="md">
          <Title order={1}>{title}</Title>
          {note !== undefined && <Text c="dimmed">{note}</Text>}
          {names.length > 0 ? (
            <Input.Wrapper label={t("login.who")} labelElement="div">
              <Chip.Group value={username} onChange={setUsername}>
                <Group gap="xs" mt={4} role="radiogroup" aria-label={t("login.who")}>
                  {names.map(({ username: value, name }) => (
                    <Chip key={value} value={value} size="lg" variant="outline" className="name">
                      {name}
                    </Chip>
                  ))}
                </Group>
              </Chip.Group>
            </Input.Wrapper>
          ) : (
            <TextInput
              label={t("login.username")}
              value={username}
              onChange={(event) => setUsername(event.currentTarget.value)}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              withAsterisk={false}
              data-autofocus
            />
          )}
          <PasswordInput
            label={secret === "pin" ? t("login.pin") : t("login.password")}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            inputMode={secret === "pin" ? "numeric" : "text"}
            autoComplete="current-password"
            visibilityToggleButtonProps={{ "aria-label": t("login.show") }}
            required
            withAsterisk={false}
          />
          {entering.isError && <ErrorNote error={entering.error} />}
          <SaveButton pending={entering.isPending} busy={t("login.busy")} fullWidth size="lg">
            {t("login.enter")}
          </SaveButton>
          {help !== undefined && (
            <Text c="dimmed" size="xs">
              {help}
            </Text>
          )}
        </Stack>
      </form>
      <div className={classes.preferences}>
        <Preferences />
      </div>
    </main>
  );
}
