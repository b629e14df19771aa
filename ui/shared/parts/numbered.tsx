const NUMBER = /([^\s("“]+-\d{8}-(?:R\d+-)?R?\d+)/;

/** A text in which the numbers of orders, such as `JKT-001-20261130-0007`, do not break at their hyphens. */
export function Numbered({ children }: { children: string }) {
  // Every second part is a number.
  return children.split(NUMBER).map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other key.
      <span key={at} className="figures">
        {part}
      </span>
    ),
  );
}
