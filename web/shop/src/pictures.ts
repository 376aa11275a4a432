/** Drawings for products, by what their category is called. */

const SVG = "http://www.w3.org/2000/svg";

const BOTTLE = "M27 8h10v8l4 8v29a4 4 0 0 1-4 4H27a4 4 0 0 1-4-4V24l4-8zM23 32h18M23 44h18";
const CARTON = "M22 24l5-10h10l5 10v31a2 2 0 0 1-2 2H24a2 2 0 0 1-2-2zM22 24h20M27 14V9h10v5M28 36h8M28 42h8";
const LOAF =
  "M12 30c0-9 9-12 20-12s20 3 20 12c0 4-2 6-4 7v13a4 4 0 0 1-4 4H20a4 4 0 0 1-4-4V37c-2-1-4-3-4-7zM26 26v8M36 26v8";
const CHEESE =
  "M10 38 44 18c6 2 10 9 10 20v14H10zM10 38h44M24 46a3 3 0 1 0 .1 0M40 45a3.5 3.5 0 1 0 .1 0M38 30a2.5 2.5 0 1 0 .1 0";
const EGGS =
  "M20 44c-5 0-8-4-8-9 0-6 4-13 8-13s8 7 8 13c0 5-3 9-8 9zM44 44c-5 0-8-4-8-9 0-6 4-13 8-13s8 7 8 13c0 5-3 9-8 9zM8 44h48l-4 10H12z";
const BAG = "M18 10h28l-3 6 5 8-3 32H19l-3-32 5-8zM18 10l3 6h22l3-6M24 34a8 8 0 1 0 16 0 8 8 0 1 0-16 0";
const CAN = "M18 14c0-3 6-5 14-5s14 2 14 5v36c0 3-6 5-14 5s-14-2-14-5zM18 14c0 3 6 5 14 5s14-2 14-5M18 26h28M18 42h28";
const APPLE =
  "M32 20c-4-4-18-4-18 12 0 12 8 22 14 22 2 0 3-1 4-1s2 1 4 1c6 0 14-10 14-22 0-16-14-16-18-12zM32 20c0-6 3-10 8-11";
const BOWL = "M10 32h44c0 12-8 20-16 22H26C18 52 10 44 10 32zM20 26c0-4 4-4 4-8M32 26c0-4 4-4 4-8M44 26c0-4 4-4 4-8";
const LEAF = "M13 51C13 27 27 14 52 12c1 27-11 40-31 40-4 0-6-1-8-1zM13 51c8-13 16-20 26-26";
const BOX = "M14 18h36v36H14zM14 28h36M26 18v10h12V18M22 38h20M22 45h14";
const STEAK =
  "M12 38c-2-12 8-24 22-24 10 0 18 6 18 14 0 7-6 8-10 12-5 5-8 12-18 12-8 0-11-7-12-14zM36 24a5 5 0 1 0 .1 0";
const ICE = "M20 28a12 12 0 1 1 24 0zM18 28h28L32 57zM25 40l9-12M32 46l9-18";

const DRAWINGS: [RegExp, string][] = [
  [/drink|water|juice|beer|wine|dressing|oil|sauce/, BOTTLE],
  [/milk|cream(?!.*ice)|yoghurt/, CARTON],
  [/ice cream/, ICE],
  [/bread|bun|roll|cake|pastr|dough/, LOAF],
  [/cheese|butter|margarine/, CHEESE],
  [/egg/, EGGS],
  [/crisp|snack|candy|sweet|chocolate|cracker|cookie/, BAG],
  [/soup|pasta|noodle|meal|dinner|rice/, BOWL],
  [/can|bean|shelf/, CAN],
  [/fruit|apple|grape|berr|citrus|melon/, APPLE],
  [/potato|onion|tomato|pepper|vegetable|salad|carrot|broccoli/, LEAF],
  [/beef|pork|chicken|meat|bacon|sausage|fish/, STEAK],
];
export const TINTS = 6;

export function pictureOf(category: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 64 64");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", DRAWINGS.find(([fits]) => fits.test(category))?.[1] ?? BOX);
  svg.append(path);
  return svg;
}
