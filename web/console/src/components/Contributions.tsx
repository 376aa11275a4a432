/** To the right what spoke for it and how much, to the left what spoke against it. */
export function Reasons({
  of,
  label,
  digits,
}: {
  of: { name: string; value: number }[];
  label: string;
  digits: number;
}) {
  const largest = Math.max(...of.map((one) => Math.abs(one.value)), 1e-9);
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
