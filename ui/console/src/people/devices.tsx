import { Button, Checkbox, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { useSave } from "@shared/forms";
import { useDialogs } from "@shared/parts/dialogs";
import { Empty } from "@shared/parts/empty";
import { useNow } from "@shared/parts/late";
import { allRows, List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { Countdown, Qr } from "@shared/parts/qr";
import { Sheet, SheetForm } from "@shared/parts/sheet";
import { StateBadge } from "@shared/parts/state-badge";
import { IconCircleOff, IconDeviceTablet, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { PrinterSelect } from "../printers/printer-select";
import { useDrawers } from "../shop/use-drawers";
import { useShopTime } from "../status";
import { useText } from "../text";
import classes from "./devices.module.css";

type Device = components["schemas"]["Device"];
type NewDevice = components["schemas"]["NewDevice"];

const KEY = ["devices"];
/** A device without a heartbeat for this long is not in use. */
const SILENT_MS = 2 * 60_000;

/** All devices: a shop has a handful. */
async function listDevices(signal: AbortSignal): Promise<Device[]> {
  return (await body(outlet.GET("/api/v1/devices", { params: { query: { limit: 500 } }, signal }))).data;
}

function useDevices() {
  return useQuery({ queryKey: KEY, queryFn: ({ signal }) => listDevices(signal), refetchInterval: 30_000 });
}

/** Tills and kitchen screens: pair with a code, change, revoke. */
export function DevicesPage() {
  const t = useText();
  const time = useShopTime();
  const now = useNow(30_000);
  const devices = useDevices();
  const drawers = useDrawers();
  const [pairing, setPairing] = useState(false);
  const [edited, setEdited] = useState<Device | null>(null);
  const [revokedToo, setRevokedToo] = useState(false);
  const all = devices.data;
  const shown = all?.filter((device) => revokedToo || !device.revoked_at);
  const hasRevoked = all?.some((device) => device.revoked_at) ?? false;
  const pair = (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => setPairing(true)}>
      {t("devices.pair")}
    </Button>
  );
  return (
    <>
      <PageHead title={t("place.devices")} lead={t("devices.lead")} {...(shown?.length !== 0 && { actions: pair })} />
      {hasRevoked && (
        <Checkbox
          size="md"
          mb="md"
          label={t("devices.revoked_too")}
          checked={revokedToo}
          onChange={(event) => setRevokedToo(event.currentTarget.checked)}
        />
      )}
      <List
        label={t("place.devices")}
        pages={allRows({ data: shown, error: devices.error, refetch: devices.refetch })}
        rowId={(device) => device.id}
        open={setEdited}
        empty={
          <Empty title={t("devices.empty")} icon={<IconDeviceTablet size={32} aria-hidden />}>
            {pair}
          </Empty>
        }
        columns={[
          { id: "name", title: t("field.name"), render: (device) => device.name },
          { id: "kind", title: t("field.kind"), plain: true, render: (device) => t(`device.${device.kind}`) },
          {
            id: "drawer",
            title: t("devices.drawer"),
            minor: true,
            render: (device) => drawers.data?.find(({ id }) => id === device.drawer_id)?.name ?? "–",
          },
          { id: "series", title: t("devices.series"), minor: true, render: (device) => device.series },
          {
            id: "seen",
            title: t("devices.seen"),
            render: (device) => (device.last_seen_at ? time.ago(device.last_seen_at, now) : t("devices.never")),
          },
          {
            id: "waiting",
            title: t("devices.waiting"),
            figure: true,
            render: (device) =>
              device.waiting === 0 ? "0" : <StateBadge tone="wait">{String(device.waiting)}</StateBadge>,
          },
          {
            id: "state",
            title: t("column.state"),
            plain: true,
            render: (device) => <DeviceState device={device} now={now} />,
          },
        ]}
      />
      {pairing && <Pairing known={(all ?? []).map((device) => device.id)} close={() => setPairing(false)} />}
      {edited !== null && <DeviceSheet device={edited} close={() => setEdited(null)} />}
    </>
  );
}

function DeviceState({ device, now }: { device: Device; now: number }) {
  const t = useText();
  if (device.revoked_at) {
    return (
      <StateBadge tone="neutral" icon={IconCircleOff}>
        {t("devices.revoked")}
      </StateBadge>
    );
  }
  const heard = device.last_seen_at ? Date.parse(device.last_seen_at) : 0;
  if (now - heard < SILENT_MS) return <StateBadge tone="ok">{t("devices.in_use")}</StateBadge>;
  return <StateBadge tone="neutral">{t("devices.silent")}</StateBadge>;
}

interface Values {
  name: string;
  kind: Device["kind"];
  default_view: Device["default_view"];
  lock_after_minutes: string;
  /** Empty: none. */
  drawer_id: string;
  /** Empty: none. */
  printer_id: string;
}

function useDeviceForm(device: Device | null) {
  const t = useText();
  return useForm<Values>({
    initialValues: {
      name: device?.name ?? "",
      kind: device?.kind ?? "till",
      default_view: device?.default_view ?? "sell",
      lock_after_minutes: String(device?.lock_after_minutes ?? 10),
      drawer_id: device?.drawer_id ?? "",
      printer_id: device?.printer_id ?? "",
    },
    validate: {
      lock_after_minutes: (typed) => (/^\d{1,3}$/.test(typed.trim()) ? null : t("form.whole_number")),
    },
  });
}

function toDevice({ name, kind, default_view, lock_after_minutes }: Values): NewDevice {
  return { name, kind, default_view, lock_after_minutes: Number(lock_after_minutes) };
}

function Fields({ form, isNew }: { form: ReturnType<typeof useDeviceForm>; isNew: boolean }) {
  const t = useText();
  return (
    <>
      <TextInput
        label={t("field.name")}
        placeholder={t("devices.name_example")}
        maxLength={100}
        data-autofocus
        {...form.getInputProps("name")}
      />
      {isNew && (
        <SegmentedControl
          fullWidth
          aria-label={t("field.kind")}
          data={[
            { value: "till", label: t("device.till") },
            { value: "kitchen", label: t("device.kitchen") },
            { value: "display", label: t("device.display") },
          ]}
          {...form.getInputProps("kind")}
        />
      )}
      {form.values.kind === "till" && (
        <Select
          label={t("devices.view")}
          description={t("devices.view.hint")}
          allowDeselect={false}
          data={[
            { value: "sell", label: t("view.sell") },
            { value: "list", label: t("view.list") },
            { value: "tables", label: t("view.tables") },
          ]}
          {...form.getInputProps("default_view")}
        />
      )}
      {form.values.kind === "till" && !isNew && (
        <>
          <DrawerSelect form={form} />
          <PrinterSelect
            label={t("field.printer")}
            description={t("devices.printer.hint")}
            none={t("printers.none")}
            input={form.getInputProps("printer_id")}
          />
        </>
      )}
      <TextInput
        label={t("devices.lock")}
        description={t("devices.lock.hint")}
        inputMode="numeric"
        {...form.getInputProps("lock_after_minutes")}
      />
    </>
  );
}

/** The drawer of a till: payments there go to its shift. */
function DrawerSelect({ form }: { form: ReturnType<typeof useDeviceForm> }) {
  const t = useText();
  const drawers = useDrawers();
  const chosen = form.values.drawer_id;
  const usable = (drawers.data ?? []).filter(({ id, active }) => active || id === chosen);
  return (
    <Select
      label={t("devices.drawer")}
      description={t("devices.drawer.hint")}
      allowDeselect={false}
      data={[
        { value: "", label: t("devices.drawer.none") },
        ...usable.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      {...form.getInputProps("drawer_id")}
    />
  );
}

/** Makes a code and waits until a device has used it. */
function Pairing({ known, close }: { known: string[]; close: () => void }) {
  const t = useText();
  const before = useRef(known);
  const form = useDeviceForm(null);
  const making = useSave(
    form,
    (values: Values) => data(outlet.POST("/api/v1/devices/pairing-codes", { body: toDevice(values) })),
    () => {},
  );
  const devices = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => listDevices(signal),
    enabled: making.isSuccess,
    refetchInterval: 3_000,
  });
  const paired = making.isSuccess && devices.data?.find((device) => !before.current.includes(device.id));
  const code = making.data;
  return (
    <Sheet title={t("devices.pair")} opened close={close}>
      {code === undefined ? (
        <SheetForm
          submit={form.onSubmit((values) => {
            if (!making.isPending) making.mutate(values);
          })}
          pending={making.isPending}
          error={making.error}
          close={close}
          verb={t("devices.make_code")}
        >
          <Fields form={form} isNew />
        </SheetForm>
      ) : paired ? (
        <Stack align="center" ta="center" gap="md" py="xl">
          <StateBadge tone="ok">{t("devices.paired")}</StateBadge>
          <Text className="name">{t("devices.paired.body", { name: paired.name })}</Text>
          <Button onClick={close}>{t("devices.done")}</Button>
        </Stack>
      ) : (
        <PairingCode code={code.code} until={code.expires_at} again={() => making.reset()} />
      )}
    </Sheet>
  );
}

function PairingCode({ code, until, again }: { code: string; until: string; again: () => void }) {
  const t = useText();
  const over = useNow() >= Date.parse(until);
  const address = `${location.origin}/till/`;
  return (
    <Stack align="center" ta="center" gap="md">
      <Text>{t("devices.scan")}</Text>
      <div className={classes.qr} data-over={over}>
        <Qr text={`${address}?pair=${code}`} label={t("devices.qr")} />
      </div>
      <Text>{t("devices.or_type", { address })}</Text>
      <output className={classes.code} aria-label={t("devices.code")}>
        {code.slice(0, 4)} {code.slice(4)}
      </output>
      <Text c={over ? "bad" : "dimmed"}>
        <Countdown until={until} over={t("devices.code_over")} />
      </Text>
      {over ? (
        <Button onClick={again}>{t("devices.code_again")}</Button>
      ) : (
        <Text c="dimmed">{t("devices.waiting_for")}</Text>
      )}
    </Stack>
  );
}

function DeviceSheet({ device, close }: { device: Device; close: () => void }) {
  const t = useText();
  const time = useShopTime();
  const queries = useQueryClient();
  const { ask } = useDialogs();
  const form = useDeviceForm(device);
  const saving = useSave(
    form,
    (values: Values) => {
      const { kind: _, ...rest } = toDevice(values);
      const change = { ...rest, drawer_id: values.drawer_id || null, printer_id: values.printer_id || null };
      return data(outlet.PATCH("/api/v1/devices/{id}", { params: { path: { id: device.id } }, body: change }));
    },
    () => {
      void queries.invalidateQueries({ queryKey: KEY });
      close();
    },
  );
  const sending = useMutation({
    mutationFn: () =>
      outlet.DELETE("/api/v1/devices/{id}", {
        params: { path: { id: device.id }, query: device.waiting > 0 ? { force: true } : {} },
      }),
  });
  const revoke = () =>
    ask({
      title:
        device.waiting > 0
          ? t("devices.revoke.title_waiting", { name: device.name, count: device.waiting })
          : t("devices.revoke.title", { name: device.name }),
      body: device.waiting > 0 ? t("devices.revoke.body_waiting") : t("devices.revoke.body"),
      verb: t("devices.revoke"),
      danger: true,
      act: async () => {
        await sending.mutateAsync();
        await queries.invalidateQueries({ queryKey: KEY });
        close();
      },
    });
  if (device.revoked_at) {
    return (
      <Sheet title={device.name} opened close={close}>
        <Text>{t("devices.revoked_at", { time: time.moment(device.revoked_at) })}</Text>
      </Sheet>
    );
  }
  return (
    <Sheet title={device.name} opened close={close}>
      <SheetForm
        submit={form.onSubmit((values) => {
          if (!saving.isPending) saving.mutate(values);
        })}
        pending={saving.isPending}
        error={saving.error}
        close={close}
        other={
          <Button variant="subtle" color="bad" onClick={revoke}>
            {t("devices.revoke")}
          </Button>
        }
      >
        <dl className={classes.facts}>
          <dt>{t("devices.paired_at")}</dt>
          <dd>{time.moment(device.created_at)}</dd>
          <dt>{t("devices.version")}</dt>
          <dd>{device.app_version ?? t("devices.unknown")}</dd>
          <dt>{t("devices.storage")}</dt>
          <dd>
            {device.persisted == null
              ? t("devices.unknown")
              : device.persisted
                ? t("devices.persisted")
                : t("devices.not_persisted")}
          </dd>
          {device.oldest_waiting_at && (
            <>
              <dt>{t("devices.oldest")}</dt>
              <dd>{time.moment(device.oldest_waiting_at)}</dd>
            </>
          )}
        </dl>
        <Fields form={form} isNew={false} />
      </SheetForm>
    </Sheet>
  );
}
