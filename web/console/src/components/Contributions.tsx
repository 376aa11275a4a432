/** Contributions to a choice as bars: those for it to the right, those against it to the left. */
export function Contributions({
  of,
  label,
  digits,
}: {
  of: { name: string; value: number }[];
  label: string;
  digits: number;
}) {
  const largest = Math.max(...of.map(({ value }) => Math.abs(value)), 1e-9);
  return (
    <ul className="reasons" aria-label={label}>
      {of.map(({ name, value }) => (
        <li key={name}>
          <span>{name}</span>
          <span className="reason-track">
            <span
              data-against={value < 0}
              style={{
                width: `${(50 * Math.abs(value)) / largest}%`,
                left: value < 0 ? `${50 - (50 * Math.abs(value)) / largest}%` : "50%",
              }}
            />
          </span>
          <span>{`${value > 0 ? "+" : ""}${value.toFixed(digits)}`.replace("-", "−")}</span>
        </li>
      ))}
    </ul>
  );
}
