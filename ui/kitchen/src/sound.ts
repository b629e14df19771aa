// A short sound for what is new on the board. Browsers allow it after the first touch, which "Mulai" is.

let context: AudioContext | null = null;

/** Allows sounds from now on. Called in a touch. */
export function unlockSound(): void {
  try {
    context ??= new AudioContext();
    void context.resume();
  } catch {
    // A browser without sound shows the board all the same.
  }
}

/** Two tones, of which the second is higher. */
export function play(): void {
  if (context === null || context.state !== "running") return;
  document.documentElement.dataset.rung = String(Number(document.documentElement.dataset.rung ?? 0) + 1);
  for (const [pitch, at] of [
    [660, 0],
    [880, 0.18],
  ] as const) {
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    const start = context.currentTime + at;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.4, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.3);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + 0.3);
  }
}
