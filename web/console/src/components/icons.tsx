/** Small line icons in the colour of the text. */

import type { ReactNode } from "react";

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      width="18"
      height="18"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const ChatIcon = () => (
  <Icon>
    <path d="M4 5h16v11H10l-4 4v-4H4z" />
    <path d="M8 9h8M8 12h5" />
  </Icon>
);
export const OfferIcon = () => (
  <Icon>
    <path d="M3 12V4h8l10 10-8 8z" />
    <circle cx="8" cy="9" r="1.4" />
  </Icon>
);
export const ReturnIcon = () => (
  <Icon>
    <path d="M9 14 4 9l5-5M4 9h11a5 5 0 0 1 0 10h-4" />
  </Icon>
);
export const LetterIcon = () => (
  <Icon>
    <path d="M3 6h18v12H3zM3 7l9 6 9-6" />
  </Icon>
);
export const HeartbeatIcon = () => (
  <Icon>
    <path d="M3 12h4l3-7 4 14 3-7h4" />
  </Icon>
);
export const MoonIcon = () => (
  <Icon>
    <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.500 10.500z" />
  </Icon>
);
export const SearchIcon = () => (
  <Icon>
    <circle cx="11" cy="11" r="6.500" />
    <path d="m20 20-4-4" />
  </Icon>
);
export const FlagIcon = () => (
  <Icon>
    <path d="M5 21V4h13l-3 4.500 3 4.500H5" />
  </Icon>
);
export const DownloadIcon = () => (
  <Icon>
    <path d="M12 4v11m-4-4 4 4 4-4M5 20h14" />
  </Icon>
);
export const ChartIcon = () => (
  <Icon>
    <path d="M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6" />
  </Icon>
);
export const WordsIcon = () => (
  <Icon>
    <path d="M4 6h10M9 4v2M12 6c-1 4-4 7-8 9M6 9c1 2 4 5 7 6M13 20l4-10 4 10M14.500 17h5" />
  </Icon>
);
export const PeopleIcon = () => (
  <Icon>
    <circle cx="9" cy="8" r="3.500" />
    <path d="M2.500 20c0-4 3-6 6.500-6s6.500 2 6.500 6M16 5a3.500 3.500 0 0 1 0 6.500M18 14.500c2 .8 3.500 2.500 3.500 5.500" />
  </Icon>
);
export const BellIcon = () => (
  <Icon>
    <path d="M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4" />
  </Icon>
);
export const StudioIcon = () => (
  <Icon>
    <path d="M4 20c3-9 8-13 16-14" />
    <circle cx="6" cy="14" r="1.400" />
    <circle cx="11" cy="9" r="1.400" />
    <circle cx="15" cy="15" r="1.400" />
  </Icon>
);
