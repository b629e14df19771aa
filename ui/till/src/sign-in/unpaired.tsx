import { Button, PasswordInput, TextInput } from "@mantine/core";
import { ErrorNote } from "@shared/parts/error-note";
import { IconDeviceTablet } from "@tabler/icons-react";
import { useState } from "react";
import { lastUser } from "../api/session";
import { useSince } from "../parts/hooks";
import { useText } from "../text";
import classes from "./unpaired.module.css";
import { useLogIn } from "./use-log-in";

/** An unpaired device shows no names: user name and PIN are typed. */
export function UnpairedSignIn({ openPairing }: { openPairing: () => void }) {
  const t = useText();
  const [username, setUsername] = useState(lastUser.get());
  const [pin, setPin] = useState("");
  const command = useLogIn();
  const slow = useSince(command.isPending, 400);
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!command.isPending) command.mutate({ username: username.trim(), pin }, { onError: () => setPin("") });
      }}
    >
      <TextInput
        label={t("sign_in.username")}
        value={username}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={50}
        onChange={(event) => setUsername(event.currentTarget.value)}
      />
      <PasswordInput
        label={t("pin")}
        value={pin}
        inputMode="numeric"
        autoComplete="current-password"
        maxLength={8}
        visibilityToggleButtonProps={{ "aria-label": t("pin.show") }}
        onChange={(event) => setPin(event.currentTarget.value)}
      />
      {command.error !== null && <ErrorNote error={command.error} />}
      <Button
        type="submit"
        className={classes.enter ?? ""}
        fullWidth
        disabled={username.trim() === "" || pin === "" || command.isPending}
      >
        {slow ? t("sign_in.checking") : t("sign_in.enter")}
      </Button>
      <Button variant="subtle" size="lg" leftSection={<IconDeviceTablet size={22} aria-hidden />} onClick={openPairing}>
        {t("pair.open")}
      </Button>
    </form>
  );
}
