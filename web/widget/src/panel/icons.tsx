/** Icons of the widget, in the colour of the text around them: the path of a line each. */

import { h } from "preact";

const icon = (line: string) => () => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={line} />
  </svg>
);

export const CloseIcon = icon("m6 9 6 6 6-6");
export const SendIcon = icon("M12 19V5M5.5 11.5 12 5l6.5 6.5");
export const TagIcon = icon(
  "M3.5 12.3V5a1.5 1.5 0 0 1 1.5-1.5h7.3a2 2 0 0 1 1.4.6l6.2 6.2a2 2 0 0 1 0 2.8l-6.8 6.8a2 2 0 0 1-2.8 0l-6.2-6.2a2 2 0 0 1-.6-1.4zM8.2 8.2h.01",
);
export const CheckIcon = icon("m5 12.5 4.5 4.5L19 7.5");
export const CopyIcon = icon(
  "M9 11a2 2 0 0 1 2-2h7a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2zM5 15H4.5A1.5 1.5 0 0 1 3 13.5v-9A1.5 1.5 0 0 1 4.5 3h9A1.5 1.5 0 0 1 15 4.5V5",
);
export const MoreIcon = icon("M5 12h.01M12 12h.01M19 12h.01");
export const StarIcon = icon("m12 3.5 2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9-4.3-4.1 5.9-.8z");
export const ClockIcon = icon("M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0M12 7v5l3.2 2");
export const ThumbIcon = icon(
  "M7.5 11v9H4.5v-9zM7.5 11l4-7.5a2.2 2.2 0 0 1 2.2 2.6L13 10h5.2a2 2 0 0 1 2 2.3l-1 6a2 2 0 0 1-2 1.7H7.5",
);
