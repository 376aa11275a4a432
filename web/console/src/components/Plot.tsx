import "uplot/dist/uPlot.min.css";

import { useMantineColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import uPlot from "uplot";

export interface Line {
  label: string;
  /** A CSS colour; `var(--…)` is resolved when the plot is drawn. */
  color: string;
  values: (number | null)[];
  /** Filled down to zero. */
  filled?: boolean;
  dashed?: boolean;
}

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const onDay = (moment: number) => day.format(new Date(moment * 1000));
const DAY_S = 86_400;
/** Distances between the marks of the time axis, in seconds: whole days. */
const DAYS = [1, 2, 3, 5, 7, 14, 30, 60, 90, 180, 365].map((days) => days * DAY_S);

interface Props {
  label: string;
  /** Points in time, in seconds since 1970, ascending. */
  at: number[];
  lines: Line[];
  format: (value: number) => string;
  height?: number;
  /** The area between two lines is filled: the indices of the upper and of the lower line. */
  band?: [number, number];
  /** The axis begins at 0. */
  fromZero?: boolean;
}

/** Lines over time. The legend shows the values under the cursor. */
export function Plot({ label, at, lines, format, height = 220, band, fromZero = true }: Props) {
  const { ref, width } = useElementSize();
  const frame = useRef<HTMLDivElement>(null);
  const { colorScheme } = useMantineColorScheme({ keepTransitions: true });
  useEffect(() => {
    const target = frame.current;
    if (!target || width === 0 || at.length === 0) return;
    const styles = getComputedStyle(document.documentElement);
    const color = (name: string) =>
      name.startsWith("var(") ? styles.getPropertyValue(name.slice(4, -1)).trim() || "#888" : name;
    const axis = {
      stroke: color("var(--quiet)"),
      grid: { stroke: color("var(--line)"), width: 1 },
      ticks: { show: false },
    };
    const plot = new uPlot(
      {
        width,
        height,
        tzDate: (moment) => uPlot.tzDate(new Date(moment * 1000), "Etc/UTC"),
        scales: {
          x: at.length === 1 ? { range: (_plot, only) => [only - DAY_S, only + DAY_S] } : {},
          y: fromZero ? { range: (_plot, low, high) => [Math.min(0, low), high > 0 ? high * 1.1 : 1] } : {},
        },
        axes: [
          { ...axis, incrs: DAYS, values: (_plot, marks) => marks.map(onDay) },
          { ...axis, size: 58, values: (_plot, ticks) => ticks.map(format) },
        ],
        series: [
          { label: "Day", value: (_plot, moment: number | null) => (moment === null ? "—" : onDay(moment)) },
          ...lines.map((line) => ({
            label: line.label,
            stroke: color(line.color),
            width: 2,
            points: { show: at.length < 3 },
            value: (_plot: uPlot, value: number | null) => (value === null ? "—" : format(value)),
            ...(line.filled ? { fill: `${color(line.color)}26` } : {}),
            ...(line.dashed ? { dash: [4, 4], width: 1 } : {}),
          })),
        ],
        ...(band
          ? { bands: [{ series: [band[0] + 1, band[1] + 1] as [number, number], fill: `${color("var(--brand)")}26` }] }
          : {}),
      },
      [at, ...lines.map((line) => line.values)],
      target,
    );
    return () => {
      plot.destroy();
    };
  }, [at, lines, width, height, band, format, fromZero, colorScheme]);
  return (
    <figure className="plot" ref={ref} aria-label={label}>
      <div ref={frame} style={{ minHeight: height }} />
    </figure>
  );
}
