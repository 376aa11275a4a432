import { useElementSize } from "@mantine/hooks";
import { useMemo } from "react";
import { extent, marks, nearest, position } from "./numbers";

export type Spot = [number, number];

export interface Group {
  name: string;
  color: string;
  spots: Spot[];
  /** Diameter of a dot in pixels. */
  size?: number;
}

interface Axis {
  name: string;
  format: (value: number) => string;
}

interface Props {
  label: string;
  groups: Group[];
  x: Axis;
  y: Axis;
  height?: number;
  /** Those that a click chooses among; the nearest is taken. */
  choices?: Spot[];
  chosen?: number;
  choose?: (at: number) => void;
}

const LEFT = 64;
const BELOW = 44;
const EDGE = 12;
const COLORS = ["var(--brand)", "var(--studio-2)", "var(--studio-3)", "var(--studio-4)", "var(--studio-5)"];

export function colorOf(at: number): string {
  return COLORS[at % COLORS.length] ?? "var(--brand)";
}

/** Dots by two measures. A slider or a table beside it does what a click does. */
export function Scatter({ label, groups, x, y, height = 360, choices, chosen, choose }: Props) {
  const { ref, width } = useElementSize();
  const all = useMemo(() => groups.flatMap((group) => group.spots), [groups]);
  const spanX = useMemo(() => extent(all.map(([across]) => across)), [all]);
  const spanY = useMemo(() => extent(all.map(([, up]) => up)), [all]);
  const wide = Math.max(width - LEFT - EDGE, 1);
  const high = height - BELOW - EDGE;
  const toX = (value: number) => LEFT + wide * position(value, spanX);
  const toY = (value: number) => EDGE + high * (1 - position(value, spanY));
  const mark = chosen === undefined ? undefined : choices?.[chosen];
  return (
    <figure className="plot scatter" ref={ref}>
      {width > 0 && (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={label}
          data-clickable={choose !== undefined}
          onClick={(event) => {
            if (!choices || !choose) return;
            const box = event.currentTarget.getBoundingClientRect();
            const at = nearest(
              choices.map(([a, b]): Spot => [toX(a), toY(b)]),
              [event.clientX - box.left, event.clientY - box.top],
            );
            if (at !== null) choose(at);
          }}
        >
          {marks(...spanX).map((value) => (
            <g key={value}>
              <line className="grid" x1={toX(value)} x2={toX(value)} y1={EDGE} y2={EDGE + high} />
              <text x={toX(value)} y={EDGE + high + 16} textAnchor="middle">
                {x.format(value)}
              </text>
            </g>
          ))}
          {marks(...spanY).map((value) => (
            <g key={value}>
              <line className="grid" x1={LEFT} x2={LEFT + wide} y1={toY(value)} y2={toY(value)} />
              <text x={LEFT - 6} y={toY(value) + 4} textAnchor="end">
                {y.format(value)}
              </text>
            </g>
          ))}
          <text x={LEFT + wide / 2} y={height - 6} textAnchor="middle">
            {x.name}
          </text>
          <text transform={`translate(12 ${EDGE + high / 2}) rotate(-90)`} textAnchor="middle">
            {y.name}
          </text>
          {groups.map((group) => (
            // One path of points: thousands of elements would make every change slow.
            <path
              key={group.name}
              d={group.spots.map(([a, b]) => `M${toX(a).toFixed(1)} ${toY(b).toFixed(1)}h0`).join("")}
              stroke={group.color}
              strokeWidth={group.size ?? 4}
              strokeLinecap="round"
              opacity={0.65}
            />
          ))}
          {mark && <circle className="chosen" cx={toX(mark[0])} cy={toY(mark[1])} r={8} />}
        </svg>
      )}
      <figcaption className="quiet">
        {groups.map((group) => (
          <span key={group.name} className="key">
            <span className="swatch" style={{ background: group.color }} /> {group.name}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
