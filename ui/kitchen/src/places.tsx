import { SegmentedControl } from "@mantine/core";
import { PLACES, type Place } from "./device";
import { useText } from "./text";

interface Props {
  place: Place;
  choose: (place: Place) => void;
}

/** Whose tickets this screen shows. */
export function Places({ place, choose }: Props) {
  const t = useText();
  return (
    <SegmentedControl
      fullWidth
      aria-label={t("station")}
      value={place}
      onChange={(next) => choose(next as Place)}
      data={PLACES.map((value) => ({ value, label: t(`station.${value}`) }))}
    />
  );
}
