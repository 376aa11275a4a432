/** Icons of the widget, in the colour of the text around them. */

import { h } from "preact";
import type { ComponentChildren } from "preact";

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const CloseIcon = () => (
  <Icon>
    <path d="m6 9 6 6 6-6" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M12 19V5M5.5 11.5 12 5l6.5 6.5" />
  </Icon>
);

export const TagIcon = () => (
  <Icon>
    <path d="M3.5 12.3V5a1.5 1.5 0 0 1 1.5-1.5h7.3a2 2 0 0 1 1.4.6l6.2 6.2a2 2 0 0 1 0 2.8l-6.8 6.8a2 2 0 0 1-2.8 0l-6.2-6.2a2 2 0 0 1-.6-1.4z" />
    <circle cx="8.2" cy="8.2" r="1.3" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="m5 12.5 4.5 4.5L19 7.5" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <rect x="9" y="9" width="11" height="11" rx="2" />
    <path d="M5 15H4.5A1.5 1.5 0 0 1 3 13.5v-9A1.5 1.5 0 0 1 4.5 3h9A1.5 1.5 0 0 1 15 4.5V5" />
  </Icon>
);

export const MoreIcon = () => (
  <Icon>
    <path d="M5 12h.01M12 12h.01M19 12h.01" />
  </Icon>
);

export const StarIcon = () => (
  <Icon>
    <path d="m12 3.5 2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9-4.3-4.1 5.9-.8z" />
  </Icon>
);

export const ClockIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7v5l3.2 2" />
  </Icon>
);

export const ThumbIcon = () => (
  <Icon>
    <path d="M7.5 11v9H4.5v-9zM7.5 11l4-7.5a2.2 2.2 0 0 1 2.2 2.6L13 10h5.2a2 2 0 0 1 2 2.3l-1 6a2 2 0 0 1-2 1.7H7.5" />
  </Icon>
);
